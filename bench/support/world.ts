/**
 * The world the agents of these benchmarks live in: the real journal, a model that answers at once, one trivial tool.
 */
import { Effect, Layer, ManagedRuntime } from "effect"
import { ActorSystem } from "../../src/actors/ActorSystem.js"
import type { ActorSystemOptions } from "../../src/actors/ActorSystemOptions.js"
import {
  Ids,
  type Journal,
  type JournalError,
  Model,
  type ModelTurn,
  ToolError,
  ToolHarness
} from "../../src/layers/aios/index.js"
import { FileIdentity } from "../../src/layers/anima/index.js"
import { Autonomic } from "../../src/layers/autonomic/index.js"
import type { Telemetry } from "../../src/layers/vigil/index.js"

/** A tool that changes something, so that its call and its result are made durable one after the other. */
export const harness = Layer.succeed(ToolHarness, {
  definitions: [],
  prepare: (call) =>
    call.toolName === "poke"
      ? Effect.succeed({
          definition: {
            name: "poke",
            description: "Does nothing.",
            inputSchema: { type: "object" },
            annotations: { readOnly: false, destructive: false, idempotent: false, openWorld: false },
            timeoutMs: 1_000
          },
          capabilities: [],
          execute: () => Effect.succeed({ output: toolOutput })
        })
      : Effect.fail(new ToolError({ toolName: call.toolName, reason: "NotFound", message: "there is only poke" }))
})

export const toolInput = { path: "notes/today.md", line: 12 }
export const toolOutput = "done"

const turn: ModelTurn = {
  content: "",
  toolCalls: [],
  stopReason: "tool_use",
  usage: { inputTokens: 1_000, outputTokens: 50, cacheReadTokens: 0, cacheWriteTokens: 0 },
  model: "instant-1",
  costUsd: 0
}

/** A turn that asks for one call, and one that ends the run. */
export const callTurn = (callId: string): ModelTurn => ({
  ...turn,
  toolCalls: [{ callId, toolName: "poke", input: toolInput }]
})
export const lastTurn: ModelTurn = { ...turn, content: "All done.", stopReason: "end_turn" }

/** A model made of one function; it is given the session that asks. */
export const instantModel = (generate: (sessionId: string) => Effect.Effect<ModelTurn>): Layer.Layer<Model> =>
  Layer.succeed(Model, {
    provider: "instant",
    model: "instant-1",
    contextWindowTokens: 1_000_000,
    generate: ({ sessionId }) => generate(sessionId)
  })

/** A running system. Uncertain agents may use the tool, too: what is measured are rounds, not refusals. */
export const makeSystem = (
  journal: Layer.Layer<Journal, JournalError>,
  model: Layer.Layer<Model>,
  options: ActorSystemOptions = {},
  watchers: Layer.Layer<never, Telemetry.TelemetryError> = Layer.empty
) =>
  ManagedRuntime.make(
    ActorSystem.layer(options).pipe(
      Layer.provide(
        Layer.mergeAll(model, harness, Autonomic.layer({ exploreUncertainty: 1 }), FileIdentity.layerSeeded(1))
      ),
      Layer.provide(watchers),
      Layer.provideMerge(Layer.merge(journal, Ids.layer))
    )
  )

export const endlessBudget = {
  tokensRemaining: 100_000_000,
  timeRemainingMs: 100_000_000,
  costRemainingUsd: 100_000_000,
  toolCallsRemaining: 100_000_000,
  ticksRemaining: 100_000_000,
  errorBudgetRemaining: 100_000_000
}
