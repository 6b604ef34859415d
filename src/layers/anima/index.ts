/**
 * Anima: identity. The key that signs what an agent system vouches for.
 *
 * @since 0.1.0
 */
export * as FileIdentity from "./FileIdentity.js"
