/**
 * JSON values and their canonical text.
 *
 * @since 0.1.0
 * @module
 */
export { canonicalJson as canonical, hashOf as hash, Json, type JsonSchema } from "./layers/aios/index.js"
