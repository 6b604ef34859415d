/**
 * The model port: one turn of a language model of any provider.
 *
 * @since 0.1.0
 */
import { Context, type Effect, Schema } from "effect"
import type { Json } from "../schema/Json.js"
import type { ModelFallback, TokenUsage } from "../schema/TokenUsage.js"
import type { ToolCallRequest, ToolDefinition, ToolStatus } from "../schema/Tool.js"
import { lifeCode } from "../schema/lifeCode.js"

/**
 * Reason why the model stopped, in the words of the Messages API; other words pass through unchanged.
 *
 * @since 0.1.0
 * @category models
 */
export type StopReason = "end_turn" | "tool_use" | "max_tokens" | "refusal" | (string & {})

/**
 * One entry of the conversation. Tool results follow directly after the assistant turn that asked for them. `other`
 * gives blocks back unchanged to the provider they came from, because a model that thinks needs its earlier thoughts.
 *
 * @since 0.1.0
 * @category models
 */
export type Message =
  | { readonly role: "user"; readonly content: string }
  | {
      readonly role: "assistant"
      readonly content: string
      readonly toolCalls: ReadonlyArray<ToolCallRequest>
      readonly other?: ReadonlyArray<Json>
    }
  | { readonly role: "tool"; readonly results: ReadonlyArray<ToolResultMessage> }

/**
 * Outcome of a call, as the model sees it.
 *
 * @since 0.1.0
 * @category models
 */
export interface ToolResultMessage {
  readonly callId: string
  readonly toolName: string
  readonly status: ToolStatus
  readonly output: Json
}

/**
 * Required form of an answer: JSON that fits a schema.
 *
 * @since 0.1.0
 * @category models
 */
export interface ResponseSchema {
  /** `[a-zA-Z0-9_-]{1,64}`, as model providers demand. */
  readonly name: string
  /** A JSON Schema of type object. */
  readonly schema: { readonly [key: string]: unknown }
}

/**
 * A request for one turn.
 *
 * @since 0.1.0
 * @category models
 */
export interface ModelRequest {
  readonly sessionId: string
  readonly system: string
  readonly messages: ReadonlyArray<Message>
  readonly tools: ReadonlyArray<ToolDefinition>
  /** Name of a model, for a router that chooses among several. @default the default model of the router */
  readonly model?: string
  /** Limit of the answer in tokens. @default the limit that the model is set up with */
  readonly maxOutputTokens?: number
  /** Asks for JSON instead of prose. The caller must still check the answer against the schema. */
  readonly responseSchema?: ResponseSchema
}

/**
 * A piece of an answer as it streams in: a part of the text, or of the thoughts before the text.
 *
 * @since 0.1.0
 * @category models
 */
export interface ModelDelta {
  readonly type: "text" | "thinking"
  readonly text: string
}

/**
 * Answer of the model. `other` holds content blocks that this version does not know, unchanged. The built-in providers
 * give calls ids of the `Ids` port; an id longer than `Limits.callIdCharactersMax` is replaced when the turn is recorded.
 *
 * @since 0.1.0
 * @category models
 */
export interface ModelTurn {
  readonly content: string
  readonly toolCalls: ReadonlyArray<ToolCallRequest>
  readonly other?: ReadonlyArray<Json>
  readonly stopReason: StopReason
  readonly usage: TokenUsage
  /** The model that answered, as the provider names it. */
  readonly model: string
  /**
   * Cost in US dollars, from the provider's price list; `undefined` if the price is not known. An unknown cost counts
   * as 0 against a budget of dollars.
   */
  readonly costUsd: number | undefined
  /** Id that the provider gave this answer, if it gave one. */
  readonly responseId?: string
  /** Number of attempts that failed before this answer; absent if there was none. */
  readonly retries?: number
  readonly fallback?: ModelFallback
}

/**
 * Makes a turn from the parts that a model has to say.
 *
 * @default no text, no calls, no tokens, and a cost of 0; `stopReason` is `tool_use` if there are calls, else `end_turn`
 * @since 0.1.0
 * @category constructors
 * @example
 * ```ts
 * import { Effect, Layer } from "effect"
 * import { Model } from "life-agent-os"
 *
 * export const parrot = Layer.succeed(Model.Model, {
 *   provider: "zoo",
 *   model: "parrot-1",
 *   contextWindowTokens: 100_000,
 *   ruleBased: true,
 *   generate: ({ messages }) => {
 *     const last = messages.at(-1)
 *     return Effect.succeed(Model.makeTurn({ model: "parrot-1", content: last?.role === "user" ? last.content : "" }))
 *   }
 * })
 * ```
 */
export const makeTurn = ({
  toolCalls = [],
  usage,
  ...turn
}: Pick<ModelTurn, "model"> &
  Partial<Omit<ModelTurn, "model" | "usage">> & { readonly usage?: Partial<TokenUsage> }): ModelTurn => ({
  content: "",
  toolCalls,
  stopReason: toolCalls.length === 0 ? "end_turn" : "tool_use",
  costUsd: 0,
  usage: { inputTokens: 0, outputTokens: 0, cacheReadTokens: 0, cacheWriteTokens: 0, ...usage },
  ...turn
})

/**
 * Failure of a model call. `retryable` says whether the same request may succeed later; the retries within the call
 * have been made before.
 *
 * @since 0.1.0
 * @category errors
 */
export class ModelError extends Schema.TaggedError<ModelError>("life-agent-os/ModelError")("ModelError", {
  provider: Schema.String,
  reason: Schema.Literal(
    "Authentication",
    "InvalidRequest",
    "RateLimited",
    "Overloaded",
    "Unavailable",
    "StreamCut",
    "MalformedResponse"
  ),
  retryable: Schema.Boolean,
  /** Time that the provider asked to wait, in milliseconds. */
  retryAfterMs: Schema.optional(Schema.Number),
  /** Description of what happened and what to do next. */
  message: Schema.String
}) {
  get code() {
    return lifeCode(this)
  }
}

/**
 * Properties of a model that are known before a request.
 *
 * @since 0.1.0
 * @category models
 */
export interface ModelInfo {
  /** `scout`, `anthropic`, `openai`, … */
  readonly provider: string
  readonly model: string
  /** Limit of a request in tokens. */
  readonly contextWindowTokens: number
  /** Limit of an answer in tokens, if there is one. */
  readonly maxOutputTokens?: number | undefined
  /** True if the model follows rules and cannot summarise a conversation; a rule then makes the summary. */
  readonly ruleBased?: boolean | undefined
  /** Server of the model; absent if the model runs in this process. */
  readonly server?: { readonly address: string; readonly port: number } | undefined
}

/**
 * A language model, or several behind one service.
 *
 * @since 0.1.0
 * @category services
 */
export class Model extends Context.Tag("life-agent-os/Model")<
  Model,
  ModelInfo & {
    /** Finds the model that a request with this `model` goes to first; absent if there is only one model. */
    readonly named?: ((name: string) => ModelInfo | undefined) | undefined
    /** The names that `named` knows, for messages. */
    readonly names?: (() => ReadonlyArray<string>) | undefined
    /** Runs one turn. Calls `onDelta` with each piece of the answer as it streams in. Interruption ends the request. */
    readonly generate: (
      request: ModelRequest,
      onDelta: (delta: ModelDelta) => void
    ) => Effect.Effect<ModelTurn, ModelError>
  }
>() {}

/**
 * Gives the properties of the model that a session's requests go to; `name` is the `model` of these requests.
 *
 * @since 0.1.0
 * @category getters
 */
export const askedModel = (model: typeof Model.Service, name: string | undefined): ModelInfo =>
  (name === undefined ? undefined : model.named?.(name)) ?? model

/**
 * Makes a model in front of another one. It has the properties that the other model has at the time, but answers with
 * `generate`. `others` finds models by name.
 *
 * @since 0.1.0
 * @category constructors
 */
export const inFrontOf = (
  model: () => typeof Model.Service,
  generate: (typeof Model.Service)["generate"],
  others: () => Pick<typeof Model.Service, "named" | "names"> = model
): typeof Model.Service => ({
  get provider() {
    return model().provider
  },
  get model() {
    return model().model
  },
  get contextWindowTokens() {
    return model().contextWindowTokens
  },
  get maxOutputTokens() {
    return model().maxOutputTokens
  },
  get ruleBased() {
    return model().ruleBased
  },
  get server() {
    return model().server
  },
  get named() {
    return others().named
  },
  get names() {
    return others().names
  },
  generate
})
