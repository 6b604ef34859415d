/**
 * The inspector's server.
 *
 * @since 0.1.0
 */
export { follow } from "./follow.js"
export { type InspectorAddress, serve, type ServerOptions } from "./InspectorServer.js"
export { InspectorServerError } from "./InspectorServerError.js"
export { journalHistory } from "./journalHistory.js"
export { layerServer, type LayerServerOptions } from "./layerServer.js"
export { Relay } from "./relay.js"
