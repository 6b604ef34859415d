/**
 * The contract every other part is written against: schemas, the event taxonomy, ports and errors.
 *
 * @since 0.1.0
 */
export * from "./AgentStateVector.js"
export * from "./BlobStore.js"
export * from "./Capability.js"
export * from "./EventKind.js"
export * from "./EventRecord.js"
export * from "./Grant.js"
export * from "./Homeostat.js"
export * from "./Identity.js"
export { Ids } from "./Ids.js"
// The tag is `Inspector.Inspector`, beside its layers.
export {
  type ActorInspection,
  type EventInspection,
  type InspectedEvent,
  type InspectedSnapshot,
  type Inspection,
  InspectorError,
  inspectionVersion,
  rootActorId,
  type SnapshotInspection
} from "./Inspector.js"
export * from "./Journal.js"
export * from "./Json.js"
export { type JsonSchema, objectJsonSchema } from "./jsonSchema.js"
export * from "./Limits.js"
export * from "./Memory.js"
export * from "./Model.js"
export * from "./Observation.js"
export * from "./OperatingMode.js"
export * from "./PolicySet.js"
export * from "./PolicyTier.js"
export * from "./recall.js"
export * from "./secrets.js"
export * from "./SoulProfile.js"
export * from "./Steering.js"
export * from "./TickPhase.js"
export * from "./Tool.js"
