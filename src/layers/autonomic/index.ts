/**
 * Autonomic: homeostasis.
 *
 * @since 0.1.0
 */
export * as Autonomic from "./Autonomic.js"
