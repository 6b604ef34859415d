/**
 * Mutants of what waits for the end of a run.
 */
import { vi } from "vitest"
import * as Queue from "../../../src/actors/tick/queue.js"
import * as Steering from "../../../src/layers/aios/Steering.js"
import type { Mutant } from "./Mutant.js"

const { queuedRun } = Queue

export const steeringMutants: ReadonlyArray<Mutant> = [
  {
    name: "what is queued is left lying",
    sabotage: () => void vi.spyOn(Queue, "queuedRun").mockImplementation(() => [])
  },
  {
    name: "what is queued is worked on in the order in which it came",
    sabotage: () => void vi.spyOn(Steering, "nextInQueue").mockImplementation((queue) => queue.slice(0, 1))
  },
  {
    name: "of what was collected only the last is said",
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
