/**
 * A loopback server that speaks the streaming Messages API and does what a script says.
 *
 * As a process: `node --import tsx test/support/anthropicServer.ts --port 0` prints its port on one line and plays the
 * default script: one `list_dir` call, then a final text.
 */
import { pathToFileURL } from "node:url"
import * as Server from "./modelServer.js"

export { plain, silence } from "./modelServer.js"

/** The part of a request body that scripts look at. */
export interface MessagesBody {
  readonly model?: string
  readonly messages?: ReadonlyArray<{ readonly role: string; readonly content: unknown }>
  readonly [key: string]: unknown
}

/** Answers a request with any body. */
export type Responder = Server.Responder<unknown>

export type Script = Server.Script<MessagesBody>

export type AnthropicServer = Server.ModelServer<MessagesBody>

/** An event of the stream: its JSON, or raw text that is sent as it is. */
export type StreamEvent = { readonly type: string; readonly [key: string]: unknown } | string

/** Starts the server on 127.0.0.1. */
export const startAnthropicServer = (script: Script, port = 0): Promise<AnthropicServer> =>
  Server.startModelServer(script, port)

const frame = (event: StreamEvent): string =>
  typeof event === "string" ? event : `event: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`

const streaming = (events: ReadonlyArray<StreamEvent>) =>
  Server.streaming({ "request-id": "req_test" }, events.map(frame).join(""))

/** Streams events and ends the answer. */
export const stream = (...events: ReadonlyArray<StreamEvent>): Responder => streaming(events).stream

/** Streams events and then says nothing more. */
export const hang = (...events: ReadonlyArray<StreamEvent>): Responder => streaming(events).hang

/** Streams events and breaks the connection. */
export const cut = (...events: ReadonlyArray<StreamEvent>): Responder => streaming(events).cut

/** Answers with an API error. */
export const failure = (
  status: number,
  type: string,
  message: string,
  headers: Readonly<Record<string, string>> = {}
): Responder =>
  Server.json(
    status,
    { type: "error", error: { type, message }, request_id: "req_test" },
    { "request-id": "req_test", ...headers }
  )

export const ping: StreamEvent = { type: "ping" }

/** The event that opens a message. */
export const messageStart = (
  usage: Readonly<Record<string, unknown>> = {},
  model = "claude-sonnet-5-5"
): StreamEvent => ({
  type: "message_start",
  message: {
    id: "msg_test",
    type: "message",
    role: "assistant",
    model,
    content: [],
    stop_reason: null,
    stop_sequence: null,
    usage: { input_tokens: 10, output_tokens: 1, cache_creation_input_tokens: 0, cache_read_input_tokens: 0, ...usage }
  }
})

/** The events of one content block. */
export const block = (
  index: number,
  start: { readonly type: string; readonly [key: string]: unknown },
  ...deltas: ReadonlyArray<{ readonly type: string; readonly [key: string]: unknown }>
): ReadonlyArray<StreamEvent> => [
  { type: "content_block_start", index, content_block: start },
  ...deltas.map((delta): StreamEvent => ({ type: "content_block_delta", index, delta })),
  { type: "content_block_stop", index }
]

/** A text block that comes in pieces. */
export const text = (index: number, ...pieces: ReadonlyArray<string>): ReadonlyArray<StreamEvent> =>
  block(index, { type: "text", text: "" }, ...pieces.map((piece) => ({ type: "text_delta", text: piece })))

/** A tool call whose input comes in pieces of JSON. */
export const toolUse = (
  index: number,
  id: string,
  name: string,
  ...pieces: ReadonlyArray<string>
): ReadonlyArray<StreamEvent> =>
  block(
    index,
    { type: "tool_use", id, name, input: {}, caller: { type: "direct" } },
    ...pieces.map((piece) => ({ type: "input_json_delta", partial_json: piece }))
  )

/** The events that close a message. */
export const messageEnd = (
  stopReason: string | null,
  usage: Readonly<Record<string, unknown>> = {}
): ReadonlyArray<StreamEvent> => [
  {
    type: "message_delta",
    delta: { stop_reason: stopReason, stop_sequence: null },
    usage: { output_tokens: 7, ...usage }
  },
  { type: "message_stop" }
]

/** A whole answer of one text. */
export const says = (...pieces: ReadonlyArray<string>): Responder =>
  stream(messageStart(), ping, ...text(0, ...pieces), ...messageEnd("end_turn"))

/** A whole answer of one tool call. */
export const calls = (id: string, name: string, input: unknown): Responder =>
  stream(messageStart(), ...toolUse(0, id, name, JSON.stringify(input)), ...messageEnd("tool_use"))

/** One `list_dir` call, then a final text: chosen by the conversation, so that it fits any number of runs. */
export const defaultScript: Script = ({ messages = [] }) => {
  const content = messages.at(-1)?.content
  const hasResult = Array.isArray(content) && content.some((item) => item?.type === "tool_result")
  return hasResult
    ? says("I have looked ", "at the workspace.")
    : calls(`toolu_${messages.length}`, "list_dir", { path: "." })
}

if (process.argv[1] !== undefined && import.meta.url === pathToFileURL(process.argv[1]).href) {
  const flag = process.argv.indexOf("--port")
  const server = await startAnthropicServer(defaultScript, flag < 0 ? 0 : Number(process.argv[flag + 1]))
  process.stdout.write(`${server.port}\n`)
}
