/**
 * The live stream: connects, reports the state, and after a break tries again for a limited number of times.
 *
 * @since 0.1.0
 */
import { after, token } from "./browser.js"
import type { Batch } from "./wire.js"

/** State of the connection. */
export type ConnectionState = "connecting" | "live" | "broken" | "given up"

/** Listener of the connection. */
export interface Listener {
  readonly onBatch: (batch: Batch) => void
  readonly onState: (state: ConnectionState) => void
}

const delayMs = 500
const delayMsMax = 8_000
const attemptsMax = 30

/** Connects. Gives a function that tries again at once, for a user who does not want to wait. */
export const connect = ({ onBatch, onState }: Listener): (() => void) => {
  let attempt = 0
  let cancel = () => {}
  const open = () => {
    cancel()
    onState(attempt === 0 ? "connecting" : "broken")
    const socket = new WebSocket(`ws://${location.host}/stream?token=${encodeURIComponent(token)}&format=page`)
    socket.addEventListener("open", () => {
      attempt = 0
      onState("live")
    })
    socket.addEventListener("message", ({ data }) => {
      const batch = batchOf(data)
      if (batch !== undefined) onBatch(batch)
    })
    socket.addEventListener("close", () => {
      attempt++
      if (attempt > attemptsMax) return onState("given up")
      onState("broken")
      cancel = after(Math.min(delayMs * 2 ** (attempt - 1), delayMsMax), open)
    })
  }
  open()
  return () => {
    attempt = 1
    open()
  }
}

const batchOf = (data: unknown): Batch | undefined => {
  if (typeof data !== "string") return undefined
  try {
    const batch: unknown = JSON.parse(data)
    return typeof batch === "object" && batch !== null && "messages" in batch && Array.isArray(batch.messages)
      ? (batch as Batch)
      : undefined
  } catch {
    // A frame that is not JSON does not come from the server's relay, so the page ignores it.
    return undefined
  }
}
