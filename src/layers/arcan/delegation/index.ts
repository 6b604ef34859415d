/**
 * Delegation: sub-agents that do a part of an agent's work.
 *
 * @since 0.1.0
 */
export { delegation } from "./delegation.js"
