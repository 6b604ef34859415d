/**
 * Watching agents: the messages of Stately's inspector, what makes them, and the layers that take them.
 *
 * @since 0.1.0
 */
export { ofSession, type SessionOptions } from "./actors/inspections.js"
export * from "./layers/aios/Inspector.js"
export { defaultRedaction, encodeInspection, type Redaction, Redactor } from "./layers/aios/Redaction.js"
export * from "./layers/vigil/inspector/index.js"
export * from "./server/inspector/index.js"
