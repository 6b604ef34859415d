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

// `net:egress` is how a tool that only reads reaches the network, so it is not among them.
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
 * The effect of a call. A tool that promises to read only and asks for a capability that changes something is not
 * believed: one whose action is a verb of changing, such as `db:drop:orders`, or `*`.
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
 * The files a call reads, by their paths from the workspace root, with a slash in front: what its capabilities name.
 *
 * @since 0.1.0
 * @category getters
 */
export const pathsRead = (capabilities: ReadonlyArray<Capability>): ReadonlyArray<string> =>
  pathsOf(capabilities, ["fs:read"])

/**
 * The files a call changes, named in the same way.
 *
 * @since 0.1.0
 * @category getters
 */
export const pathsChanged = (capabilities: ReadonlyArray<Capability>): ReadonlyArray<string> =>
  pathsOf(capabilities, ["fs:write", "fs:overwrite"])
