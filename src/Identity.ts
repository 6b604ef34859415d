/**
 * The identity port: the key with which a system signs its checkpoints.
 *
 * @since 0.1.0
 * @module
 */
export { Identity, IdentityError } from "./layers/aios/ports/Identity.js"
