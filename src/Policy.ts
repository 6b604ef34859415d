/**
 * Policies: which capabilities an agent has, which it has to ask for, and which it never gets.
 *
 * @since 0.1.0
 * @module
 */
export {
  defaultPolicy,
  evaluatePolicy as evaluate,
  extendPolicy as extend,
  PolicyDecision as Decision,
  PolicySet
} from "./layers/aios/schema/PolicySet.js"
export {
  parsePolicy as parse,
  PolicyError,
  PolicyTier as Tier,
  policyTiers as tiers
} from "./layers/aios/schema/PolicyTier.js"
