/**
 * The wire formats that models are asked in, each as a loopback server speaks it, for the promises that all providers
 * share.
 */
import type { Effect, Layer, Redacted, Scope } from "effect"
import type { Model, ModelError, ModelTurn } from "../../../src/layers/aios/index.js"
import { AnthropicModel, OpenAiModel } from "../../../src/layers/arcan/index.js"
import * as Anthropic from "../../support/anthropicServer.js"
import type { Responder } from "../../support/modelServer.js"
import * as OpenAi from "../../support/openAiServer.js"
import * as AnthropicSupport from "./anthropicSupport.js"
import * as OpenAiSupport from "./openAiSupport.js"

type Reason = ModelError["reason"]
type Answer = Responder<unknown>
/** Part of a request that a test looks at. */
export type Body = { readonly [key: string]: unknown }

/** An error as both APIs send it within an answer. */
export interface ApiError {
  readonly message: string
  readonly type?: string
  readonly code?: string | number | null
}

/** A call whose input comes in pieces. */
export interface Call {
  readonly id: string
  readonly name: string
  readonly pieces: ReadonlyArray<string>
}

export interface Dialect {
  readonly provider: string
  readonly api: string
  readonly variables: string
  readonly apiKey: string
  readonly modelAt: (
    server: { readonly url: string },
    options?: { readonly apiKey?: Redacted.Redacted; readonly baseUrl?: string; readonly requestTimeoutMs?: number }
  ) => Effect.Effect<typeof Model.Service, ModelError, Scope.Scope>
  readonly layerFromEnv: (options?: { readonly model?: string }) => Layer.Layer<Model, ModelError>
  /** The path below which the API is. */
  readonly path: string
  /** The fields of the smallest possible request, and the one that limits its answer. */
  readonly fields: ReadonlyArray<string>
  readonly limit: string
  /** Fields of the turn that an answer of `says` becomes. */
  readonly answered: Pick<ModelTurn, "responseId" | "model" | "costUsd">
  readonly says: (...pieces: ReadonlyArray<string>) => Answer
  /** A text and calls behind it; `ends` is why the model stopped, in our words. */
  readonly calls: (text: string, calls: ReadonlyArray<Call>, ends: "tool_use" | "max_tokens") => Answer
  readonly nothing: Answer
  /** The text `Half an ans`, and then the end of the stream, of the connection, or of all data. */
  readonly half: {
    readonly stream: Answer
    readonly cut: Answer
    readonly hang: Answer
    readonly error: (error: ApiError) => Answer
  }
  /** An event with these data. */
  readonly data: (text: string) => Answer
  readonly failure: (
    status: number,
    word: string,
    message: string,
    headers?: Readonly<Record<string, string>>
  ) => Answer
  /** The word for too many requests. */
  readonly rateLimit: string
  /** Answers that are final, and errors within an answer, that only this API has. */
  readonly final: ReadonlyArray<readonly [status: number, word: string, reason: Reason]>
  readonly errors: ReadonlyArray<readonly [error: ApiError, reason: Reason]>
  readonly garbage: Readonly<Record<string, Answer>>
  /** Answers that do not end, in each place where one can be long. */
  readonly endless: Readonly<Record<string, Answer>>
  /** Answers with one field beyond its limit, and the words of the error about it. */
  readonly oversized: Readonly<Record<string, readonly [answer: Answer, says: string]>>
}

const long = Array.from({ length: 5_000 }, () => "x".repeat(1_000))

// Fits into one line, and into no field.
const huge = "h".repeat(2_000_000)

const anthropicHalf = [Anthropic.messageStart(), ...Anthropic.text(0, "Half an ans").slice(0, 2)]
const anthropicData = (text: string) => Anthropic.stream(`event: message_start\ndata: ${text}\n\n`)

const anthropic: Dialect = {
  provider: "anthropic",
  api: "Messages API",
  variables: "ANTHROPIC",
  ...AnthropicSupport,
  layerFromEnv: AnthropicModel.layerFromEnv,
  path: "",
  fields: ["model", "max_tokens", "stream", "messages"],
  limit: "max_tokens",
  answered: { responseId: "msg_test", model: "claude-sonnet-5-5", costUsd: (10 * 2 + 7 * 10) / 1_000_000 },
  says: Anthropic.says,
  calls: (text, calls, ends) =>
    Anthropic.stream(
      Anthropic.messageStart(),
      ...Anthropic.text(0, text),
      ...calls.flatMap(({ id, name, pieces }, index) => Anthropic.toolUse(index + 1, id, name, ...pieces)),
      ...Anthropic.messageEnd(ends)
    ),
  nothing: Anthropic.stream(),
  half: {
    stream: Anthropic.stream(...anthropicHalf),
    cut: Anthropic.cut(...anthropicHalf),
    hang: Anthropic.hang(...anthropicHalf),
    error: (error) => Anthropic.stream(...anthropicHalf, { type: "error", error })
  },
  data: anthropicData,
  failure: Anthropic.failure,
  rateLimit: "rate_limit_error",
  final: [],
  errors: [],
  garbage: {
    "an event without its fields": anthropicData('{"type":"message_start"}'),
    "a delta of a block that was never started": Anthropic.stream(
      Anthropic.messageStart(),
      ...Anthropic.text(0, "x").slice(1)
    )
  },
  endless: {
    "a text": Anthropic.hang(Anthropic.messageStart(), ...Anthropic.text(0, ...long)),
    thoughts: Anthropic.hang(
      Anthropic.messageStart(),
      ...Anthropic.block(
        0,
        { type: "thinking", thinking: "", signature: "" },
        ...long.map((thinking) => ({ type: "thinking_delta", thinking }))
      )
    ),
    "an input": Anthropic.hang(Anthropic.messageStart(), ...Anthropic.toolUse(0, "toolu_a", "glob", ...long)),
    "an id of a call": Anthropic.hang(Anthropic.messageStart(), ...Anthropic.toolUse(0, huge, "glob", "{}")),
    "a name of a tool": Anthropic.hang(Anthropic.messageStart(), ...Anthropic.toolUse(0, "toolu_a", huge, "{}")),
    "an unknown block": Anthropic.hang(Anthropic.messageStart(), ...Anthropic.block(0, { type: "x", data: [huge] })),
    "names of fields": Anthropic.hang(
      Anthropic.messageStart(),
      ...Anthropic.block(0, { type: "x" }, ...long.map((piece, index) => ({ type: "y", [piece + index]: "" })))
    )
  },
  oversized: {
    "too many calls": [
      Anthropic.hang(
        Anthropic.messageStart(),
        ...Array.from({ length: 1_025 }, (_, index) => Anthropic.toolUse(index, `t${index}`, "glob", "{}")).flat()
      ),
      "more than 1024 blocks and calls"
    ],
    "a long name of a tool": [
      Anthropic.calls("toolu_a", "g".repeat(257), {}),
      "the name of a tool has 257 characters; the limit is 256"
    ],
    "a name of a tool that grows": [
      Anthropic.stream(
        Anthropic.messageStart(),
        ...Anthropic.block(0, { type: "tool_use", id: "a", name: "g" }, { type: "z", name: "x".repeat(256) }),
        ...Anthropic.messageEnd("tool_use")
      ),
      "the name of a tool has 257 characters"
    ],
    "a long stop reason": [
      Anthropic.stream(Anthropic.messageStart(), ...Anthropic.messageEnd(huge)),
      "the stop reason has 2000000 characters; the limit is 256"
    ],
    "a long name of a model": [
      Anthropic.stream(Anthropic.messageStart({}, huge), ...Anthropic.messageEnd("end_turn")),
      "the name of the model has 2000000 characters"
    ],
    "negative usage": [
      Anthropic.stream(Anthropic.messageStart({ input_tokens: -1 }), ...Anthropic.messageEnd("end_turn")),
      "inputTokens is -1; it must be from 0 to 1000000000"
    ],
    "huge usage": [
      Anthropic.stream(Anthropic.messageStart(), ...Anthropic.messageEnd("end_turn", { output_tokens: 2 ** 52 })),
      "outputTokens is 4503599627370496; it must be"
    ],
    "usage that is no whole number": [
      Anthropic.stream(Anthropic.messageStart(), ...Anthropic.messageEnd("end_turn", { output_tokens: "NaN" })),
      "an event that does not fit"
    ]
  }
}

const openAiHalf = [OpenAi.opening, ...OpenAi.text("Half an ans")]
const openAiEndings = { tool_use: "tool_calls", max_tokens: "length" }
const openAiEndless = (fields: (piece: string) => Body) =>
  OpenAi.hang(OpenAi.opening, ...long.map((piece) => OpenAi.delta(fields(piece))))

const openAi: Dialect = {
  provider: "openai",
  api: "Chat Completions API",
  variables: "OPENAI",
  ...OpenAiSupport,
  layerFromEnv: OpenAiModel.layerFromEnv,
  path: "/v1",
  fields: ["model", "stream", "stream_options", "messages"],
  limit: "max_completion_tokens",
  answered: {
    responseId: "chatcmpl-test",
    model: "gpt-5.2-2025-12-11",
    costUsd: (10 * 1.75 + 7 * 14) / 1_000_000
  },
  says: OpenAi.says,
  calls: (text, calls, ends) =>
    OpenAi.stream(
      OpenAi.opening,
      ...OpenAi.text(text),
      ...calls.flatMap(({ id, name, pieces }, index) => OpenAi.toolCall(index, id, name, ...pieces)),
      ...OpenAi.ending(openAiEndings[ends])
    ),
  nothing: OpenAi.stream(),
  half: {
    // The marker of the end comes, and no finish reason.
    stream: OpenAi.stream(...openAiHalf, OpenAi.done),
    cut: OpenAi.cut(...openAiHalf),
    hang: OpenAi.hang(...openAiHalf),
    error: (error) => OpenAi.stream(...openAiHalf, { error })
  },
  data: (text) => OpenAi.stream(`data: ${text}\n\n`),
  failure: (status, word, message, headers) => OpenAi.failure(status, { message, type: word, code: word }, headers),
  rateLimit: "rate_limit_exceeded",
  final: [
    [400, "context_length_exceeded", "InvalidRequest"],
    [401, "invalid_api_key", "Authentication"],
    [402, "billing", "Authentication"],
    [403, "unsupported_country", "Authentication"],
    [404, "model_not_found", "InvalidRequest"],
    [429, "insufficient_quota", "Authentication"]
  ],
  errors: [
    [{ message: "sorry", type: "server_error", code: null }, "Unavailable"],
    [{ message: "sorry", type: "requests", code: "rate_limit_exceeded" }, "RateLimited"],
    [{ message: "sorry", code: 503 }, "Overloaded"]
  ],
  garbage: { "content that is no text": OpenAi.stream(OpenAi.delta({ content: { parts: [] } })) },
  endless: {
    "a text": openAiEndless((content) => ({ content })),
    thoughts: openAiEndless((reasoning) => ({ reasoning })),
    "an input": openAiEndless((piece) => ({ tool_calls: [{ index: 0, function: { arguments: piece } }] })),
    "an id of a call": OpenAi.hang(OpenAi.opening, ...OpenAi.toolCall(0, huge, "glob", "{}")),
    "a name of a tool": OpenAi.hang(OpenAi.opening, ...OpenAi.toolCall(0, "call_a", huge, "{}"))
  },
  oversized: {
    "too many calls": [
      OpenAi.hang(
        OpenAi.opening,
        OpenAi.delta({ tool_calls: Array.from({ length: 1_025 }, (_, index) => ({ index, function: { name: "x" } })) })
      ),
      "more than 1024 blocks and calls"
    ],
    "a long name of a tool": [
      OpenAi.calls("call_a", "g".repeat(257), {}),
      "the name of a tool has 257 characters; the limit is 256"
    ],
    "a long stop reason": [
      OpenAi.stream(OpenAi.opening, ...OpenAi.ending(huge)),
      "the stop reason has 2000000 characters; the limit is 256"
    ],
    "a long name of a model": [
      OpenAi.stream({ model: huge, choices: [] }, OpenAi.finish("stop"), { model: huge }, OpenAi.done),
      "the name of the model has 2000000 characters"
    ],
    "a long id": [
      OpenAi.stream({ id: huge, choices: [] }, ...OpenAi.ending("stop")),
      "the id of the answer has 2000000 characters"
    ],
    "negative usage": [
      OpenAi.stream(OpenAi.finish("stop"), OpenAi.usage({ completion_tokens: -1 }), OpenAi.done),
      "outputTokens is -1; it must be from 0 to 1000000000"
    ],
    "huge usage": [
      OpenAi.stream(OpenAi.finish("stop"), OpenAi.usage({ prompt_tokens: 2 ** 52 }), OpenAi.done),
      "inputTokens is 4503599627370496; it must be"
    ],
    "usage that is no whole number": [
      OpenAi.stream(OpenAi.finish("stop"), OpenAi.usage({ prompt_tokens: "NaN" }), OpenAi.done),
      "an event that does not fit"
    ]
  }
}

export const dialects: ReadonlyArray<readonly [name: string, dialect: Dialect]> = [
  ["AnthropicModel", anthropic],
  ["OpenAiModel", openAi]
]
