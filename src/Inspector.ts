/**
 * Inspection of agents: the messages of Stately's inspector, the functions that make them, and the layers that take
 * them.
 *
 * @since 0.1.0
 * @module
 */
export { ofSession, type SessionOptions } from "./actors/index.js"
export {
  type ActorInspection,
  defaultRedaction,
  encodeInspection,
  type EventInspection,
  type InspectedEvent,
  type InspectedSnapshot,
  type Inspection,
  inspectionVersion,
  Inspector,
  InspectorError,
  type Redaction,
  Redactor,
  rootActorId,
  type SnapshotInspection
} from "./layers/aios/index.js"
export * from "./layers/vigil/inspector/index.js"
export { definitionOf, inspectionsOf } from "./machines/index.js"
export {
  type InspectorAddress,
  InspectorServerError,
  layerServer,
  type LayerServerOptions,
  type ServerOptions
} from "./server/inspector/index.js"
