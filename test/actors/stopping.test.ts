/** Stopping an agent: everything that stops with it, and its state when the journal fails. */
import { assert, describe, it } from "@effect/vitest"
import { Deferred, Effect, Fiber, Option, TestClock } from "effect"
import { ActorSystem } from "../../src/actors/ActorSystem.js"
import { JournalError, Limits } from "../../src/layers/aios/index.js"
import { SqliteJournal } from "../../src/layers/lago/index.js"
import { failing, intercepted } from "../support/faults.js"
import { calls, checkStory, ofType, outcomes, records, scripted, spawn, untilIdle } from "../support/story.js"
import { confident, reader, type TestTool, world } from "../support/world.js"

const statuses = Effect.flatMap(ActorSystem, (system) =>
  Effect.map(system.list, (list) => list.map(({ name, status }) => `${name} ${status}`))
)

/** A reader that is reached and never comes back by itself. */
const stuck = Effect.map(Deferred.make<void>(), (reached) => ({
  reached: Deferred.await(reached),
  tool: {
    ...reader,
    run: () =>
      Effect.zipRight(
        Deferred.succeed(reached, undefined),
        Effect.async<never>(() => {})
      )
  } satisfies TestTool
}))

/** The end of a session that was closed: the checkpoint signs everything before. */
const closing = ["SessionClosed", "CheckpointCreated"]

describe("stopping", () => {
  it.effect("stopping cancels the run, gives every call an outcome and closes the session", () =>
    Effect.gen(function* () {
      const { reached, tool } = yield* stuck
      yield* Effect.gen(function* () {
        const agent = yield* spawn()
        const run = yield* Effect.fork(agent.run("Look."))
        yield* reached
        yield* agent.stop
        assert.strictEqual((yield* Fiber.join(run)).reason, "cancelled")
        assert.deepStrictEqual(yield* statuses, [])
        const { all } = yield* checkStory(agent.sessionId)
        assert.deepStrictEqual(outcomes(all), ["look unknown"])
        assert.deepStrictEqual(
          all.slice(-2).map(({ kind }) => kind.type),
          closing
        )
        yield* agent.stop
        assert.lengthOf(ofType(yield* records(agent.sessionId), "SessionClosed"), 1)
      }).pipe(Effect.provide(world({ model: scripted(calls("look")), tools: { look: tool } })))
    })
  )

  it.effect("stopping stops the children first", () =>
    Effect.gen(function* () {
      const parent = yield* spawn("parent")
      const child = yield* spawn("child", { parent })
      const grandchild = yield* spawn("grandchild", { parent: child })
      const other = yield* spawn("other")
      yield* parent.stop
      assert.deepStrictEqual(yield* statuses, ["other idle"])
      const closedAt = (sessionId: string) =>
        Effect.map(
          records(sessionId),
          (all) => all.find(({ kind }) => kind.type === "SessionClosed")?.eventId ?? "never"
        )
      const order = yield* Effect.forEach([grandchild, child, parent], ({ sessionId }) => closedAt(sessionId))
      assert.deepStrictEqual(order, order.toSorted())
      assert.notInclude(order, "never")
      assert.strictEqual(yield* closedAt(other.sessionId), "never")
    }).pipe(Effect.provide(world({ model: scripted() })))
  )

  it.effect("stopping can be tried again when the journal failed", () =>
    Effect.gen(function* () {
      const agent = yield* spawn()
      assert.strictEqual((yield* Effect.flip(agent.stop)).reason, "Failed")
      yield* agent.stop
      assert.deepStrictEqual(yield* statuses, [])
      assert.deepStrictEqual(
        (yield* records(agent.sessionId)).slice(-2).map(({ kind }) => kind.type),
        closing
      )
    }).pipe(Effect.provide(world({ model: scripted(), journal: failing(SqliteJournal.layerMemory, 2, "before") })))
  )
})

describe("an agent that could not be stopped", () => {
  it.effect("an agent that could not be stopped goes on with its run", () =>
    Effect.gen(function* () {
      const { reached, tool } = yield* stuck
      let stops = 0
      const journal = intercepted(SqliteJournal.layerMemory, (_, { events }, run) =>
        events.some(({ kind }) => kind.type === "SessionClosed") && ++stops === 1
          ? new JournalError({ reason: "DiskFull", message: "no room" })
          : run
      )
      let looks = 0
      const once: TestTool = { ...reader, run: () => (++looks === 1 ? tool.run() : Effect.succeed("seen")) }
      yield* Effect.gen(function* () {
        const agent = yield* spawn()
        const run = yield* Effect.fork(agent.run("Look."))
        yield* reached
        assert.strictEqual((yield* Effect.flip(agent.stop)).reason, "DiskFull")
        assert.strictEqual((yield* Fiber.join(run)).reason, "completed")
        assert.strictEqual(looks, 2)
        yield* checkStory(agent.sessionId)
      }).pipe(Effect.provide(world({ model: scripted(calls("look")), tools: { look: once }, journal })))
    })
  )
})

describe("an approval that falls due during a stop", () => {
  it.effect("an approval that falls due during a stop is denied when the stop was interrupted", () =>
    Effect.gen(function* () {
      const [reached, release] = yield* Effect.all([Deferred.make<void>(), Deferred.make<void>()])
      const journal = intercepted(SqliteJournal.layerMemory, (_, { events }, run) =>
        events.some(({ kind }) => kind.type === "SessionClosed")
          ? Deferred.succeed(reached, undefined).pipe(Effect.zipRight(Deferred.await(release)), Effect.zipRight(run))
          : run
      )
      const replace: TestTool = { capabilities: ["fs:overwrite:/old"] }
      yield* Effect.gen(function* () {
        const agent = yield* spawn()
        yield* spawn("child", { parent: agent })
        const run = yield* Effect.fork(agent.run("Replace it."))
        yield* Effect.yieldNow()
        yield* untilIdle
        assert.lengthOf((yield* agent.snapshot).approvals, 1)
        // The child comes first, and takes its time.
        const stop = yield* Effect.fork(agent.stop)
        yield* Deferred.await(reached)
        yield* TestClock.adjust(Limits.approvalTimeoutMs)
        yield* Fiber.interruptFork(stop)
        yield* Deferred.succeed(release, undefined)
        yield* Fiber.await(stop)
        yield* TestClock.adjust(Limits.journalRetryEveryMs)
        assert.strictEqual((yield* Fiber.join(run)).reason, "completed")
        const { all } = yield* checkStory(agent.sessionId)
        assert.deepStrictEqual(
          ofType(all, "ApprovalDenied").map(({ actor }) => actor),
          ["timeout"]
        )
      }).pipe(
        Effect.provide(world({ thresholds: confident, model: scripted(calls("replace")), tools: { replace }, journal }))
      )
    })
  )
})

describe("an agent that was stopped without hearing of it", () => {
  it.effect("an agent whose stop became durable although it failed goes on, and its session is resumed", () =>
    Effect.gen(function* () {
      let stops = 0
      const journal = intercepted(SqliteJournal.layerMemory, (_, { events }, run) =>
        events.some(({ kind }) => kind.type === "SessionClosed") && ++stops === 1
          ? Effect.zipRight(run, new JournalError({ reason: "Failed", message: "the reply was lost" }))
          : run
      )
      yield* Effect.gen(function* () {
        const agent = yield* spawn()
        assert.strictEqual((yield* Effect.flip(agent.stop)).reason, "Failed")
        yield* agent.tell("Are you there?")
        yield* untilIdle
        const { all } = yield* checkStory(agent.sessionId)
        assert.deepStrictEqual(
          all.slice(0, 4).map(({ kind }) => kind.type),
          ["SessionCreated", "SessionClosed", "SessionResumed", "UserMessage"]
        )
      }).pipe(Effect.provide(world({ model: scripted(), journal })))
    })
  )
})

describe("an agent that is being stopped", () => {
  it.effect("an agent that is being stopped gets no more children, and takes no more messages", () =>
    Effect.gen(function* () {
      const [begun, goOn] = yield* Effect.all([Deferred.make<void>(), Deferred.make<void>()])
      const journal = intercepted(SqliteJournal.layerMemory, (_, { events }, run) =>
        events.some(({ kind }) => kind.type === "SessionClosed")
          ? Deferred.succeed(begun, undefined).pipe(Effect.zipRight(Deferred.await(goOn)), Effect.zipRight(run))
          : run
      )
      yield* Effect.gen(function* () {
        const parent = yield* spawn("parent")
        const stopping = yield* Effect.fork(parent.stop)
        yield* Deferred.await(begun)
        assert.strictEqual((yield* Effect.flip(spawn("child", { parent }))).reason, "ParentUnavailable")
        assert.strictEqual((yield* Effect.flip(parent.tell("Wait."))).reason, "Stopped")
        // No caller is told that the agent has stopped before it has, and an interrupted stop is finished all the same.
        const also = yield* Effect.fork(parent.stop)
        const interrupted = yield* Effect.fork(Fiber.interrupt(stopping))
        for (let steps = 0; steps < 20; steps++) yield* Effect.yieldNow()
        assert.isTrue(Option.isNone(yield* Fiber.poll(also)))
        yield* Deferred.succeed(goOn, undefined)
        yield* Effect.zipRight(Fiber.join(interrupted), Fiber.join(also))
        assert.deepStrictEqual(yield* statuses, [])
        assert.deepStrictEqual(
          (yield* records(parent.sessionId)).slice(-2).map(({ kind }) => kind.type),
          closing
        )
      }).pipe(Effect.provide(world({ model: scripted(), journal })))
    })
  )
})

describe("a stop that is interrupted while the session is being closed", () => {
  it.effect("an interrupted stop still stops the agent, which does not come back beside its successor", () =>
    Effect.gen(function* () {
      const [begun, goOn] = yield* Effect.all([Deferred.make<void>(), Deferred.make<void>()])
      const journal = intercepted(SqliteJournal.layerMemory, (_, { events }, run) =>
        events.some(({ kind }) => kind.type === "SessionClosed")
          ? Deferred.succeed(begun, undefined).pipe(Effect.zipRight(Deferred.await(goOn)), Effect.zipRight(run))
          : run
      )
      yield* Effect.gen(function* () {
        const agent = yield* spawn("ada", { sessionId: "s" })
        const stopping = yield* Effect.fork(agent.stop)
        yield* Deferred.await(begun)
        const interrupted = yield* Effect.fork(Fiber.interrupt(stopping))
        yield* Effect.yieldNow()
        yield* Deferred.succeed(goOn, undefined)
        yield* Fiber.join(interrupted)
        assert.deepStrictEqual(yield* statuses, [])
        assert.strictEqual((yield* Effect.flip(agent.tell("Are you there?"))).reason, "Stopped")
      }).pipe(Effect.provide(world({ model: scripted(), journal })))
    })
  )
})

describe("an agent that is stopped while a message is on its way to the journal", () => {
  it.effect("an agent that is stopped while a message is on its way has that message before it is closed", () =>
    Effect.gen(function* () {
      const { reached, tool } = yield* stuck
      const [begun, goOn] = yield* Effect.all([Deferred.make<void>(), Deferred.make<void>()])
      const journal = intercepted(SqliteJournal.layerMemory, (_, { events }, run) =>
        ofType(events, "UserMessage").some(({ content }) => content === "Wait.")
          ? Deferred.succeed(begun, undefined).pipe(Effect.zipRight(Deferred.await(goOn)), Effect.zipRight(run))
          : run
      )
      yield* Effect.gen(function* () {
        const agent = yield* spawn()
        yield* Effect.fork(agent.run("Look."))
        yield* reached
        const told = yield* Effect.fork(agent.tell("Wait."))
        yield* Deferred.await(begun)
        const stopping = yield* Effect.fork(agent.stop)
        for (let steps = 0; steps < 20; steps++) yield* Effect.yieldNow()
        yield* Deferred.succeed(goOn, undefined)
        yield* Effect.zipRight(Fiber.join(told), Fiber.join(stopping))
        const { all } = yield* checkStory(agent.sessionId)
        assert.lengthOf(ofType(all, "UserMessage"), 2)
        assert.deepStrictEqual(
          all.slice(-2).map(({ kind }) => kind.type),
          closing
        )
      }).pipe(Effect.provide(world({ model: scripted(calls("look")), tools: { look: tool }, journal })))
    })
  )
})

describe("a child whose parent is being stopped", () => {
  it.effect("a child whose parent is being stopped comes back only after that, and then under its parent", () =>
    Effect.gen(function* () {
      const [begun, goOn] = yield* Effect.all([Deferred.make<void>(), Deferred.make<void>()])
      const journal = intercepted(SqliteJournal.layerMemory, (_, { events, sessionId }, run) =>
        sessionId === "parent" && events.some(({ kind }) => kind.type === "SessionClosed")
          ? Deferred.succeed(begun, undefined).pipe(Effect.zipRight(Deferred.await(goOn)), Effect.zipRight(run))
          : run
      )
      yield* Effect.gen(function* () {
        const system = yield* ActorSystem
        const parent = yield* spawn("parent", { sessionId: "parent" })
        yield* spawn("child", { sessionId: "child", parent })
        const stopping = yield* Effect.fork(parent.stop)
        yield* Deferred.await(begun)
        const refused = yield* Effect.flip(system.get("child"))
        assert.deepStrictEqual([refused._tag, refused.reason], ["LookupError", "Stopped"])
        yield* Deferred.succeed(goOn, undefined)
        yield* Fiber.join(stopping)
        yield* system.get("child")
        const list = yield* system.list
        assert.deepStrictEqual(
          list.map(({ name, parentId }) => [name, parentId]),
          [
            ["parent", undefined],
            ["child", "parent"]
          ]
        )
      }).pipe(Effect.provide(world({ model: scripted(), journal })))
    })
  )
})

describe("a session that was closed", () => {
  it.effect("a closed session is resumed in the journal also when the first append of that fails", () => {
    let resumptions = 0
    const journal = intercepted(SqliteJournal.layerMemory, (_, { events }, run) =>
      events.some(({ kind }) => kind.type === "SessionResumed") && ++resumptions === 1
        ? new JournalError({ reason: "DiskFull", message: "no room" })
        : run
    )
    return Effect.gen(function* () {
      yield* Effect.flatMap(spawn("ada", { sessionId: "s" }), (agent) => agent.stop)
      const again = yield* spawn("ada", { sessionId: "s" })
      assert.strictEqual((yield* Effect.flip(again.tell("Hello."))).reason, "DiskFull")
      yield* again.tell("Hello?")
      const all = yield* records("s")
      assert.deepStrictEqual(
        all.slice(0, 4).map(({ kind }) => kind.type),
        ["SessionCreated", "SessionClosed", "CheckpointCreated", "SessionResumed"]
      )
    }).pipe(Effect.provide(world({ model: scripted(), journal })))
  })
})
