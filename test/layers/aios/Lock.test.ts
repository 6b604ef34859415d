import { assert, describe, it } from "@effect/vitest"
import { Deferred, Effect, type Fiber, FiberId, Scheduler } from "effect"
import * as fc from "fast-check"
import { unsafeMakeLock } from "../../../src/layers/aios/index.js"

const action = fc.record({
  does: fc.constantFrom("arrive", "arrive", "finish", "interrupt"),
  which: fc.nat(),
  // After few yields a fiber may own the lock without having run since.
  yields: fc.integer({ min: 0, max: 4 })
})

interface Arrival {
  readonly id: number
  readonly gate: Deferred.Deferred<void>
  readonly fiber: Fiber.RuntimeFiber<void>
}

/** A lock, the fibers at it, and the model: a list of the fibers that neither finished nor were interrupted. */
const makeQueue = (opsMax: number) => {
  const { withLock } = unsafeMakeLock()
  const entered: Array<number> = []
  const line: Array<Arrival> = []
  let arrivals = 0
  let inside: number | undefined
  const arrive = Effect.gen(function* () {
    const id = arrivals++
    const gate = yield* Deferred.make<void>()
    const stay = Effect.acquireUseRelease(
      Effect.sync(() => {
        assert.isUndefined(inside)
        inside = id
        entered.push(id)
      }),
      () => Deferred.await(gate),
      () => Effect.sync(() => (inside = undefined))
    )
    line.push({ id, gate, fiber: yield* Effect.fork(Effect.withMaxOpsBeforeYield(withLock(stay), opsMax)) })
  })
  return {
    arrive,
    entered,
    line,
    finish: () => {
      const first = line.shift()
      if (first !== undefined) Deferred.unsafeDone(first.gate, Effect.void)
    },
    interrupt: (which: number) => {
      const [left] = line.splice(which % Math.max(line.length, 1), 1)
      left?.fiber.unsafeInterruptAsFork(FiberId.none)
    },
    settle: Effect.gen(function* () {
      yield* Effect.repeat(Effect.yieldNow(), { times: 1_000, until: () => inside === line[0]?.id })
      assert.strictEqual(inside, line[0]?.id)
    })
  }
}

// Each bound lets a fiber yield at other places. Below about 12 operations Effect itself makes no progress.
const opsMax = fc.oneof(fc.integer({ min: 12, max: 40 }), fc.constant(2_048))

describe("a lock", () => {
  it("a lock belongs to the fiber that has waited longest, also when fibers finish or are interrupted", async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(action, { maxLength: 60 }), opsMax, (actions, opsMax) =>
        Effect.gen(function* () {
          const { arrive, entered, finish, interrupt, line, settle } = makeQueue(opsMax)
          for (const { does, which, yields } of actions) {
            if (does === "arrive") yield* arrive
            else if (does === "finish") finish()
            else interrupt(which)
            if (yields > 0) yield* Effect.repeatN(Effect.yieldNow(), yields - 1)
            if (yields === 4) yield* settle
          }
          yield* arrive
          for (; line.length > 0; finish()) yield* settle
          yield* settle
          const inOrder = entered.toSorted((a, b) => a - b)
          assert.deepStrictEqual(entered, inOrder)
        }).pipe(Effect.runPromise)
      ),
      { seed: 1, numRuns: 300 }
    )
  })

  it.effect("a lock is free again after a failure", () =>
    Effect.gen(function* () {
      const { withLock } = unsafeMakeLock()
      assert.strictEqual(yield* Effect.flip(withLock(Effect.fail("broken"))), "broken")
      assert.strictEqual(yield* withLock(Effect.succeed("free")), "free")
    })
  )

  it("a lock costs the same for each of a thousand waiting fibers as for each of a hundred", async () => {
    const tasksOf = async (fibers: number): Promise<number> => {
      let tasks = 0
      const mixed = new Scheduler.MixedScheduler(2_048)
      const scheduler: Scheduler.Scheduler = {
        shouldYield: (fiber) => mixed.shouldYield(fiber),
        scheduleTask: (task, priority) => {
          tasks++
          mixed.scheduleTask(task, priority)
        }
      }
      const { withLock } = unsafeMakeLock()
      const all = Effect.all(
        Array.from({ length: fibers }, () => withLock(Effect.yieldNow())),
        { concurrency: "unbounded", discard: true }
      )
      await Effect.runPromise(Effect.withScheduler(all, scheduler))
      return tasks / fibers
    }
    assert.approximately(await tasksOf(1_000), await tasksOf(100), 1)
  })
})
