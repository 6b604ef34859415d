/**
 * Approvals that reach beyond a single call.
 *
 * @since 0.1.0
 */
import { Schema } from "effect"
import { Capability } from "./Capability.js"
import { capabilityCovers } from "./capabilityPatterns.js"

/**
 * Reach of an approval.
 *
 * - `once`: this call, and no other
 * - `session`: also later calls that need nothing but what this one needed, for the rest of the session
 * - `pattern`: also later calls whose capabilities a pattern covers
 *
 * @since 0.1.0
 * @category models
 */
export const GrantScope = Schema.Literal("once", "session", "pattern")

/**
 * @since 0.1.0
 * @category models
 */
export type GrantScope = typeof GrantScope.Type

/**
 * An approval that stands for later calls: the agent does not ask again for gated capabilities that it covers. It
 * allows nothing that a policy denies.
 *
 * @since 0.1.0
 * @category models
 */
export const StandingGrant = Schema.Struct({
  /** Approval that the grant was given with. */
  approvalId: Schema.String,
  /** Covered capabilities, compared letter by letter. */
  capabilities: Schema.optional(Schema.Array(Capability)),
  /** Pattern of the covered capabilities. */
  pattern: Schema.optional(Capability)
})

/**
 * @since 0.1.0
 * @category models
 */
export type StandingGrant = typeof StandingGrant.Type

/**
 * Tells whether a standing grant covers a capability.
 *
 * @since 0.1.0
 * @category predicates
 */
export const grantCovers = ({ capabilities = [], pattern }: StandingGrant, capability: Capability): boolean =>
  capabilities.includes(capability) || (pattern !== undefined && capabilityCovers(pattern, capability))
