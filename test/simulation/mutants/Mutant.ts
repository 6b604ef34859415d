/**
 * A way to break the product, and the simulation that has to notice.
 */
import { Effect, Layer } from "effect"
import { Journal } from "../../../src/layers/aios/ports/Journal.js"
import type { Model } from "../../../src/layers/aios/ports/Model.js"
import { type Fault, Simulation, world } from "../../../src/simulation/index.js"

export type Program = Effect.Effect<unknown, unknown, Simulation.SimulationServices>

export interface Mutant {
  readonly name: string
  /** Reason why no seed shows the mutant; it is skipped, and its name says so. */
  readonly missed?: string
  /** Patches modules and prototypes, and gives the layers to swap. Called anew for each seed. */
  readonly sabotage: () => Partial<Simulation.SimulationOptions> | void
  /**
   * Program that is simulated.
   *
   * @default a small world
   */
  readonly program?: Program
  readonly faults?: ReadonlyArray<Fault>
  /**
   * Model of the agents.
   *
   * @default the scripted model of the world
   */
  readonly model?: Layer.Layer<Model>
  /** Each seed is run twice, and has to give the same digest. */
  readonly twice?: boolean
}

const smallWorld = world({ agents: 2, ticks: 8 })

// A product that goes on for ever is broken, too; these limits stop it soon.
const limits = { tasksMax: 150_000, virtualMsMax: 2 * 86_400_000 }

export const simulate = (
  { faults, model, program = smallWorld }: Pick<Mutant, "faults" | "model" | "program">,
  seed: number,
  swapped: Partial<Simulation.SimulationOptions>
) => Simulation.run(program, { seed, faults: faults ?? "all", limits, ...(model && { model }), ...swapped })

type JournalService = typeof Journal.Service

/** Swaps some functions of the journal. */
export const swapJournal = (
  change: (journal: JournalService) => Partial<JournalService>
): Partial<Simulation.SimulationOptions> => ({
  journal: (layer) =>
    Layer.effect(
      Journal,
      Effect.map(Journal, (journal) => ({ ...journal, ...change(journal) }))
    ).pipe(Layer.provide(layer))
})
