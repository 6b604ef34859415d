/**
 * The contract every other part is written against: schemas, the event taxonomy, ports and errors.
 *
 * `schema/` is plain data, `events/` the taxonomy over it, `ports/` the services that the rest asks for. Imports go in
 * that order only.
 *
 * @since 0.1.0
 */
export * from "./schema/AgentState.js"
export * from "./schema/AgentStateVector.js"
export * from "./schema/BlobRef.js"
export * from "./schema/Capability.js"
export * from "./schema/Grant.js"
export * from "./schema/Json.js"
export * from "./schema/Limits.js"
export * from "./schema/Memory.js"
export * from "./schema/Observation.js"
export * from "./schema/OperatingMode.js"
export * from "./schema/Plan.js"
export * from "./schema/PolicySet.js"
export * from "./schema/PolicyTier.js"
export * from "./schema/SoulProfile.js"
export * from "./schema/Steering.js"
export * from "./schema/TickPhase.js"
export * from "./schema/TokenUsage.js"
export * from "./schema/Tool.js"
export * from "./schema/conventions.js"
export * from "./schema/jsonSchema.js"
export * from "./schema/recall.js"
export * from "./schema/secrets.js"
export * from "./events/EventKind.js"
export * from "./events/EventRecord.js"
export * from "./ports/BlobStore.js"
export * from "./ports/Homeostat.js"
export * from "./ports/Identity.js"
export { Ids, timeOfUlid } from "./ports/Ids.js"
export * from "./ports/Inspector.js"
export * from "./ports/Journal.js"
export * from "./ports/MemoryAccess.js"
export * from "./ports/Model.js"
export * from "./ports/Redaction.js"
export * from "./ports/Telemetry.js"
export * from "./ports/ToolHarness.js"
export * from "./Lock.js"
