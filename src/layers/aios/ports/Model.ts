/**
 * The model port: one turn of a language model, whoever provides it.
 *
 * @since 0.1.0
 */
import { Context, type Effect, Schema } from "effect"
import type { Json } from "../schema/Json.js"
import type { ModelFallback, TokenUsage } from "../schema/TokenUsage.js"
import type { ToolCallRequest, ToolDefinition, ToolStatus } from "../schema/Tool.js"
import { lifeCode } from "../schema/lifeCode.js"

/**
 * Why the model stopped, in the words of the Messages API; other words pass through unchanged.
 *
 * @since 0.1.0
 * @category models
 */
export type StopReason = "end_turn" | "tool_use" | "max_tokens" | "refusal" | (string & {})

/**
 * One entry of the conversation. Tool results stand directly behind the assistant turn that asked for them. `other` gives
 * blocks back to the provider they came from, unchanged: models that think want to see their thoughts again.
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
 * What the model is told about the outcome of a call.
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
 * The form an answer has to have: JSON that fits a schema.
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
  /** The model that is asked for, where a router chooses among several; its default unless given. */
  readonly model?: string
  /** Tokens the answer may have; what the model is set up with unless given. */
  readonly maxOutputTokens?: number
  /** Asks for JSON instead of prose. The answer is still to be checked against the schema. */
  readonly responseSchema?: ResponseSchema
}

/**
 * A piece of an answer as it streams in: what the model says, or what it thinks before it says something.
 *
 * @since 0.1.0
 * @category models
 */
export interface ModelDelta {
  readonly type: "text" | "thinking"
  readonly text: string
}

/**
 * What the model answered. `other` holds content blocks this version does not know, kept as they came.
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
   * In US dollars, from the provider's price list; `undefined` when the price is not known. What is not known counts as
   * nothing against a budget of dollars.
   */
  readonly costUsd: number | undefined
  /** What the provider calls this answer, where it has a name for it. */
  readonly responseId?: string
  /** Attempts that failed before this answer came; absent when there was none. */
  readonly retries?: number
  readonly fallback?: ModelFallback
}

/**
 * Why a model call failed. `retryable` says whether the same request may succeed later; retries within one call have
 * already been made by then.
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
  /** What the provider asked to wait, in milliseconds. */
  retryAfterMs: Schema.optional(Schema.Number),
  /** What happened and what to do next. */
  message: Schema.String
}) {
  get code() {
    return lifeCode(this)
  }
}

/**
 * What is known of a model before it is asked.
 *
 * @since 0.1.0
 * @category models
 */
export interface ModelInfo {
  /** `scout`, `anthropic`, `openai`, … */
  readonly provider: string
  readonly model: string
  /** How many tokens a request may hold. */
  readonly contextWindowTokens: number
  /** How many tokens an answer may have, where that is bounded. */
  readonly maxOutputTokens?: number | undefined
  /** It follows rules and cannot put a conversation into its own words; then that is done by rule, too. */
  readonly ruleBased?: boolean | undefined
  /** Where the model is, unless it runs in this process. */
  readonly server?: { readonly address: string; readonly port: number } | undefined
}

/**
 * A language model, or several behind one.
 *
 * @since 0.1.0
 * @category services
 */
export class Model extends Context.Tag("life-agent-os/Model")<
  Model,
  ModelInfo & {
    /** The model that a request with this `model` goes to first; absent where there is only one. */
    readonly named?: ((name: string) => ModelInfo | undefined) | undefined
    /** The names that `named` knows, for messages. */
    readonly names?: (() => ReadonlyArray<string>) | undefined
    /** One turn. `onDelta` is called with each piece of the answer as it streams in. Interruption aborts the request. */
    readonly generate: (
      request: ModelRequest,
      onDelta: (delta: ModelDelta) => void
    ) => Effect.Effect<ModelTurn, ModelError>
  }
>() {}

/**
 * What is known of the model that a session's requests go to; `name` is their `model`.
 *
 * @since 0.1.0
 * @category getters
 */
export const askedModel = (model: typeof Model.Service, name: string | undefined): ModelInfo =>
  (name === undefined ? undefined : model.named?.(name)) ?? model

/**
 * A model that is what another one says it is, at any time, but answers in its own way: for what stands in front of models.
 * `others` knows them where there are several.
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
