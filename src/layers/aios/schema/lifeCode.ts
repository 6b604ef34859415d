/**
 * Codes of errors: a name for each way to fail that stays the same in every release.
 *
 * @since 0.1.0
 */

/**
 * The code of an error, from its class and its reason: `LIFE_SPAWN_NAME_TAKEN` for a `SpawnError` with `NameTaken`. Each
 * has a section in docs/errors.md. A published code does not change, so classes and reasons keep their names.
 *
 * @since 0.1.0
 * @category errors
 */
export const lifeCode = ({
  _tag,
  reason = ""
}: {
  readonly _tag: string
  readonly reason?: string
}): `LIFE_${string}` =>
  `LIFE_${`${_tag.replace(/Error$/, "")}${reason}`.replace(/(?<=[a-z])(?=[A-Z])/g, "_").toUpperCase()}`
