/**
 * Inspection of agents: the messages of Stately's inspector, the functions that make them, and the layers that take
 * them.
 *
 * @since 0.1.0
 * @module
 */
export { ofSession, type SessionOptions } from "./actors/inspections.js"
export {
  type ActorInspection,
  type EventInspection,
  type InspectedEvent,
  type InspectedSnapshot,
  type Inspection,
  inspectionVersion,
  Inspector,
  InspectorError,
  rootActorId,
  type SnapshotInspection
} from "./layers/aios/ports/Inspector.js"
export { defaultRedaction, encodeInspection, type Redaction, Redactor } from "./layers/aios/ports/Redaction.js"
export * from "./layers/vigil/inspector/index.js"
export { definitionOf, inspectionsOf } from "./machines/inspection.js"
export {
  type InspectorAddress,
  InspectorServerError,
  layerServer,
  type LayerServerOptions,
  type ServerOptions
} from "./server/inspector/index.js"
