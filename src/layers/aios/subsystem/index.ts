/**
 * The contract of subsystems: what they add to the eight phases of a tick.
 *
 * @since 0.1.0
 */
export type { Base, TooEarly } from "./base.js"
export * from "./check.js"
export * from "./contributions.js"
export * from "./event.js"
export * from "./kinds.js"
export * from "./leaves.js"
export { make } from "./make.js"
export * from "./projection.js"
export * from "./Subsystem.js"
export * from "./SubsystemError.js"
export * from "./tool.js"
