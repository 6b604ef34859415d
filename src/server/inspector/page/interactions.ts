/**
 * The arrows of a sequence diagram, made from the records: each is a message from one participant to another.
 *
 * @since 0.1.0
 */
import { duration, inline } from "./format.js"
import type { Row } from "./records.js"
import type { ActorEvent, Json } from "./wire.js"

/** A message from one participant to another. */
export interface Arrow {
  readonly sequence: number
  readonly from: string
  readonly to: string
  readonly text: string
  readonly tone: "user" | "model" | "tool" | "error" | "human" | "run" | "other"
  /** True for an answer, which is drawn with a dashed line. */
  readonly answer: boolean
}

/** The participants that have a place of their own. */
export const participants = { user: "user", agent: "agent", model: "model", tools: "tools" } as const

const textOf = (value: Json | undefined): string => (typeof value === "string" ? value : "")

/** The arrows of some records, in their order. `nameOf` names another actor by its id. */
export const arrowsOf = (rows: ReadonlyArray<Row>, nameOf: (id: string) => string): ReadonlyArray<Arrow> => {
  const called = new Map<string, string>()
  const { agent, model, tools, user } = participants
  const arrow = (row: Row, event: ActorEvent): ReadonlyArray<Arrow> => {
    const { sequence } = row
    const field = (name: string) => textOf(event[name])
    const make = (from: string, to: string, text: string, tone: Arrow["tone"], answer = false) => [
      { sequence, from, to, text, tone, answer }
    ]
    switch (event.type) {
      case "UserMessage": {
        const from = row.sourceId === undefined ? user : nameOf(row.sourceId)
        return make(from, agent, field("content"), "user")
      }
      case "ExternalSignal":
        return make(row.sourceId === undefined ? user : nameOf(row.sourceId), agent, field("signalType"), "user")
      case "Decide":
        return event["plan"] === "think" ? make(agent, model, "think", "model") : []
      case "AssistantMessage":
        return make(model, agent, field("content") || field("stopReason"), "model", true)
      case "ModelFailed":
        return make(model, agent, field("message"), "error", true)
      case "ToolCall": {
        const tool = field("toolName")
        called.set(field("callId"), tool)
        return make(agent, tools, `${tool} ${inline(event["input"])}`, "tool")
      }
      case "ToolResult": {
        const tool = called.get(field("callId")) ?? ""
        const ok = event["status"] === "ok"
        const text = `${tool} ${field("status")} · ${duration(Number(event["durationMs"]))}`
        return make(tools, agent, text, ok ? "tool" : "error", true)
      }
      case "ApprovalRequested":
        return make(agent, user, `may ${field("toolName")} run?`, "human")
      case "ApprovalGranted":
        return make(user, agent, "approved", "human", true)
      case "ApprovalDenied":
        return make(user, agent, "refused", "human", true)
      case "RunFinished":
        return make(agent, user, `${field("reason")}: ${field("finalAnswer")}`, "run", true)
      case "RunErrored":
        return make(agent, user, field("error"), "error", true)
      default:
        // Events from children and supervisors carry the id of their source.
        return row.sourceId === undefined || event.type === "SessionCreated"
          ? []
          : make(nameOf(row.sourceId), agent, event.type, event.type.includes("Failed") ? "error" : "other")
    }
  }
  return rows.flatMap((row) => row.events.flatMap((event) => arrow(row, event)))
}

/** The participants of some arrows: user, agent, model and tools first, then other actors as they appear. */
export const participantsOf = (arrows: ReadonlyArray<Arrow>): ReadonlyArray<string> => {
  const { agent, model, tools, user } = participants
  const present = new Set(arrows.flatMap(({ from, to }) => [from, to]))
  return [...new Set([user, agent, model, tools, ...present])].filter((name) => name === agent || present.has(name))
}
