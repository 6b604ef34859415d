/** A receiver for bench/inspector.ts: takes every message, does nothing with it, and says its port to its parent. */
import { WebSocketServer } from "ws"

const server = new WebSocketServer({ host: "127.0.0.1", port: 0 }, () => {
  const address = server.address()
  process.send?.(typeof address === "object" ? address?.port : undefined)
})
server.on("connection", (socket) => socket.on("message", () => {}))
process.on("disconnect", () => process.exit())
