/**
 * Ways of choosing the next runnable fiber.
 *
 * @since 0.1.0
 */
import type { Decisions } from "./Decisions.js"
import type { Chooser } from "./Kernel.js"
import { randomStream } from "./RandomStream.js"

/**
 * Way of choosing the next runnable fiber.
 *
 * - `fifo`: in the order in which they became runnable, as the live scheduler does
 * - `random`: any of them
 * - `pct`: by priorities that are drawn once per fiber and lowered at random moments, which finds bugs that need a few
 *   steps in one order far more often than `random` does (Burckhardt et al., A Randomized Scheduler with Probabilistic
 *   Guarantees of Finding Bugs, 2010)
 *
 * @since 0.1.0
 * @category models
 */
export type Schedule = "fifo" | "random" | "pct"

const schedules = ["fifo", "random", "pct"] as const

/** The schedule of a seed. */
export const scheduleOf = (seed: number): Schedule => randomStream(seed, "schedule-kind").pick(schedules)

// A scheduler may pause a fiber between any two of its steps; the live scheduler does so after 2 048 steps.
const sliceSteps = [2_048, 2_048, 2_048, 512, 128, 16] as const

/** Steps of a fiber after which another fiber may go on. In the order of production (`fifo`) no fiber pauses early. */
export const sliceStepsOf = (schedule: Schedule, decisions: Decisions): number =>
  sliceSteps[schedule === "fifo" ? 0 : decisions.stream("schedule:turn").below(sliceSteps.length)] ?? sliceSteps[0]

const prioritiesMax = 1_000_000
const demotionRate = 0.001

/** The chooser of a schedule. */
export const chooserOf = (schedule: Schedule, decisions: Decisions): Chooser => {
  const choices = decisions.stream(`schedule:${schedule}`)
  switch (schedule) {
    case "fifo":
      return () => 0
    case "random":
      return (ready) => choices.below(ready.length)
    case "pct": {
      const demotions = decisions.stream("schedule:pct:demotions")
      const priorities = new Map<number, number>()
      const priorityOf = (fiber: number): number => {
        const known = priorities.get(fiber)
        if (known !== undefined) return known
        const drawn = choices.below(prioritiesMax)
        priorities.set(fiber, drawn)
        return drawn
      }
      return (ready) => {
        let best = 0
        ready.forEach((task, index) => {
          if (priorityOf(task.fiber) > priorityOf(ready[best]?.fiber ?? 0)) best = index
        })
        const chosen = ready[best]
        if (chosen !== undefined && demotions.chance(demotionRate)) priorities.set(chosen.fiber, -priorities.size)
        return best
      }
    }
  }
}
