/**
 * Policies: which capabilities an agent has, which it has to ask for, and which it never gets.
 *
 * @since 0.1.0
 * @module
 */
export {
  defaultPolicy,
  evaluatePolicy as evaluate,
  parsePolicy as parse,
  PolicyDecision as Decision,
  PolicyError,
  PolicySet,
  PolicyTier as Tier,
  policyTiers as tiers
} from "./layers/aios/index.js"
