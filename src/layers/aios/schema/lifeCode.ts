/**
 * Codes of errors: a name for each way to fail that stays the same in every release.
 *
 * @since 0.1.0
 */

/**
 * The code of an error, from its class and its reason: `LIFE_SPAWN_NAME_TAKEN` for a `SpawnError` with `NameTaken`.
 * Each code has a section in docs/errors.md. A published code does not change, so classes and reasons keep their names.
 *
 * @since 0.1.0
 * @category errors
 */
export const lifeCode = (error: { readonly _tag: string; readonly reason?: string }): `LIFE_${string}` => {
  const name = error._tag.replace(/Error$/, "") + (error.reason ?? "")
  return `LIFE_${name.replace(/(?<=[a-z])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])/g, "_").toUpperCase()}`
}
