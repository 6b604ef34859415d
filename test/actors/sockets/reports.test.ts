/** Reporters: told after the append, in order, within a bound, and never in the agent's way. */
import { assert, describe, it } from "@effect/vitest"
import { Deferred, Effect, Exit, Fiber, Scope, TestClock } from "effect"
import { Agents, Subsystem } from "../../../src/layers/aios/index.js"
import { SocketLimits } from "../../../src/actors/index.js"
import { Session, socketsOf } from "./support.js"
import { warningsOf } from "../../support/warnings.js"

const reporting = (name: string, report: (text: string) => Effect.Effect<void>) =>
  Subsystem.make({
    name,
    report: { x: (committed, { sequence }) => report(`${sequence}: ${committed.map(({ kind }) => kind.type).join()}`) }
  })

const append = (session: Session, count: number) =>
  Array.from({ length: count }, (_, n) => session.append({ type: "SessionClosed", reason: String(n) }))

/** Runs a session to its end; by then the reporters have been told, or given up. */
const during = (list: ReadonlyArray<Subsystem.Subsystem<string, Subsystem.Events>>, work: (session: Session) => void) =>
  Effect.scoped(Effect.map(socketsOf(list), (sockets) => work(new Session(sockets))))

describe("a reporter", () => {
  it.effect("a reporter is told of each append with the state after it, in order, up to the end of the system", () =>
    Effect.gen(function* () {
      const told: Array<string> = []
      const slow = reporting("slow", (text) =>
        Effect.zipRight(
          Effect.yieldNow(),
          Effect.sync(() => told.push(text))
        )
      )
      yield* during([slow], (session) => {
        session.append({ type: "SessionResumed" }, { type: "SessionClosed", reason: "" })
        session.append({ type: "SessionResumed" })
      })
      assert.deepStrictEqual(told, ["2: SessionResumed,SessionClosed", "3: SessionResumed"])
    })
  )

  it.effect("a reporter that breaks is warned of once, and told of the next append all the same", () =>
    Effect.gen(function* () {
      const told: Array<string> = []
      const broken = reporting("broken", (text) =>
        Effect.sync(() => told.push(text)).pipe(Effect.zipRight(Effect.die("boom")))
      )
      const [, warnings] = yield* warningsOf(during([broken], (session) => void append(session, 2)))
      assert.deepStrictEqual(told, ["1: SessionClosed", "2: SessionClosed"])
      assert.strictEqual(warnings.length, 1)
      assert.match(warnings.join(), /^the contribution broken:x/)
    })
  )

  it.effect("a slow reporter holds up no other one, and is not told of more than its queue holds", () =>
    Effect.gen(function* () {
      const release = yield* Deferred.make<void>()
      const told = { slow: 0, quick: 0 }
      const slow = reporting("slow", () => Effect.tap(Deferred.await(release), () => (told.slow++, Effect.void)))
      const quick = reporting("quick", () => Effect.sync(() => void told.quick++))
      const [, warnings] = yield* warningsOf(
        Effect.scoped(
          Effect.gen(function* () {
            const session = new Session(yield* socketsOf([slow, quick]))
            yield* Effect.yieldNow()
            append(session, 1)
            // Both fibers have taken the first append.
            while (told.quick < 1) yield* Effect.yieldNow()
            append(session, SocketLimits.reportsMax + 3)
            while (told.quick < SocketLimits.reportsMax + 1) yield* Effect.yieldNow()
            assert.strictEqual(told.slow, 0)
            yield* Deferred.succeed(release, undefined)
          })
        )
      )
      assert.deepStrictEqual(told, { slow: SocketLimits.reportsMax + 1, quick: SocketLimits.reportsMax + 1 })
      assert.deepStrictEqual(warnings.toSorted(), [
        "quick:x was not told of 3 appends: the limit is 1024 waiting appends; make it faster",
        "slow:x was not told of 3 appends: the limit is 1024 waiting appends; make it faster"
      ])
    })
  )

  it.effect("a reporter is waited for at the end of the system for a while, and then given up", () =>
    Effect.gen(function* () {
      const stuck = Subsystem.make({
        name: "stuck",
        contributionMsMax: 60_000,
        report: { x: () => Effect.never }
      })
      const close = Effect.gen(function* () {
        const scope = yield* Scope.make()
        append(new Session(yield* Scope.extend(socketsOf([stuck]), scope)), 2)
        const closing = yield* Effect.fork(Scope.close(scope, Exit.void))
        yield* TestClock.adjust(SocketLimits.reportFlushMsMax - 1)
        assert.isNull(closing.unsafePoll())
        yield* TestClock.adjust(1)
        yield* Fiber.join(closing)
      })
      const [, warnings] = yield* warningsOf(close)
      assert.deepStrictEqual(warnings, ["stuck:x was not told of 2 appends within 10000 ms"])
    })
  )

  it.effect("a reporter has the services of contributions and the late port", () =>
    Effect.gen(function* () {
      const said: Array<string> = []
      const telling = Subsystem.make({
        name: "telling",
        report: {
          x: () =>
            Effect.flatMap(Agents, ({ get }) => get("bob")).pipe(
              Effect.catchTags({
                JournalError: Effect.die,
                LookupError: ({ message }) => Effect.sync(() => void said.push(message))
              }),
              Effect.asVoid
            )
        }
      })
      yield* Effect.scoped(
        Effect.gen(function* () {
          append(new Session(yield* socketsOf([telling])), 1)
        })
      )
      assert.deepStrictEqual(said, ["there is no agent bob in this test"])
    })
  )
})
