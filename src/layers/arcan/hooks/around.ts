/**
 * Hooks in front of the model and the tools.
 *
 * @since 0.1.0
 */
import { Effect, Layer } from "effect"
import {
  inFrontOf,
  Model,
  ModelError,
  type ModelTurn,
  type PreparedCall,
  type Subsystem,
  type ToolCallRequest,
  type ToolContext,
  ToolError,
  ToolHarness,
  type ToolOutput
} from "../../aios/index.js"
import type { HookError } from "../HookError.js"
import type { HookedCall, Hooks } from "./Hook.js"
import { inOrder } from "./asking.js"

/**
 * Puts hooks in front of a model. The first is the outermost: asked first before, and last after.
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
            (request, onDelta) =>
              inOrder(hooks, request, (hook, value) => hook.beforeModel?.(value)).pipe(
                Effect.mapError(
                  ({ hook, message }) =>
                    new ModelError({
                      provider: model.provider,
                      reason: "InvalidRequest",
                      retryable: false,
                      message: `The hook ${hook} refuses this model call: ${message}`
                    })
                ),
                Effect.flatMap((asked) =>
                  Effect.flatMap(model.generate(asked, onDelta), (turn) =>
                    inOrder(hooks.toReversed(), turn, (hook, value) => hook.afterModel?.(value, asked)).pipe(
                      Effect.catchTag("HookError", (error) => Effect.succeed(withheld(turn, error)))
                    )
                  )
                )
              )
          )
        )
      ).pipe(Layer.provide(layer))

// What was paid for is counted, whatever becomes of it.
const withheld = ({ costUsd, model, usage }: ModelTurn, { hook, message }: HookError): ModelTurn => ({
  content: `The hook ${hook} withholds this answer: ${message}`,
  toolCalls: [],
  stopReason: "refusal",
  usage,
  model,
  costUsd
})

/**
 * Puts hooks in front of tools. The first is the outermost.
 *
 * @since 0.1.0
 * @category layers
 */
export const aroundTools = <E, R>(
  hooks: ReadonlyArray<Hooks>,
  layer: Layer.Layer<ToolHarness, E, R>
): Layer.Layer<ToolHarness, E, R> =>
  hooks.length === 0
    ? layer
    : Layer.effect(
        ToolHarness,
        Effect.map(ToolHarness, (harness) => ({
          ...harness,
          prepare: (request) =>
            Effect.map(
              harness.prepare(request),
              (prepared): PreparedCall => ({
                ...prepared,
                execute: (context) => aroundCall(hooks, hookedCall(context, request), prepared.execute(context))
              })
            )
        }))
      ).pipe(Layer.provide(layer))

/**
 * Puts hooks in front of the tools of subsystems. The first is the outermost. Hooks do not see what a tool has recorded
 * for its subsystem.
 *
 * @since 0.1.0
 * @category combinators
 */
export const aroundSubsystems = <S extends Subsystem.Any>(
  hooks: ReadonlyArray<Hooks>,
  subsystems: ReadonlyArray<S>
): ReadonlyArray<S> =>
  hooks.length === 0
    ? subsystems
    : subsystems.map((subsystem) => ({
        ...subsystem,
        parts: { ...subsystem.parts, tools: subsystem.parts.tools.map((tool) => aroundTool(hooks, tool)) }
      }))

const aroundTool = <K, R>(
  hooks: ReadonlyArray<Hooks>,
  { definition, plan }: Subsystem.Tool<never, K, R>
): Subsystem.Tool<never, K, R> => ({
  definition,
  plan: (input) =>
    Effect.map(plan(input), ({ capabilities, execute }) => ({
      capabilities,
      execute: (call) =>
        Effect.suspend(() => {
          let recorded: Subsystem.Output<K>["events"]
          const run = Effect.map(execute(call), ({ events, ...output }): ToolOutput => {
            recorded = events
            return output
          })
          return Effect.map(
            aroundCall(hooks, hookedCall(call, { toolName: definition.name, input }), run),
            ({ events: _, ...output }) => (recorded === undefined ? output : { ...output, events: recorded })
          )
        })
    }))
})

const hookedCall = (
  { callId, runId, sessionId }: ToolContext,
  { input, toolName }: Pick<ToolCallRequest, "input" | "toolName">
): HookedCall => ({ sessionId, runId, callId, toolName, input })

const aroundCall = <R>(
  hooks: ReadonlyArray<Hooks>,
  call: HookedCall,
  execute: Effect.Effect<ToolOutput, ToolError, R>
): Effect.Effect<ToolOutput, ToolError, R> =>
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
          // It has run, and what it did stays on record.
          Effect.succeed({
            ...output,
            output: { error: `The call ran, but the hook ${hook} withholds its output: ${message}` }
          })
        )
      )
    )
  )
