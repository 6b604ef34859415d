import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { assert, describe, it } from "@effect/vitest"
import { Deferred, Effect, Either, Fiber, FiberId, Layer, Option } from "effect"
import { afterEach, vi } from "vitest"
import { ActorSystem } from "../../src/actors/ActorSystem.js"
import { AgentActor } from "../../src/actors/agent/AgentActor.js"
import { Limits, type ModelRequest } from "../../src/layers/aios/index.js"
import { ScriptedModel } from "../../src/layers/arcan/index.js"
import { SqliteJournal } from "../../src/layers/lago/index.js"
import { failing } from "../support/faults.js"
import { calls, checkStory, ofType, records, scripted, spawn, untilIdle } from "../support/story.js"
import { ground, population, reader, type TestTool, world } from "../support/world.js"

/** A reader that says when it runs and waits until it is let go. */
const gate = Effect.gen(function* () {
  const reached = yield* Deferred.make<void>()
  const release = yield* Deferred.make<void>()
  const tool: TestTool = {
    ...reader,
    run: () => Deferred.succeed(reached, undefined).pipe(Effect.zipRight(Deferred.await(release)), Effect.as("seen"))
  }
  return { reached: Deferred.await(reached), release: Deferred.succeed(release, undefined), tool }
})

const listening = (turns: ReadonlyArray<ScriptedModel.ScriptedTurn>) => {
  const requests: Array<ModelRequest> = []
  const model = ScriptedModel.layer((request, turn) => {
    requests.push({ ...request, messages: [...request.messages] })
    return turns[turn] ?? { content: "done" }
  })
  return { model, requests }
}

const contents = (request: ModelRequest | undefined): ReadonlyArray<string> =>
  (request?.messages ?? []).map((message) => (message.role === "user" ? message.content : message.role))

describe("the mailbox", () => {
  it.effect("the mailbox works on what was accepted although its sender was told that it failed", () =>
    Effect.gen(function* () {
      const agent = yield* spawn()
      assert.strictEqual((yield* Effect.flip(agent.run("Go.")))._tag, "JournalError")
      yield* untilIdle
      assert.strictEqual((yield* agent.outcome).reason, "completed")
      yield* checkStory(agent.sessionId)
    }).pipe(Effect.provide(world({ model: scripted(), journal: failing(SqliteJournal.layerMemory, 2, "after") })))
  )

  it.effect("the mailbox has a message on disk before it acknowledges it", () => {
    const dataDir = mkdtempSync(join(tmpdir(), "life-mailbox-"))
    const on = (seed: number) =>
      Layer.provideMerge(population({ model: scripted() }), ground(SqliteJournal.layer({ dataDir }), seed))
    return Effect.gen(function* () {
      const sessionId = yield* Effect.gen(function* () {
        const agent = yield* spawn()
        yield* agent.tell("Remember this.")
        // The process ends here: it waits for nothing after the acknowledgement.
        return agent.sessionId
      }).pipe(Effect.provide(on(1)))
      yield* Effect.gen(function* () {
        const agent = yield* Effect.flatMap(ActorSystem, (system) => system.get(sessionId))
        assert.deepStrictEqual(
          ofType(yield* records(sessionId), "UserMessage").map(({ content }) => content),
          ["Remember this."]
        )
        assert.strictEqual((yield* agent.run("What did I say?")).reason, "completed")
        yield* checkStory(sessionId)
      }).pipe(Effect.provide(on(2)))
    }).pipe(Effect.ensuring(Effect.sync(() => rmSync(dataDir, { recursive: true, force: true }))))
  })

  it.effect("the mailbox shows the model what came while a tool ran, behind the results and in order", () => {
    const { model, requests } = listening([calls("look")])
    return Effect.gen(function* () {
      const { reached, release, tool } = yield* gate
      yield* Effect.gen(function* () {
        const agent = yield* spawn()
        const run = yield* Effect.fork(agent.run("Look."))
        yield* reached
        yield* agent.tell("And the cellar.")
        yield* agent.tell("And the roof.")
        yield* release
        yield* Fiber.join(run)
        assert.deepStrictEqual(contents(requests[1]), [
          "Look.",
          "assistant",
          "tool",
          "And the cellar.",
          "And the roof."
        ])
        yield* checkStory(agent.sessionId)
      }).pipe(Effect.provide(world({ model, tools: { look: tool } })))
    })
  })

  it.effect("a full mailbox turns a message away, and loses none that it took", () => {
    const { model, requests } = listening([calls("look")])
    return Effect.gen(function* () {
      const { reached, release, tool } = yield* gate
      yield* Effect.gen(function* () {
        const agent = yield* spawn()
        const run = yield* Effect.fork(agent.run("Look."))
        yield* reached
        const answers = yield* Effect.forEach(
          Array.from({ length: 300 }, (_, n) => `message ${n}`),
          (message) =>
            Effect.map(
              Effect.either(agent.tell(message)),
              Either.mapBoth({
                onLeft: ({ reason }) => reason,
                onRight: () => message
              })
            ),
          { concurrency: 300 }
        )
        const taken = answers.flatMap((answer) => (Either.isRight(answer) ? [answer.right] : []))
        assert.lengthOf(taken, Limits.mailboxMessagesMax)
        assert.deepStrictEqual(
          [...new Set(answers.flatMap((answer) => (Either.isLeft(answer) ? [answer.left] : [])))],
          ["MailboxFull"]
        )
        yield* release
        yield* Fiber.join(run)
        assert.deepStrictEqual(contents(requests[1]).slice(3), taken)
        yield* agent.tell("There is room again.")
        yield* untilIdle
        yield* checkStory(agent.sessionId)
      }).pipe(Effect.provide(world({ model, tools: { look: tool } })))
    })
  })

  it.effect("an agent with a full mailbox can be cancelled", () =>
    Effect.gen(function* () {
      const { reached, tool } = yield* gate
      yield* Effect.gen(function* () {
        const agent = yield* spawn()
        const run = yield* Effect.fork(agent.run("Look."))
        yield* reached
        for (let n = 0; n < Limits.mailboxMessagesMax; n++) yield* agent.tell(`message ${n}`)
        assert.strictEqual((yield* Effect.flip(agent.tell("one more"))).reason, "MailboxFull")
        yield* agent.cancel("enough")
        assert.strictEqual((yield* Fiber.join(run)).reason, "cancelled")
        yield* checkStory(agent.sessionId)
      }).pipe(Effect.provide(world({ model: scripted(calls("look")), tools: { look: tool } })))
    })
  )

  it.effect("the mailbox keeps the order of each sender", () =>
    Effect.gen(function* () {
      const agent = yield* spawn()
      const numbers = Array.from({ length: 20 }, (_, n) => n)
      const send = (sender: string) => Effect.forEach(numbers, (n) => agent.tell(`${sender} ${n}`))
      yield* Effect.all([send("ada"), send("bob"), send("cyd")], { concurrency: 3 })
      const { all } = yield* checkStory(agent.sessionId)
      const messages = ofType(all, "UserMessage").map(({ content }) => content)
      for (const sender of ["ada", "bob", "cyd"]) {
        assert.deepStrictEqual(
          messages.filter((content) => content.startsWith(sender)),
          numbers.map((n) => `${sender} ${n}`)
        )
      }
    }).pipe(Effect.provide(world({ model: scripted() })))
  )

  it.effect("a message wakes a sleeping agent, which takes note and sleeps on without asking its model", () => {
    const { model, requests } = listening([])
    return Effect.gen(function* () {
      const agent = yield* spawn()
      yield* agent.run("First.")
      yield* untilIdle
      const before = yield* agent.snapshot
      assert.strictEqual(before.mode, "Sleep")
      yield* agent.tell("By the way.")
      yield* untilIdle
      const after = yield* agent.snapshot
      assert.strictEqual(after.mode, "Sleep")
      assert.strictEqual(after.tick, before.tick + 1)
      assert.lengthOf(requests, 1)
      const { all } = yield* checkStory(agent.sessionId)
      assert.deepStrictEqual(
        ofType(all, "ModeChanged")
          .slice(-2)
          .map(({ from, to }) => `${from} ${to}`),
        ["Sleep Explore", "Explore Sleep"]
      )
      // The next run knows of the message.
      yield* agent.run("Second.")
      assert.deepStrictEqual(contents(requests[1]), ["First.", "assistant", "By the way.", "Second."])
    }).pipe(Effect.provide(world({ model })))
  })

  it.effect("the mailbox refuses empty and oversized messages without a trace", () =>
    Effect.gen(function* () {
      const agent = yield* spawn()
      assert.strictEqual((yield* Effect.flip(agent.tell("  "))).reason, "Empty")
      assert.strictEqual((yield* Effect.flip(agent.tell("x".repeat(65_537)))).reason, "TooLarge")
      assert.lengthOf(yield* records(agent.sessionId), 1)
    }).pipe(Effect.provide(world({ model: scripted() })))
  )
})

describe("an interrupted delivery", () => {
  afterEach(() => void vi.restoreAllMocks())

  /** Interrupts the fiber that calls a method, once, before the fiber can take another step. */
  const interruptIn = (method: "deliver") => {
    const original = AgentActor.prototype[method]
    const spy = vi.spyOn(AgentActor.prototype, method).mockImplementation(function (this: AgentActor) {
      const given = original.call(this)
      spy.mockImplementation(original as never)
      Option.getOrThrow(Fiber.getCurrentFiber()).unsafeInterruptAsFork(FiberId.none)
      return given
    } as never)
  }
  const tellAndRun = Effect.gen(function* () {
    const agent = yield* (yield* ActorSystem).get("scribe")
    yield* Effect.exit(Effect.forkDaemon(agent.tell("Listen.")).pipe(Effect.flatMap(Fiber.await)))
    const { reason } = yield* Effect.timeout(agent.run("Go on."), "5 seconds")
    assert.strictEqual(reason, "completed")
    const passivated = Effect.map((yield* ActorSystem).list, ([info]) => info?.status === "passivated")
    yield* Effect.timeout(Effect.repeat(Effect.delay(passivated, "5 millis"), { until: (is) => is }), "5 seconds")
    yield* Effect.timeout(agent.stop, "5 seconds")
  })
  const house = world({ model: scripted(), idleAgentsMax: 0 })

  it.live("an agent can be run and stopped after the fiber that admits a message is interrupted", () =>
    Effect.gen(function* () {
      yield* spawn("scribe", { sessionId: "s" })
      interruptIn("deliver")
      yield* tellAndRun
    }).pipe(Effect.provide(house))
  )

  it.live("an agent can be loaded after the fiber that begins its load is interrupted", () =>
    Effect.gen(function* () {
      yield* spawn("scribe", { sessionId: "s" })
      const { asks } = AgentActor.prototype as unknown as { asks: (event: { type: string }, action: string) => boolean } // protected
      const spy = vi.spyOn(AgentActor.prototype as never, "asks" as never).mockImplementation(function (
        this: AgentActor,
        event: { type: string },
        action: string
      ) {
        const given = asks.call(this, event, action)
        if (event.type === "Load" && given) {
          spy.mockImplementation(asks as never)
          Option.getOrThrow(Fiber.getCurrentFiber()).unsafeInterruptAsFork(FiberId.none)
        }
        return given
      } as never)
      yield* tellAndRun
    }).pipe(Effect.provide(house))
  )
})
