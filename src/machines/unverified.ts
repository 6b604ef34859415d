/**
 * The fold of changes and of the checks that read them.
 *
 * @since 0.1.0
 */
import { type AgentState, type EventKindOf, Limits, type UnverifiedChange } from "../layers/aios/index.js"

/**
 * The state after a call that read or changed something. A read checks each change of a file that the read names, and
 * each change that names no file.
 */
export const verified = (
  state: AgentState,
  toolName: string,
  { changes, reads }: Pick<EventKindOf<"ToolResult">, "changes" | "reads">
): AgentState => {
  if (changes !== undefined) {
    const made = changes.length === 0 ? [{ toolName }] : changes.map((path) => ({ toolName, path }))
    const kept = (state.unverified ?? []).filter((known) => !made.some((change) => isSame(change, known)))
    return { ...state, unverified: bounded([...kept, ...made]) }
  }
  if (reads === undefined || state.unverified === undefined) return state
  const { unverified, ...rest } = state
  const left = unverified.filter(({ path }) => path !== undefined && !reads.includes(path))
  return left.length === 0 ? rest : { ...rest, unverified: left }
}

const isSame = (a: UnverifiedChange, b: UnverifiedChange): boolean =>
  a.path === b.path && (a.path !== undefined || a.toolName === b.toolName)

// Beyond the limit, one change without a path replaces the oldest changes, so that they do not count as checked.
const bounded = (changes: ReadonlyArray<UnverifiedChange>): ReadonlyArray<UnverifiedChange> =>
  changes.length <= Limits.unverifiedChangesMax
    ? changes
    : [{ toolName: changes[0]?.toolName ?? "" }, ...changes.slice(1 - Limits.unverifiedChangesMax)]

/**
 * The state without `checkOwed`, once nothing is unverified.
 */
export const withoutDebt = (state: AgentState): AgentState => {
  if (state.checkOwed === undefined || state.unverified !== undefined) return state
  const { checkOwed: _, ...rest } = state
  return rest
}

/**
 * The names of the changes that no check has read: their paths, or the tools that made them.
 *
 * @since 0.1.0
 * @category getters
 */
export const unverifiedNames = ({ unverified = [] }: Pick<AgentState, "unverified">): ReadonlyArray<string> => [
  ...new Set(unverified.map(({ path, toolName }) => path ?? toolName))
]
