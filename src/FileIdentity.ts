/**
 * The identity of a system in a file: an Ed25519 key in its data directory.
 *
 * @since 0.1.0
 * @module
 */
export * from "./layers/anima/FileIdentity.js"
