/**
 * Mutants of what waits for the end of a run.
 */
import { Effect, Fiber } from "effect"
import { vi } from "vitest"
import { ActorSystem } from "../../../src/actors/ActorSystem.js"
import * as Queue from "../../../src/actors/tick/queue.js"
import * as Steering from "../../../src/layers/aios/schema/SteeringMode.js"
import type { Mutant, Program } from "./Mutant.js"

const { queuedRun } = Queue

// The agent gets a few messages for later while it is at work, and is left alone until it has worked on them.
const errands: Program = Effect.gen(function* () {
  const system = yield* ActorSystem
  const agent = yield* system.spawn({ name: "agent", sessionId: "agent" })
  const run = yield* Effect.fork(agent.run("Do something."))
  yield* Effect.sleep("10 millis")
  yield* agent.tell("Milk.", { mode: "collect" })
  yield* agent.tell("Bread.", { mode: "collect" })
  yield* agent.tell("Do more.", { mode: "followup" })
  yield* Fiber.join(run)
  const { snapshot } = agent
  yield* Effect.iterate(true, {
    while: (isOpen) => isOpen,
    body: () =>
      Effect.delay(
        Effect.map(snapshot, ({ run }) => run !== undefined),
        "1 second"
      )
  })
})

export const steeringMutants: ReadonlyArray<Mutant> = [
  {
    name: "what is queued is left lying",
    sabotage: () => void vi.spyOn(Queue, "queuedRun").mockImplementation(() => [])
  },
  {
    name: "what is queued is worked on in the order in which it came",
    program: errands,
    faults: [],
    sabotage: () => void vi.spyOn(Steering, "nextInQueue").mockImplementation((queue) => queue.slice(0, 1))
  },
  {
    name: "of what was collected only the last is said",
    program: errands,
    faults: [],
    sabotage: () =>
      void vi
        .spyOn(Queue, "queuedRun")
        .mockImplementation((state, ports, budget) =>
          queuedRun(state, ports, budget).map((kind) =>
            kind.type === "UserMessage" ? { ...kind, content: kind.content.split("\n\n").at(-1) ?? "" } : kind
          )
        )
  }
]
