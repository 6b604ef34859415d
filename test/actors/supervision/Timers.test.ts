import { assert, describe, it } from "@effect/vitest"
import { Effect, Fiber, TestClock, TestContext } from "effect"
import * as fc from "fast-check"
import { Timers } from "../../../src/actors/supervision/Timers.js"

const agents = Array.from({ length: 40 }, (_, n) => ({ sessionId: `s${n}`, name: `agent ${n}` }))

type Agent = (typeof agents)[number]

const wish = fc.record({
  agent: fc.integer({ min: 0, max: agents.length - 1 }),
  at: fc.option(fc.integer({ min: 1, max: 1_000 }), { nil: undefined })
})

const settle = Effect.repeatN(Effect.yieldNow(), 50)

describe("the timers of a system", () => {
  it("the timers see to each agent at the time set last, earliest first, and to none that was taken out", async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(wish, { minLength: 1, maxLength: 200 }), async (wishes) => {
        const last = new Map<number, number>()
        const seen: Array<readonly [number, string]> = []
        const program = Effect.gen(function* () {
          const clock = yield* Effect.clock
          const timers = new Timers<Agent>(clock)
          const see = (agent: Agent) =>
            Effect.sync(() => {
              seen.push([clock.unsafeCurrentTimeMillis(), agent.sessionId])
              return undefined
            })
          const fiber = yield* Effect.fork(timers.run(see))
          for (const { agent, at } of wishes) {
            const actor = agents[agent]
            if (actor !== undefined) timers.set(actor, at)
            if (at === undefined) last.delete(agent)
            else last.set(agent, at)
          }
          yield* settle
          for (let now = 0; now < 1_000; now += 125) {
            yield* TestClock.adjust(125)
            yield* settle
          }
          yield* Fiber.interrupt(fiber)
        })
        await Effect.runPromise(Effect.provide(program, TestContext.TestContext))
        assert.deepStrictEqual(seen.map(([, id]) => id).toSorted(), [...last.keys()].map((n) => `s${n}`).toSorted())
        const times = seen.map(([, id]) => last.get(Number(id.slice(1))) ?? Number.NaN)
        assert.deepStrictEqual(
          times,
          times.toSorted((a, b) => a - b)
        )
      }),
      { seed: 1, numRuns: 20 }
    )
  })

  it.effect("the timers try again a second later when an agent cannot be seen to, and forget it when it can", () =>
    Effect.gen(function* () {
      const clock = yield* Effect.clock
      const timers = new Timers<Agent>(clock)
      const tries: Array<number> = []
      const [agent] = agents
      if (agent === undefined) return
      const see = () =>
        Effect.suspend(() => {
          tries.push(clock.unsafeCurrentTimeMillis())
          return tries.length < 3 ? Effect.fail({ message: "the disk is full" }) : Effect.succeed(undefined)
        })
      const fiber = yield* Effect.fork(timers.run(see))
      timers.set(agent, 500)
      for (let second = 0; second < 6; second++) {
        yield* TestClock.adjust("1 second")
        yield* settle
        // Setting the timer again in between, as loading the agent does, makes nothing happen sooner.
        if (second === 0) timers.set(agent, 500)
      }
      assert.lengthOf(tries, 3)
      for (const [index, at] of tries.slice(1).entries()) assert.isAtLeast(at - (tries[index] ?? 0), 1_000)
      yield* Fiber.interrupt(fiber)
    })
  )
})
