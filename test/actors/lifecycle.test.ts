/** The lifecycle as an actor carries it out; test/simulation/lifecycle.test.ts walks all of its states. */
import { assert, describe, it } from "@effect/vitest"
import { Deferred, Effect, Fiber } from "effect"
import { AgentActor } from "../../src/actors/agent/AgentActor.js"
import { Supervisor } from "../../src/actors/supervision/Supervisor.js"

const actorOf = () =>
  new AgentActor("s-1", "ada", "transient", new Supervisor({}, undefined), false, {
    wake: () => Effect.void,
    giveUp: () => Effect.void,
    close: () => Effect.void,
    stop: () => Effect.void
  })

describe("an actor", () => {
  it("an actor dies of an event that its state does not take, and names event, agent and state", () => {
    assert.throws(
      () => actorOf().delivered(),
      "ada (s-1) cannot take the lifecycle event Delivered: it is passivated, idle and open"
    )
  })

  it.effect("an actor that is halted twice at once is halted when its fiber has ended, and can be woken then", () =>
    Effect.gen(function* () {
      const actor = actorOf()
      const driver = actor.claim()
      assert(driver !== undefined)
      const [begun, ending, goOn] = yield* Effect.all([
        Deferred.make<void>(),
        Deferred.make<void>(),
        Deferred.make<void>()
      ])
      const fiber = yield* Effect.fork(
        Effect.withFiberRuntime<void>((self) => {
          actor.begin(driver, self)
          return Effect.zipRight(Deferred.succeed(begun, undefined), Effect.never).pipe(
            Effect.onExit(() => Effect.zipRight(Deferred.succeed(ending, undefined), Deferred.await(goOn)))
          )
        })
      )
      yield* Deferred.await(begun)
      const halts = yield* Effect.fork(Effect.all([actor.halt(), actor.halt()], { concurrency: 2 }))
      yield* Deferred.await(ending)
      assert.deepStrictEqual([actor.halting, actor.claim()], [true, undefined])
      yield* Deferred.succeed(goOn, undefined)
      yield* Effect.zipRight(Fiber.await(fiber), Fiber.join(halts))
      assert.deepStrictEqual([actor.driving, actor.status], [false, "passivated"])
      assert.isDefined(actor.claim())
    })
  )

  it("an actor that was halted before its fiber began lets no fiber begin with the old token", () => {
    const actor = actorOf()
    const driver = actor.claim()
    assert(driver !== undefined)
    Effect.runSync(actor.halt())
    assert.isDefined(actor.claim())
    const began = Effect.runSync(Effect.withFiberRuntime<boolean>((self) => Effect.succeed(actor.begin(driver, self))))
    assert.deepStrictEqual([began, actor.ended(driver, "Rest")], [false, false])
  })
})
