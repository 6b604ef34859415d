/**
 * JSON values and their canonical text.
 *
 * @since 0.1.0
 * @module
 */
export { hashOf as hash } from "./layers/aios/events/EventRecord.js"
export { canonicalJson as canonical, Json } from "./layers/aios/schema/Json.js"
export type { JsonSchema } from "./layers/aios/schema/jsonSchema.js"
