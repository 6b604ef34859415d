/** Deadlines of work that heeds its interruption, and of work that does not. */
import { assert, describe, it } from "@effect/vitest"
import { Effect, Either, Exit, Fiber, TestClock } from "effect"
import { deadline, Limits } from "../../../src/layers/aios/index.js"
import { warningsOf } from "../../support/warnings.js"

const { stopMsMax } = Limits
const stubborn = Effect.uninterruptible(Effect.never)
const late = { ms: 100, name: "the work", onTimeout: (): string => "late" }
const warning = `the work heeds no interruption within ${stopMsMax} ms and is left to itself`

describe("a deadline", () => {
  it.effect("a deadline gives the result of the work, or its failure", () =>
    Effect.gen(function* () {
      assert.strictEqual(yield* deadline(Effect.succeed(1), late), 1)
      assert.deepStrictEqual(yield* Effect.either(deadline(Effect.fail("no"), late)), Either.left("no"))
    })
  )

  it.effect("a deadline waits for the end of work that is late", () =>
    Effect.gen(function* () {
      let cleaned = false
      const work = Effect.onInterrupt(Effect.never, () =>
        Effect.delay(
          Effect.sync(() => (cleaned = true)),
          1_000
        )
      )
      const fiber = yield* Effect.fork(warningsOf(Effect.either(deadline(work, late))))
      yield* TestClock.adjust(1_099)
      assert.isNull(fiber.unsafePoll())
      yield* TestClock.adjust(1)
      assert.deepStrictEqual(yield* Fiber.join(fiber), [Either.left("late"), []] as const)
      assert.isTrue(cleaned)
    })
  )

  it.effect("a deadline leaves work to itself that heeds no interruption, and warns of that", () =>
    Effect.gen(function* () {
      const fiber = yield* Effect.fork(warningsOf(Effect.either(deadline(stubborn, late))))
      yield* TestClock.adjust(100 + stopMsMax)
      assert.deepStrictEqual(yield* Fiber.join(fiber), [Either.left("late"), [warning]] as const)
    })
  )

  it.effect("a deadline holds up an interruption from outside no longer than it waits for late work", () =>
    Effect.gen(function* () {
      const fiber = yield* Effect.fork(deadline(stubborn, late))
      yield* TestClock.adjust(1)
      const stopping = yield* Effect.fork(Fiber.interrupt(fiber))
      yield* TestClock.adjust(stopMsMax - 1)
      assert.isNull(stopping.unsafePoll())
      yield* TestClock.adjust(1)
      assert.isTrue(Exit.isInterrupted(yield* Fiber.join(stopping)))
    })
  )
})
