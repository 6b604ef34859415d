/**
 * The inspectors of this subsystem.
 *
 * @since 0.1.0
 */
export { Backlog } from "./Backlog.js"
export { layerMemory, layerNoop, merge } from "./layers.js"
export { layerWebSocket, type WebSocketOptions } from "./webSocket.js"
