/**
 * The contract every other part is written against: schemas, the event taxonomy, ports and errors.
 *
 * - `schema/`: plain data
 * - `events/`: the taxonomy of events over that data
 * - `ports/`: the services that the other parts require
 * - `subsystem/`: the contract of what plugs into the phases of a tick
 *
 * A folder imports only from folders that stand before it in this list.
 *
 * @since 0.1.0
 */
export * from "./schema/ActLog.js"
export * from "./schema/AgentState.js"
export * from "./schema/AgentStateVector.js"
export * from "./schema/BlobRef.js"
export * from "./schema/CallEffect.js"
export * from "./schema/Capability.js"
export * from "./schema/runEnd.js"
export * from "./schema/Grant.js"
export * from "./schema/Json.js"
export * from "./schema/Limits.js"
export * from "./schema/ModeThresholds.js"
export * from "./schema/OperatingMode.js"
export * from "./schema/Plan.js"
export * from "./schema/PolicySet.js"
export * from "./schema/PolicyTier.js"
export * from "./schema/SoulProfile.js"
export * from "./schema/SteeringMode.js"
export * from "./schema/TickPhase.js"
export * from "./schema/TokenUsage.js"
export * from "./schema/Tool.js"
export * from "./schema/Withheld.js"
export * from "./schema/conventions.js"
export * from "./schema/lifeCode.js"
export * from "./schema/jsonSchema.js"
export * from "./schema/nearest.js"
export * from "./schema/secrets.js"
export * from "./schema/text.js"
export * from "./schema/visible.js"
export { type EventKind, type EventKindOf, type EventType, eventTypes, phasesOf } from "./events/EventKind.js"
export * from "./events/RawKind.js"
export * from "./events/decodeKind.js"
export * from "./events/EventRecord.js"
export * from "./ports/AgentErrors.js"
export * from "./ports/Agents.js"
export * from "./ports/BlobStore.js"
export * from "./ports/Homeostat.js"
export * from "./ports/Identity.js"
export { Ids, timeOfUlid } from "./ports/Ids.js"
export * from "./ports/Inspector.js"
export * from "./ports/Journal.js"
export * from "./ports/deadline.js"
export * from "./ports/journalRetry.js"
export * from "./ports/outputBudget.js"
export * from "./ports/toolInput.js"
export * from "./ports/toolRun.js"
export * from "./ports/Model.js"
export * from "./ports/Redaction.js"
export * from "./ports/Telemetry.js"
export * from "./ports/ToolHarness.js"
export * from "./Lock.js"
export * as Subsystem from "./subsystem/index.js"
