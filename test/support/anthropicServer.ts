/**
 * A loopback server that speaks the streaming Messages API and does what a script says.
 *
 * As a process: `node --import tsx test/support/anthropicServer.ts --port 0` prints its port on one line and plays the
 * default script: one `list_dir` call, then a final text.
 */
import { createServer, type IncomingHttpHeaders, type ServerResponse } from "node:http"
import { pathToFileURL } from "node:url"

/** A request as it came in. */
export interface RecordedRequest {
  readonly method: string
  readonly path: string
  readonly headers: IncomingHttpHeaders
  readonly body: MessagesBody
  /** Resolves when the exchange is over: whether the client went away before the answer was complete. */
  readonly closedEarly: Promise<boolean>
}

/** The part of a request body that scripts look at. */
export interface MessagesBody {
  readonly model?: string
  readonly messages?: ReadonlyArray<{ readonly role: string; readonly content: unknown }>
  readonly [key: string]: unknown
}

/** Answers one request. */
export type Responder = (response: ServerResponse, request: RecordedRequest) => void | Promise<void>

/** One responder per request in order, or a choice by the request's body and number (from 0). */
export type Script = ReadonlyArray<Responder> | ((body: MessagesBody, index: number) => Responder)

export interface AnthropicServer {
  readonly url: string
  readonly port: number
  readonly requests: ReadonlyArray<RecordedRequest>
  /** The request with that number (from 0), as soon as it has come in. */
  readonly received: (index: number) => Promise<RecordedRequest>
  /** Closes the server and every connection. */
  readonly close: () => Promise<void>
}

/** An event of the stream: its JSON, or raw text that is sent as it is. */
export type StreamEvent = { readonly type: string; readonly [key: string]: unknown } | string

/** Starts the server on 127.0.0.1. */
export const startAnthropicServer = async (script: Script, port = 0): Promise<AnthropicServer> => {
  const requests: Array<RecordedRequest> = []
  const waiting: Array<{ readonly index: number; readonly resolve: (request: RecordedRequest) => void }> = []
  const server = createServer(async (incoming, response) => {
    const closedEarly = new Promise<boolean>((resolve) => {
      response.on("close", () => resolve(!response.writableFinished))
    })
    const chunks: Array<Buffer> = []
    for await (const chunk of incoming) chunks.push(Buffer.from(chunk))
    const body: MessagesBody = JSON.parse(Buffer.concat(chunks).toString("utf8"))
    const index = requests.length
    const { headers, method = "", url = "" } = incoming
    const request: RecordedRequest = { method, path: url, headers, body, closedEarly }
    requests.push(request)
    for (const waiter of waiting) if (waiter.index === index) waiter.resolve(request)
    const respond = typeof script === "function" ? script(body, index) : script[index]
    await (respond ?? failure(500, "api_error", `the script has no answer to request ${index}`))(response, request)
  })
  await new Promise<void>((resolve) => server.listen(port, "127.0.0.1", resolve))
  const address = server.address()
  if (address === null || typeof address === "string") throw new Error("the server has no port")
  return {
    url: `http://127.0.0.1:${address.port}`,
    port: address.port,
    requests,
    received: (index) =>
      new Promise((resolve) => {
        const request = requests[index]
        if (request === undefined) waiting.push({ index, resolve })
        else resolve(request)
      }),
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      })
  }
}

const frame = (event: StreamEvent): string =>
  typeof event === "string" ? event : `event: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`

const openStream = (response: ServerResponse, events: ReadonlyArray<StreamEvent>): Promise<void> => {
  response.writeHead(200, { "content-type": "text/event-stream; charset=utf-8", "request-id": "req_test" })
  response.flushHeaders()
  // The cuts below must come after these bytes are on their way.
  return new Promise((resolve) => response.write(events.map(frame).join(""), () => resolve()))
}

/** Streams events and ends the answer. */
export const stream =
  (...events: ReadonlyArray<StreamEvent>): Responder =>
  async (response) => {
    await openStream(response, events)
    response.end()
  }

/** Streams events and then says nothing more. */
export const hang =
  (...events: ReadonlyArray<StreamEvent>): Responder =>
  async (response) => {
    await openStream(response, events)
  }

/** Takes the request and never answers. */
export const silence: Responder = () => {}

/** Streams events and breaks the connection. */
export const cut =
  (...events: ReadonlyArray<StreamEvent>): Responder =>
  async (response) => {
    await openStream(response, events)
    response.destroy()
  }

/** Answers with an API error. */
export const failure =
  (status: number, type: string, message: string, headers: Readonly<Record<string, string>> = {}): Responder =>
  (response) => {
    response.writeHead(status, { "content-type": "application/json", "request-id": "req_test", ...headers })
    response.end(JSON.stringify({ type: "error", error: { type, message }, request_id: "req_test" }))
  }

/** Answers with any body. */
export const plain =
  (status: number, contentType: string, body: string): Responder =>
  (response) => {
    response.writeHead(status, { "content-type": contentType })
    response.end(body)
  }

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
