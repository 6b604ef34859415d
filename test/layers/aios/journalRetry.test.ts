import { assert, describe, it } from "@effect/vitest"
import { Clock, Effect, Either, Fiber, TestClock } from "effect"
import { journalRetry, JournalError, Limits, SpawnError } from "../../../src/layers/aios/index.js"

const full = new JournalError({ reason: "DiskFull", message: "no room is left" })

/** The times of the attempts, and how the last one ended; every attempt before `succeedsAt` fails. */
const attempts = <E extends { readonly _tag: string }>(error: E, succeedsAt: number) =>
  Effect.gen(function* () {
    const times: Array<number> = []
    const attempt = Effect.flatMap(Clock.currentTimeMillis, (now) =>
      times.push(now) > succeedsAt ? Effect.void : Effect.fail(error)
    )
    const fiber = yield* Effect.fork(Effect.either(journalRetry(3)(attempt)))
    yield* TestClock.adjust("1 hour")
    return { times, succeeded: Either.isRight(yield* Fiber.join(fiber)) }
  })

const every = Limits.journalRetryEveryMs

describe("what failed with the journal", () => {
  it.effect("a step that failed with the journal is tried again at even intervals until it succeeds", () =>
    Effect.gen(function* () {
      assert.deepStrictEqual(yield* attempts(full, 2), { times: [0, every, 2 * every], succeeded: true })
    })
  )

  it.effect("a step that failed with the journal is given up with its last error after the number of retries", () =>
    Effect.gen(function* () {
      const { succeeded, times } = yield* attempts(full, Number.POSITIVE_INFINITY)
      assert.deepStrictEqual(times, [0, every, 2 * every, 3 * every])
      assert.isFalse(succeeded)
    })
  )

  it.effect("a step that failed with another error is not tried again", () =>
    Effect.gen(function* () {
      const taken = new SpawnError({ agent: "ada", reason: "NameTaken", message: "ada is running" })
      assert.deepStrictEqual(yield* attempts(taken, 1), { times: [0], succeeded: false })
    })
  )
})
