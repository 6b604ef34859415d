/**
 * A server that answers chats as server-sent events, and a model that talks to it over HTTP.
 */
import {
  HttpBody,
  HttpClient,
  type HttpClientError,
  HttpRouter,
  HttpServerRequest,
  HttpServerResponse
} from "@effect/platform"
import { Effect, Layer, Option, Schedule, Schema, Stream } from "effect"
import { Model, type ModelDelta, ModelError, type ModelRequest } from "../../src/layers/aios/index.js"
import type { Network } from "../../src/simulation/index.js"

const origin = "https://chat.test"

const ChatRequest = Schema.Struct({ roles: Schema.Array(Schema.Literal("user", "assistant", "tool")) })

/** A piece of an answer: some text, or some of the input of the one call it makes. */
const Delta = Schema.Struct({
  id: Schema.optional(Schema.String),
  text: Schema.optionalWith(Schema.String, { default: () => "" }),
  input: Schema.optionalWith(Schema.String, { default: () => "" })
})

const Event = Schema.parseJson(Delta)

const done = "[DONE]"

/** Answer of the server when it does not ask for a page. */
export const saying = ["Schöne Grüße", " von der ", "Übersicht."]

const answer = (id: string, since: number) =>
  since < 4
    ? [{ id }, { input: '{"n":' }, { input: "7}" }].map((delta) => ({ text: "", input: "", ...delta }))
    : saying.map((text) => ({ text, input: "" }))

/** Asks for two pages for each message of a person, then answers; a piece every 300 ms. */
export const chat: Network = {
  [origin]: HttpRouter.empty.pipe(
    HttpRouter.post(
      "/completions",
      Effect.map(HttpServerRequest.schemaBodyJson(ChatRequest), ({ roles }) => {
        const deltas = answer(`call-${roles.length}`, roles.length - 1 - roles.lastIndexOf("user"))
        const events = [...deltas.map((delta) => Schema.encodeSync(Event)(delta)), done]
        return HttpServerResponse.stream(
          Stream.fromIterable(events.map((event) => `data: ${event}\n\n`)).pipe(
            Stream.schedule(Schedule.spaced("300 millis")),
            Stream.encodeText
          ),
          { contentType: "text/event-stream" }
        )
      })
    )
  )
}

const failed = (reason: ModelError["reason"], message: string) =>
  new ModelError({ provider: "chat", reason, retryable: true, message })

const reasonOf = ({ reason }: HttpClientError.HttpClientError): ModelError["reason"] =>
  reason === "StatusCode" ? "Overloaded" : reason === "Transport" ? "Unavailable" : "StreamCut"

const generate = (client: HttpClient.HttpClient, { messages }: ModelRequest, onDelta: (delta: ModelDelta) => void) =>
  Effect.gen(function* () {
    const body = HttpBody.unsafeJson({ roles: messages.map(({ role }) => role) })
    const response = yield* client.post(`${origin}/completions`, { body })
    const lines = response.stream.pipe(Stream.decodeText(), Stream.splitLines)
    const data = Stream.filterMap(lines, (line) =>
      line.startsWith("data: ") ? Option.some(line.slice("data: ".length)) : Option.none()
    )
    let [content, input, callId, isDone] = ["", "", "", false]
    yield* Stream.runForEach(data, (event) =>
      Effect.gen(function* () {
        isDone = event === done
        if (isDone) return
        const delta = yield* Schema.decode(Event)(event)
        onDelta({ type: "text", text: delta.text })
        content += delta.text
        input += delta.input
        callId = delta.id ?? callId
      })
    )
    if (!isDone) return yield* failed("StreamCut", "the answer ended in the middle")
    return {
      content,
      toolCalls: callId === "" ? [] : [{ callId, toolName: "fetch_page", input: JSON.parse(input) }],
      stopReason: callId === "" ? "end_turn" : "tool_use",
      usage: { inputTokens: 10, outputTokens: 10, cacheReadTokens: 0, cacheWriteTokens: 0 },
      model: "chat-1",
      costUsd: 0
    }
  }).pipe(
    Effect.catchTags({
      RequestError: (error) => failed(reasonOf(error), error.message),
      ResponseError: (error) => failed(reasonOf(error), error.message),
      ParseError: (error) => failed("MalformedResponse", error.message)
    })
  )

/** The model behind that server. */
export const chatModel: Layer.Layer<Model, never, HttpClient.HttpClient> = Layer.effect(
  Model,
  Effect.map(HttpClient.HttpClient, (client) => ({
    provider: "chat",
    model: "chat-1",
    contextWindowTokens: 100_000,
    generate: (request, onDelta) => generate(HttpClient.filterStatusOk(client), request, onDelta)
  }))
)
