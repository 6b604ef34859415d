/**
 * Hooks around model turns and tool calls.
 *
 * @since 0.1.0
 */
import { Effect, Layer } from "effect"
import {
  inFrontOf,
  Model,
  ModelError,
  type ModelRequest,
  type ModelTurn,
  ToolError,
  type ToolOutput
} from "../../aios/index.js"
import type { HookError } from "../HookError.js"
import type { HookedCall, Hooks } from "./Hook.js"
import { inOrder } from "./inOrder.js"

/**
 * Puts hooks in front of a model. The first hook is the outermost: it is asked first before a turn, and last after it.
 *
 * @since 0.1.0
 * @category layers
 */
export const aroundModel = <E, R>(
  hooks: ReadonlyArray<Hooks>,
  layer: Layer.Layer<Model, E, R>
): Layer.Layer<Model, E, R> =>
  hooks.length === 0
    ? layer
    : Layer.effect(
        Model,
        Effect.map(Model, (model) =>
          inFrontOf(
            () => model,
            (request, onDelta) => aroundTurn(hooks, model, request, (asked) => model.generate(asked, onDelta))
          )
        )
      ).pipe(Layer.provide(layer))

/**
 * One turn of a model between hooks.
 */
export const aroundTurn = (
  hooks: ReadonlyArray<Hooks>,
  { provider }: typeof Model.Service,
  request: ModelRequest,
  next: (request: ModelRequest) => Effect.Effect<ModelTurn, ModelError>
): Effect.Effect<ModelTurn, ModelError> =>
  inOrder(hooks, request, (hook, value) => hook.beforeModel?.(value)).pipe(
    Effect.mapError(
      ({ hook, message }) =>
        new ModelError({
          provider,
          reason: "InvalidRequest",
          retryable: false,
          message: `The hook ${hook} refuses this model call: ${message}`
        })
    ),
    Effect.flatMap((asked) =>
      Effect.flatMap(next(asked), (turn) =>
        inOrder(hooks.toReversed(), turn, (hook, value) => hook.afterModel?.(value, asked)).pipe(
          Effect.catchTag("HookError", (error) => Effect.succeed(withheld(turn, error)))
        )
      )
    )
  )

// A withheld answer still has its cost.
const withheld = ({ costUsd, model, usage }: ModelTurn, { hook, message }: HookError): ModelTurn => ({
  content: `The hook ${hook} withholds this answer: ${message}`,
  toolCalls: [],
  stopReason: "refusal",
  usage,
  model,
  costUsd
})

/**
 * One call of a tool between hooks.
 */
export const aroundCall = (
  hooks: ReadonlyArray<Hooks>,
  call: HookedCall,
  execute: Effect.Effect<ToolOutput, ToolError>
): Effect.Effect<ToolOutput, ToolError> =>
  inOrder<void>(hooks, undefined, (hook) => hook.beforeTool?.(call)).pipe(
    Effect.mapError(
      ({ hook, message }) =>
        new ToolError({
          toolName: call.toolName,
          reason: "PolicyViolation",
          message: `The hook ${hook} refuses this call: ${message}`
        })
    ),
    Effect.zipRight(execute),
    Effect.flatMap((output) =>
      inOrder(hooks.toReversed(), output, (hook, value) => hook.afterTool?.(value, call)).pipe(
        Effect.catchTag("HookError", ({ hook, message }) =>
          Effect.succeed({ output: { error: `The call ran, but the hook ${hook} withholds its output: ${message}` } })
        )
      )
    )
  )
