/**
 * A small world for agents: the real journal in memory, a scripted model, and tools made on the spot.
 */
import { Layer } from "effect"
import { ActorSystem } from "../../src/actors/ActorSystem.js"
import type { ActorSystemOptions } from "../../src/actors/ActorSystemOptions.js"
import {
  defaultPolicy,
  extendPolicy,
  Ids,
  type Journal,
  type JournalError,
  type Model,
  type PolicySet
} from "../../src/layers/aios/index.js"
import { FileIdentity } from "../../src/layers/anima/index.js"
import { Autonomic } from "../../src/layers/autonomic/index.js"
import { Memory, MemoryBlobs, SqliteJournal } from "../../src/layers/lago/index.js"
import { harness, reader, sender, type TestTool, writer } from "./ports.js"

export { harness, pretender, reader, sender, type TestTool, writer } from "./ports.js"

/** The default policy, for tools that name no capability too. */
export const openPolicy: PolicySet = extendPolicy(defaultPolicy, { allow: ["tool:call:*"] })

/** Thresholds of an agent that trusts itself from the start, for stories that are not about modes. */
export const confident: Partial<Autonomic.Thresholds> = { exploreUncertainty: 1 }

export interface World extends ActorSystemOptions {
  readonly model: Layer.Layer<Model>
  readonly tools?: { readonly [name: string]: TestTool }
  readonly journal?: Layer.Layer<Journal, JournalError>
  readonly thresholds?: Partial<Autonomic.Thresholds>
}

/** Services that outlive a process: the journal, its blobs, the key, and ids that are never given out twice. */
export const ground = (journal: Layer.Layer<Journal, JournalError> = SqliteJournal.layerMemory, seed = 1) =>
  // A journal that keeps blobs itself comes later in the list, and wins.
  Layer.mergeAll(MemoryBlobs.layer, journal, FileIdentity.layerSeeded(1), Ids.layerSeeded(seed))

/** A system of agents on a ground that is there already. */
export const population = ({
  journal: _,
  model,
  thresholds,
  tools = { look: reader, write: writer, send: sender },
  ...options
}: World) =>
  Layer.provide(
    ActorSystem.layer({ policy: openPolicy, ...options }),
    Layer.mergeAll(model, harness(tools), Autonomic.layer(thresholds))
  )

export const world = (options: World) => Layer.provideMerge(population(options), ground(options.journal))

/** Services that outlive a process in which agents remember. */
export const memoryGround = Layer.mergeAll(SqliteJournal.layerMemory, FileIdentity.layerSeeded(1), Ids.layerSeeded(1))

/** A system of agents that remember. */
export const remembering = ({ model, thresholds, tools = { look: reader, write: writer, send: sender } }: World) =>
  ActorSystem.layer({ policy: openPolicy, subsystems: [Memory.memory] }).pipe(
    Layer.provide(Layer.mergeAll(model, harness(tools), Autonomic.layer(thresholds))),
    Layer.provideMerge(memoryGround)
  )
