/**
 * A model that follows a script: for tests, simulations and benchmarks.
 *
 * @since 0.1.0
 */
import { Effect, Layer } from "effect"
import {
  makeTurn,
  Model,
  type ModelError,
  type ModelRequest,
  type ModelTurn,
  type TokenUsage,
  type ToolCallRequest
} from "../aios/index.js"

/**
 * Answer of a script to a request: a turn, or parts of one. A script may also give an effect of it, which may wait or
 * fail.
 *
 * @since 0.1.0
 * @category models
 */
export type ScriptedTurn = Partial<Omit<ModelTurn, "usage">> & { readonly usage?: Partial<TokenUsage> }

/**
 * @since 0.1.0
 * @category models
 */
export interface ScriptOptions {
  /** Tokens a request may hold. @default 200_000 */
  readonly contextWindowTokens?: number
  /** Summarises conversations by rule instead of asking the script for a summary. @default true */
  readonly ruleBased?: boolean
}

/**
 * A model with provider `scripted`. Each request calls the script once, with the request and the number of assistant
 * turns in the conversation, so that the same conversation gets the same answer after a restart. The default stop
 * reason is `end_turn` for a turn without calls, and `tool_use` for a turn with calls.
 *
 * @since 0.1.0
 * @category layers
 * @example
 * ```ts
 * import { ScriptedModel } from "life-agent-os"
 *
 * export const model = ScriptedModel.layer((_request, turn) =>
 *   turn === 0 ? ScriptedModel.call("list_dir", { path: "." }) : { content: "Done." }
 * )
 * ```
 */
export const layer = (
  script: (request: ModelRequest, turn: number) => ScriptedTurn | Effect.Effect<ScriptedTurn, ModelError>,
  { contextWindowTokens = 200_000, ruleBased = true }: ScriptOptions = {}
): Layer.Layer<Model> =>
  Layer.succeed(Model, {
    provider: "scripted",
    model: "scripted-1",
    contextWindowTokens,
    ruleBased,
    generate: (request, onDelta) =>
      Effect.suspend(() => {
        const turn = request.messages.filter((message) => message.role === "assistant").length
        const said = script(request, turn)
        return Effect.map(Effect.isEffect(said) ? said : Effect.succeed(said), (partial) => {
          if (partial.content !== undefined) onDelta({ type: "text", text: partial.content })
          return makeTurn({ model: "scripted-1", ...partial })
        })
      })
  })

/**
 * A turn that asks for one call. The default call id is made from the tool and the input.
 *
 * @since 0.1.0
 * @category constructors
 */
export const call = (toolName: string, input: ToolCallRequest["input"], callId?: string): ScriptedTurn => ({
  toolCalls: [{ callId: callId ?? `${toolName}:${JSON.stringify(input)}`, toolName, input }]
})
