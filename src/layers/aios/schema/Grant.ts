/**
 * What a person allows beyond a single call.
 *
 * @since 0.1.0
 */
import { Schema } from "effect"
import { Capability, capabilityMatches } from "./Capability.js"

/**
 * How far an approval goes.
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
 * An approval that stands: gated capabilities it covers are not asked for again. It opens nothing that a policy denies.
 *
 * @since 0.1.0
 * @category models
 */
export const StandingGrant = Schema.Struct({
  /** The approval it was given with. */
  approvalId: Schema.String,
  /** Exactly these, letter by letter. */
  capabilities: Schema.optional(Schema.Array(Capability)),
  /** All that this pattern covers. */
  pattern: Schema.optional(Capability)
})

/**
 * @since 0.1.0
 * @category models
 */
export type StandingGrant = typeof StandingGrant.Type

/**
 * Whether a standing grant covers a capability.
 *
 * @since 0.1.0
 * @category predicates
 */
export const grantCovers = ({ capabilities = [], pattern }: StandingGrant, capability: Capability): boolean =>
  capabilities.includes(capability) || (pattern !== undefined && capabilityMatches(pattern, capability))
