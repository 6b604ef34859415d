/**
 * Capabilities: the rights that a tool call asks for, such as `fs:read:/src/a.ts`, and the patterns that grant them.
 *
 * @since 0.1.0
 * @module
 */
export { Capability, escapeScope, pathScope, unescapeScope } from "./layers/aios/schema/Capability.js"
export {
  capabilityCovers as covers,
  capabilityOverlaps as overlaps,
  patternFlaw
} from "./layers/aios/schema/capabilityPatterns.js"
