/** A record of a session made by hand. */
import { agentActor, type EventKind, type EventRecord, kindText, type RawKind } from "../../src/layers/aios/index.js"

export const record = (sequence: number, kind: EventKind | RawKind, actor = agentActor): EventRecord => ({
  eventId: `e${sequence}`,
  sessionId: "s",
  agentId: "s",
  branchId: "main",
  sequence,
  timestamp: "2026-01-01T00:00:00.005Z",
  actor,
  digest: "",
  kind,
  body: kindText(kind)
})
