/**
 * Policies: what an agent may do by itself, what it must ask for, and the decision for one call.
 *
 * @since 0.1.0
 */
import { Schema } from "effect"
import { Capability } from "./Capability.js"
import { capabilityCovers, capabilityOverlaps } from "./capabilityPatterns.js"
import { grantCovers, type StandingGrant } from "./Grant.js"

/**
 * A policy: a capability that meets a gate needs an approval; otherwise one that an allow entry covers runs; everything
 * else is denied.
 *
 * @since 0.1.0
 * @category models
 */
export const PolicySet = Schema.Struct({
  allow: Schema.Array(Capability),
  gate: Schema.Array(Capability),
  /** Time limit of one call in milliseconds; a shorter limit of its tool still applies. */
  toolRuntimeMsMax: Schema.optional(Schema.Int.pipe(Schema.positive())),
  /**
   * Limit of the events that the calls of one turn add to the journal: a call and its outcome are two, a request for an
   * approval is two more, a written file is one. Calls beyond the limit are denied.
   */
  eventsPerTurnMax: Schema.optional(Schema.Int.pipe(Schema.positive())),
  /** No person can be asked, so a call that a gate matches is denied. */
  unattended: Schema.optional(Schema.Boolean)
})

/**
 * @since 0.1.0
 * @category models
 */
export type PolicySet = typeof PolicySet.Type

/**
 * Decision of a policy about a call. The `ruleId` beside it names the entry that decided, for example
 * `gate:fs:overwrite:/**`, or `default:deny`.
 *
 * @since 0.1.0
 * @category models
 */
export const PolicyDecision = Schema.Literal("allow", "deny", "require_approval")

/**
 * @since 0.1.0
 * @category models
 */
export type PolicyDecision = typeof PolicyDecision.Type

/**
 * Default policy. The agent reads anywhere in the workspace and writes new files. It asks before it replaces a file,
 * writes a file that other programs run or obey, reads a secret, or starts a payment. It writes memories of its session, and asks before it writes memories that other sessions read. A
 * tool that names no capability needs an entry with its name, such as `tool:call:clock`.
 *
 * @since 0.1.0
 * @category constants
 */
export const defaultPolicy: PolicySet = {
  allow: ["fs:read:/**", "fs:write:/**", "memory:read:*", "memory:write:session", "agents:spawn:child"],
  gate: [
    "fs:overwrite:/**",
    "exec:file:/**",
    "secrets:read:*",
    "payments:initiate:**",
    "memory:write:user",
    "memory:write:agent",
    "memory:write:org"
  ]
}

/**
 * A policy with more entries.
 *
 * @since 0.1.0
 * @category combinators
 * @example
 * ```ts
 * import { Policy } from "life-agent-os"
 *
 * export const policy = Policy.extend(Policy.defaultPolicy, { allow: ["tool:call:clock"], gate: ["shop:order:*"] })
 * ```
 */
export const extendPolicy = (
  policy: PolicySet,
  { allow = [], gate = [] }: Partial<Pick<PolicySet, "allow" | "gate">>
): PolicySet => ({ ...policy, allow: [...policy.allow, ...allow], gate: [...policy.gate, ...gate] })

/**
 * Decides about all capabilities of one call: one denial denies the call, else one gate gates it. A call without any is
 * denied. A standing grant lifts gates, and nothing else.
 *
 * @since 0.1.0
 * @category combinators
 */
export const evaluatePolicy = (
  policy: PolicySet,
  capabilities: ReadonlyArray<Capability>,
  grants: ReadonlyArray<StandingGrant> = []
): { readonly decision: PolicyDecision; readonly ruleId: string; readonly capability: Capability | undefined } => {
  let gated: { readonly ruleId: string; readonly capability: Capability } | undefined
  let lifted: { readonly ruleId: string; readonly capability: Capability } | undefined
  let allowed: { readonly ruleId: string; readonly capability: Capability } | undefined
  for (const capability of capabilities) {
    // A gate asks about every capability that it has in common with the call, and an allow entry must cover all of them.
    const gate = gateOf(policy, capability)
    const grant = gate === undefined ? undefined : grants.find((standing) => grantCovers(standing, capability))
    const allow = policy.allow.find((pattern) => capabilityCovers(pattern, capability))
    if (grant !== undefined) lifted ??= { ruleId: `grant:${grant.approvalId}`, capability }
    else if (gate !== undefined) gated ??= { ruleId: `gate:${gate}`, capability }
    else if (allow !== undefined) allowed ??= { ruleId: `allow:${allow}`, capability }
    else return { decision: "deny", ruleId: "default:deny", capability }
  }
  if (gated !== undefined) return { decision: policy.unattended === true ? "deny" : "require_approval", ...gated }
  const found = lifted ?? allowed
  return found === undefined
    ? { decision: "deny", ruleId: "default:deny", capability: undefined }
    : { decision: "allow", ...found }
}

const gateOf = ({ gate }: PolicySet, capability: Capability): Capability | undefined =>
  gate.find((pattern) => capabilityOverlaps(pattern, capability))

/**
 * The capabilities of a call that need an approval.
 *
 * @since 0.1.0
 * @category combinators
 */
export const gatedOf = (policy: PolicySet, capabilities: ReadonlyArray<Capability>): ReadonlyArray<Capability> =>
  capabilities.filter((capability) => gateOf(policy, capability) !== undefined)
