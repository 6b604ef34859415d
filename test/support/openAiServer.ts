/**
 * A loopback server that speaks the streaming Chat Completions API and does what a script says.
 */
import * as Server from "./modelServer.js"

export { json, plain, silence } from "./modelServer.js"

/** The part of a request body that scripts look at. */
export interface ChatBody {
  readonly model?: string
  readonly messages?: ReadonlyArray<{ readonly role: string; readonly [key: string]: unknown }>
  readonly [key: string]: unknown
}

/** Answers a request with any body. */
export type Responder = Server.Responder<unknown>

export type Script = Server.Script<ChatBody>

export type OpenAiServer = Server.ModelServer<ChatBody>

/** A chunk of the stream: its JSON, or raw text that is sent as it is. */
export type Chunk = { readonly [key: string]: unknown } | string

/** Starts the server on 127.0.0.1. Its API is below `/v1`. */
export const startOpenAiServer = (script: Script, port = 0): Promise<OpenAiServer> =>
  Server.startModelServer(script, port)

const frame = (chunk: Chunk): string => (typeof chunk === "string" ? chunk : `data: ${JSON.stringify(chunk)}\n\n`)

const streaming = (chunks: ReadonlyArray<Chunk>) =>
  Server.streaming({ "x-request-id": "req_test" }, chunks.map(frame).join(""))

/** Streams chunks and ends the answer. */
export const stream = (...chunks: ReadonlyArray<Chunk>): Responder => streaming(chunks).stream

/** Streams chunks and then says nothing more. */
export const hang = (...chunks: ReadonlyArray<Chunk>): Responder => streaming(chunks).hang

/** Streams chunks and breaks the connection. */
export const cut = (...chunks: ReadonlyArray<Chunk>): Responder => streaming(chunks).cut

/** Answers with an API error. */
export const failure = (
  status: number,
  error: { readonly message: string; readonly type?: string; readonly code?: string | number | null },
  headers: Readonly<Record<string, string>> = {}
): Responder => Server.json(status, { error: { param: null, ...error } }, { "x-request-id": "req_test", ...headers })

/** The marker behind the last chunk. */
export const done: Chunk = "data: [DONE]\n\n"

const chunk = (fields: { readonly [key: string]: unknown }): Chunk => ({
  id: "chatcmpl-test",
  object: "chat.completion.chunk",
  created: 1_760_000_000,
  model: "gpt-5.2-2025-12-11",
  service_tier: "default",
  system_fingerprint: null,
  obfuscation: "xR2",
  ...fields
})

/** A chunk with a delta. */
export const delta = (fields: { readonly [key: string]: unknown }, finishReason: string | null = null): Chunk =>
  chunk({ choices: [{ index: 0, delta: fields, logprobs: null, finish_reason: finishReason }], usage: null })

/** The chunk that opens an answer. */
export const opening: Chunk = delta({ role: "assistant", content: "", refusal: null })

/** Text that comes in pieces. */
export const text = (...pieces: ReadonlyArray<string>): ReadonlyArray<Chunk> =>
  pieces.map((content) => delta({ content }))

/** A tool call whose arguments come in pieces. */
export const toolCall = (
  index: number,
  id: string,
  name: string,
  ...pieces: ReadonlyArray<string>
): ReadonlyArray<Chunk> => [
  delta({ tool_calls: [{ index, id, type: "function", function: { name, arguments: "" } }] }),
  ...pieces.map((piece) => delta({ tool_calls: [{ index, function: { arguments: piece } }] }))
]

/** The chunk with the finish reason. */
export const finish = (reason: string): Chunk => delta({}, reason)

/** The chunk with the usage, which has no choices. */
export const usage = (fields: { readonly [key: string]: unknown } = {}): Chunk =>
  chunk({
    choices: [],
    usage: {
      prompt_tokens: 10,
      completion_tokens: 7,
      total_tokens: 17,
      prompt_tokens_details: { cached_tokens: 0, audio_tokens: 0 },
      completion_tokens_details: { reasoning_tokens: 0 },
      ...fields
    }
  })

/** The chunks that close an answer. */
export const ending = (reason: string): ReadonlyArray<Chunk> => [finish(reason), usage(), done]

/** A whole answer of one text. */
export const says = (...pieces: ReadonlyArray<string>): Responder =>
  stream(opening, ...text(...pieces), ...ending("stop"))

/** A whole answer of one tool call. */
export const calls = (id: string, name: string, input: unknown): Responder =>
  stream(opening, ...toolCall(0, id, name, JSON.stringify(input)), ...ending("tool_calls"))

/** One `list_dir` call, then a final text: chosen by the conversation, so that it fits any number of runs. */
export const defaultScript: Script = ({ messages = [] }) =>
  messages.at(-1)?.role === "tool"
    ? says("I have looked ", "at the workspace.")
    : calls(`call_${messages.length}`, "list_dir", { path: "." })
