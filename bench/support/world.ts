/**
 * The world the agents of these benchmarks live in: Life as users build it, with a model that answers at once and one
 * more tool, which does nothing.
 */
import { Effect, Layer, ManagedRuntime, Schema, Stream } from "effect"
import type { ActorSystemOptions } from "../../src/actors/index.js"
import { type EventType, isRawKind, Journal, mainBranch, Model, type ModelTurn } from "../../src/layers/aios/index.js"
import { Praxis, Tool } from "../../src/layers/praxis/index.js"
import type { Telemetry } from "../../src/layers/vigil/index.js"
import * as Life from "../../src/Life.js"
import { benchRoot } from "../harness.js"

export const toolOutput = "done"

/** A tool that declares a change, so that its call and its result are made durable in turn. */
const poke = Tool.make({
  name: "poke",
  description: "Does nothing.",
  input: Schema.Struct({ path: Schema.String, line: Schema.Int }),
  annotations: { readOnly: false, destructive: false, idempotent: false, openWorld: false },
  // The default policy allows it, and it names no file.
  capabilities: () => ["memory:write:session"],
  execute: () => Effect.succeed({ output: toolOutput })
})

/** The tool alone, for the simulation. */
export const harness = Layer.orDie(Praxis.layerWithoutFiles([poke]))

/** Arguments that differ from call to call: a call that is repeated is denied after `Limits.repeatedCallsMax`. */
export const toolInput = (call: string) => ({ path: `notes/${call}.md`, line: 12 })

const turn: ModelTurn = {
  content: "",
  toolCalls: [],
  stopReason: "tool_use",
  usage: { inputTokens: 1_000, outputTokens: 50, cacheReadTokens: 0, cacheWriteTokens: 0 },
  model: "instant-1",
  costUsd: 0
}

/** A turn that asks for one call; `lastTurn` ends the run. */
export const callTurn = (call: string): ModelTurn => ({
  ...turn,
  toolCalls: [{ callId: `call-${call}`, toolName: "poke", input: toolInput(call) }]
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

/** Options of a system; its journal is in memory if there is no directory. */
export interface SystemOptions extends ActorSystemOptions {
  readonly dataDir?: string
  readonly synchronous?: "full" | "normal"
  readonly watchers?: Layer.Layer<never, Telemetry.TelemetryError>
}

/** An uncertain agent may change things, too, and an agent that only changes things does not have to check them. */
export const thresholds = { exploreUncertainty: 1, pressureByChange: 0 }

/** A running system. The benchmarks measure rounds, not refusals. */
export const makeSystem = (model: Layer.Layer<Model>, options: SystemOptions = {}) => {
  const { dataDir, watchers = Layer.empty, ...rest } = options
  const life = {
    ...rest,
    workspace: benchRoot(),
    provider: model,
    tools: [poke],
    thresholds
  }
  const layer = dataDir === undefined ? Life.layerMemory(life) : Life.layer({ ...life, dataDir })
  return ManagedRuntime.make(Layer.provide(layer, watchers))
}

export const endlessBudget = {
  tokensRemaining: 100_000_000,
  timeRemainingMs: 100_000_000,
  costRemainingUsd: 100_000_000,
  toolCallsRemaining: 100_000_000,
  ticksRemaining: 100_000_000,
  errorBudgetRemaining: 100_000_000
}

/** Fails a benchmark that has not measured what it says. */
export const expectEqual = (what: string, actual: unknown, expected: unknown): void => {
  if (actual !== expected) throw new Error(`${what}: ${actual}, expected ${expected}; its figures mean nothing`)
}

/** The events of a type in a session. */
const eventsOf = (sessionId: string, type: EventType) =>
  Stream.unwrap(Effect.map(Journal, (journal) => journal.stream({ sessionId, branchId: mainBranch, types: [type] })))

/** Number of events of a type in a session. */
export const countOf = (sessionId: string, type: EventType) => Stream.runCount(eventsOf(sessionId, type))

/** Number of calls of a session that ran without an error; denied calls do not count. */
export const callsExecuted = (sessionId: string) =>
  eventsOf(sessionId, "ToolResult").pipe(
    Stream.filter(({ kind }) => !isRawKind(kind) && kind.type === "ToolResult" && kind.status === "ok"),
    Stream.runCount
  )
