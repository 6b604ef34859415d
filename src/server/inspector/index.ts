/**
 * The inspector's server.
 *
 * @since 0.1.0
 */
export type { InspectorAddress, ServerOptions } from "./InspectorServer.js"
export { InspectorServerError } from "./InspectorServerError.js"
export { layerServer, type LayerServerOptions } from "./layerServer.js"
