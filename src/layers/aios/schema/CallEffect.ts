/**
 * The effect of a call on the world, from the promises of its tool and the capabilities it needs.
 *
 * @since 0.1.0
 */
import type { Capability } from "./Capability.js"
import type { ToolAnnotations } from "./Tool.js"

/**
 * Effect of a call: it only reads, it changes something, or it may destroy what was there.
 *
 * @since 0.1.0
 * @category models
 */
export type CallEffect = "reads" | "changes" | "destroys"

// `egress` is missing, because a tool that only reads needs `net:egress` to reach the network.
const changingActions = new Set(
  (
    "write overwrite delete cmd initiate spawn send create insert update upsert patch put set remove drop truncate " +
    "rename move exec kill cancel publish deploy transfer pay refund grant revoke"
  )
    .split(" ")
    .concat("*", "")
)
const destroyingKinds = new Set(["fs:overwrite", "payments:initiate"])

const kindOf = (capability: Capability): { readonly kind: string; readonly action: string } => {
  const [domain = "", action = ""] = capability.split(":", 2)
  return { kind: `${domain}:${action}`, action }
}

/**
 * Gives the effect of a call. The promise of a tool to read only does not count if the call needs a capability that
 * changes something: a capability whose action is a verb of change, as in `db:drop:orders`, or `*`.
 *
 * @since 0.1.0
 * @category getters
 */
export const effectOf = (
  { destructive, readOnly }: Pick<ToolAnnotations, "destructive" | "readOnly">,
  capabilities: ReadonlyArray<Capability>
): CallEffect => {
  if (readOnly && !destructive && !capabilities.some((capability) => changingActions.has(kindOf(capability).action)))
    return "reads"
  return destructive || capabilities.some((capability) => destroyingKinds.has(kindOf(capability).kind))
    ? "destroys"
    : "changes"
}

const pathsOf = (capabilities: ReadonlyArray<Capability>, kinds: ReadonlyArray<string>): ReadonlyArray<string> =>
  capabilities.flatMap((capability) => {
    const { kind } = kindOf(capability)
    const scope = capability.slice(kind.length + 1)
    return kinds.includes(kind) && scope.startsWith("/") && !scope.includes("*") ? [scope] : []
  })

/**
 * Gives the files that a call reads, as its capabilities name them: paths from the workspace root with a leading slash.
 *
 * @since 0.1.0
 * @category getters
 */
export const pathsRead = (capabilities: ReadonlyArray<Capability>): ReadonlyArray<string> =>
  pathsOf(capabilities, ["fs:read"])

/**
 * Gives the files that a call changes, in the form of {@link pathsRead}.
 *
 * @since 0.1.0
 * @category getters
 */
export const pathsChanged = (capabilities: ReadonlyArray<Capability>): ReadonlyArray<string> =>
  pathsOf(capabilities, ["fs:write", "fs:overwrite"])
