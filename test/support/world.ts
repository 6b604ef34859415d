/**
 * A small world for agents: the real journal in memory, a scripted model, and tools made on the spot.
 */
import { Effect, Layer } from "effect"
import { ActorSystem } from "../../src/actors/ActorSystem.js"
import type { ActorSystemOptions } from "../../src/actors/ActorSystemOptions.js"
import {
  type Capability,
  Ids,
  type Journal,
  type JournalError,
  type Json,
  type Model,
  type ToolAnnotations,
  type ToolContext,
  ToolError,
  ToolHarness,
  type ToolOutput
} from "../../src/layers/aios/index.js"
import { FileIdentity } from "../../src/layers/anima/index.js"
import { Autonomic } from "../../src/layers/autonomic/index.js"
import { MemoryBlobs, SqliteJournal } from "../../src/layers/lago/index.js"

export interface TestTool {
  readonly annotations?: Partial<ToolAnnotations>
  readonly capabilities?: ReadonlyArray<Capability> | ((input: Json) => ReadonlyArray<Capability>)
  /** What is wrong with the input. */
  readonly check?: (input: Json) => ToolError | undefined
  /** What each run says it wrote. */
  readonly files?: ToolOutput["files"]
  readonly run?: (input: Json, context: ToolContext) => Effect.Effect<Json, ToolError>
}

export const reader: TestTool = { annotations: { readOnly: true, idempotent: true } }

export const writer: TestTool = {
  annotations: { idempotent: true, destructive: true },
  capabilities: ["fs:write:/out"]
}

/** Changes something, and doing it twice does more than doing it once. */
export const sender: TestTool = { capabilities: ["fs:write:/sent"] }

export const harness = (tools: { readonly [name: string]: TestTool }): Layer.Layer<ToolHarness> => {
  const definitions = Object.entries(tools).map(([name, tool]) => ({
    name,
    description: name,
    inputSchema: { type: "object" },
    annotations: { readOnly: false, destructive: false, idempotent: false, openWorld: false, ...tool.annotations },
    timeoutMs: 30_000
  }))
  return Layer.succeed(ToolHarness, {
    definitions,
    prepare: (call) => {
      const tool = tools[call.toolName]
      const definition = definitions.find(({ name }) => name === call.toolName)
      if (tool === undefined || definition === undefined) {
        return new ToolError({
          toolName: call.toolName,
          reason: "NotFound",
          message: `there is no tool ${call.toolName}`
        })
      }
      const misfit = tool.check?.(call.input)
      if (misfit !== undefined) return misfit
      const { capabilities = [] } = tool
      return call.malformed !== undefined
        ? new ToolError({ toolName: call.toolName, reason: "InvalidInput", message: "the input is not JSON" })
        : Effect.succeed({
            definition,
            capabilities: typeof capabilities === "function" ? capabilities(call.input) : capabilities,
            execute: (context) =>
              Effect.map(tool.run?.(call.input, context) ?? Effect.succeed("ok"), (output) => ({
                output,
                ...(tool.files === undefined ? {} : { files: tool.files })
              }))
          })
    }
  })
}

/** Thresholds of an agent that trusts itself from the start, for stories that are not about modes. */
export const confident: Partial<Autonomic.Thresholds> = { exploreUncertainty: 1 }

export interface World extends ActorSystemOptions {
  readonly model: Layer.Layer<Model>
  readonly tools?: { readonly [name: string]: TestTool }
  readonly journal?: Layer.Layer<Journal, JournalError>
  readonly thresholds?: Partial<Autonomic.Thresholds>
}

/** What outlives a process: the journal, its blobs, the key, and ids that are never given out twice. */
export const ground = (journal: Layer.Layer<Journal, JournalError> = SqliteJournal.layerMemory, seed = 1) =>
  // A journal that keeps blobs itself comes behind, and wins.
  Layer.mergeAll(MemoryBlobs.layer, journal, FileIdentity.layerSeeded(1), Ids.layerSeeded(seed))

/** A system of agents on a ground that is there already. */
export const population = ({
  journal: _,
  model,
  thresholds,
  tools = { look: reader, write: writer, send: sender },
  ...options
}: World) =>
  Layer.provide(ActorSystem.layer(options), Layer.mergeAll(model, harness(tools), Autonomic.layer(thresholds)))

export const world = (options: World) => Layer.provideMerge(population(options), ground(options.journal))
