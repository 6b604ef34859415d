/**
 * A receiver for bench/inspector.ts: tells its parent its port, and when as many messages have come as were asked for.
 */
import { WebSocketServer } from "ws"

let received = 0
let wanted = Number.POSITIVE_INFINITY
const answer = () => {
  if (received < wanted) return
  wanted = Number.POSITIVE_INFINITY
  process.send?.(received)
}
const server = new WebSocketServer({ host: "127.0.0.1", port: 0 }, () => {
  const address = server.address()
  process.send?.(typeof address === "object" ? address?.port : undefined)
})
server.on("connection", (socket) =>
  socket.on("message", () => {
    received++
    answer()
  })
)
process.on("message", (count) => {
  wanted = received + Number(count)
  answer()
})
process.on("disconnect", () => process.exit())
