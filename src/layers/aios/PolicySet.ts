/**
 * What an agent may do by itself, what it must ask for, and the decision for one call.
 *
 * @since 0.1.0
 */
import { Schema } from "effect"
import { Capability, capabilityMatches } from "./Capability.js"

/**
 * A policy: a capability that matches a gate needs an approval; otherwise one that matches an allow entry runs;
 * everything else is denied.
 *
 * @since 0.1.0
 * @category models
 */
export const PolicySet = Schema.Struct({
  allow: Schema.Array(Capability),
  gate: Schema.Array(Capability)
})

/**
 * @since 0.1.0
 * @category models
 */
export type PolicySet = typeof PolicySet.Type

/**
 * The outcome of asking a policy. `ruleId` names the entry that decided, for example `gate:fs:overwrite:/**`, or
 * `default:deny`.
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
 * Reads anywhere in the workspace, writes new files, asks before it replaces a file or starts a payment. It remembers what
 * it likes for its session, and asks before it changes what other sessions will know.
 *
 * @since 0.1.0
 * @category constants
 */
export const defaultPolicy: PolicySet = {
  allow: ["fs:read:/**", "fs:write:/**", "memory:read:*", "memory:write:session"],
  gate: ["fs:overwrite:/**", "payments:initiate:**", "memory:write:user", "memory:write:agent", "memory:write:org"]
}

/**
 * Decides for all capabilities of one call: one denial denies the call, else one gate gates it.
 *
 * @since 0.1.0
 * @category combinators
 */
export const evaluatePolicy = (
  policy: PolicySet,
  capabilities: ReadonlyArray<Capability>
): { readonly decision: PolicyDecision; readonly ruleId: string; readonly capability: Capability | undefined } => {
  let gated: { readonly ruleId: string; readonly capability: Capability } | undefined
  let allowed: { readonly ruleId: string; readonly capability: Capability } | undefined
  for (const capability of capabilities) {
    const gate = policy.gate.find((pattern) => capabilityMatches(pattern, capability))
    const allow = policy.allow.find((pattern) => capabilityMatches(pattern, capability))
    if (gate !== undefined) gated ??= { ruleId: `gate:${gate}`, capability }
    else if (allow !== undefined) allowed ??= { ruleId: `allow:${allow}`, capability }
    else return { decision: "deny", ruleId: "default:deny", capability }
  }
  if (gated !== undefined) return { decision: "require_approval", ...gated }
  return { decision: "allow", ruleId: allowed?.ruleId ?? "allow:none-needed", capability: allowed?.capability }
}
