import { assert, describe, it } from "@effect/vitest"
import { Deferred, Effect, Fiber } from "effect"
import type { Agent } from "../../src/actors/Agent.js"
import { Journal } from "../../src/layers/aios/index.js"
import { SqliteJournal } from "../../src/layers/lago/index.js"
import { intercepted } from "../support/faults.js"
import { calls, checkStory, ofType, outcomes, records, scripted, spawn } from "../support/story.js"
import { confident, reader, type TestTool, world } from "../support/world.js"

const later = (turns: number) => Effect.repeatN(Effect.yieldNow(), turns)

describe("a change", () => {
  // A message may take the results along to the journal; the fiber that acts next must then wait for the message's
  // append.
  it.effect("a change begins only when all earlier outcomes are durable, also if a message writes them", () =>
    Effect.forEach(
      Array.from({ length: 12 }, (_, turns) => turns),
      (turns) => {
        let agent: Agent | undefined
        let journal: typeof Journal.Service | undefined
        let durable = -1
        const talk = Effect.suspend(() =>
          agent === undefined ? Effect.void : Effect.zipRight(later(turns), Effect.orDie(agent.tell("By the way.")))
        )
        const look: TestTool = {
          ...reader,
          run: (_, { callId }) => Effect.as(callId === "2" ? Effect.forkDaemon(talk) : Effect.void, "seen")
        }
        const send: TestTool = {
          capabilities: ["fs:write:/sent"],
          run: () =>
            Effect.suspend(() =>
              journal === undefined ? Effect.succeed([]) : Effect.provideService(records("s"), Journal, journal)
            ).pipe(
              Effect.map((all) => {
                durable = outcomes(all).length
                return "sent"
              })
            )
        }
        return Effect.gen(function* () {
          journal = yield* Journal
          agent = yield* spawn("scribe", { sessionId: "s" })
          yield* agent.run("Look, then send.")
          assert.strictEqual(durable, 2, `a message ${turns} turns later`)
          const { all } = yield* checkStory("s")
          assert.lengthOf(ofType(all, "UserMessage"), 2)
        }).pipe(
          Effect.provide(
            world({
              model: scripted(calls("look", "look#2", "send")),
              tools: { look, send },
              thresholds: confident,
              // Slow enough for other appends to come in between.
              journal: intercepted(SqliteJournal.layerMemory, (_, __, run) => Effect.zipRight(later(20), run))
            })
          )
        )
      }
    )
  )
})

describe("two messages at once", () => {
  it.effect("two messages at once reach the journal one after the other, in the order in which they were taken", () =>
    Effect.gen(function* () {
      const [arrived, goOn] = yield* Effect.all([Deferred.make<void>(), Deferred.make<void>()])
      const seen: Array<number | undefined> = []
      // The first append is held up on its way: without turns, the second would get to the journal before it.
      const journal = intercepted(SqliteJournal.layerMemory, (_, { events, expectedSequence }, run) => {
        if (!events.some(({ kind }) => kind.type === "UserMessage")) return run
        seen.push(expectedSequence)
        return seen.length > 1
          ? run
          : Deferred.succeed(arrived, undefined).pipe(Effect.zipRight(Deferred.await(goOn)), Effect.zipRight(run))
      })
      yield* Effect.gen(function* () {
        const agent = yield* spawn("ada", { sessionId: "s" })
        const first = yield* Effect.fork(agent.tell("First."))
        yield* Deferred.await(arrived)
        const second = yield* Effect.fork(agent.tell("Second."))
        yield* later(50)
        assert.deepStrictEqual(seen, [1])
        yield* Deferred.succeed(goOn, undefined)
        yield* Effect.zipRight(Fiber.join(first), Fiber.join(second))
        const { all } = yield* checkStory("s")
        assert.deepStrictEqual(
          ofType(all, "UserMessage").map(({ content }) => content),
          ["First.", "Second."]
        )
      }).pipe(Effect.provide(world({ model: scripted(), journal })))
    })
  )
})
