/**
 * Several models as one: fallback, circuit breakers, routes for sessions, and a switch for the default.
 *
 * @since 0.1.0
 * @module
 */
export * from "./layers/arcan/ModelRouter.js"
