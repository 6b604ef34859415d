/**
 * Shared parts of the tools that read.
 *
 * @since 0.1.0
 */
import { Effect } from "effect"
import type { Capability, ToolError } from "../../aios/index.js"
import { attempt, Refusal } from "../faults.js"
import { type Location, scopes, shownPath, type Workspace } from "../Workspace.js"

/**
 * A read whose place was found.
 *
 * @since 0.1.0
 * @category models
 */
export interface PlannedRead {
  readonly location: Location
  readonly capabilities: ReadonlyArray<Capability>
  /** Reasons why the read needs an approval by default. */
  readonly concerns: ReadonlyArray<string>
}

/**
 * Finds the place a read starts from and the capabilities it needs. A read that goes below a directory needs everything
 * below it.
 *
 * @since 0.1.0
 * @category constructors
 */
export const planRead = (
  workspace: Workspace,
  toolName: string,
  path: string,
  { isDeep = false }: { readonly isDeep?: boolean } = {}
): Effect.Effect<PlannedRead, ToolError> =>
  Effect.map(
    attempt(toolName, path, () => workspace.locate(path, "read")),
    (location) => {
      const concerns = workspace.sensitivityOf(location, "read")
      return {
        location,
        concerns: concerns.map((concern) => `${scopes(location)[0]} ${concern}`),
        capabilities: scopes(location).flatMap((scope) => [
          `fs:read:${isDeep && isDirectory(location) ? below(scope) : scope}`,
          ...(concerns.length === 0 ? [] : [`secrets:read:${scope}`])
        ])
      }
    }
  )

const isDirectory = ({ stats }: Location): boolean => stats?.isDirectory() === true

const below = (scope: string): string => (scope === "/" ? "/**" : `${scope}/**`)

/**
 * Throws a {@link Refusal} unless a location is a directory.
 *
 * @since 0.1.0
 * @category predicates
 */
export const requireDirectory = (location: Location): void => {
  const path = shownPath(location)
  if (location.stats === undefined)
    throw new Refusal("Unavailable", `"${path}" does not exist; use list_dir on the directory above`)
  if (!isDirectory(location)) throw new Refusal("Unavailable", `"${path}" is not a directory; use read_file for a file`)
}
