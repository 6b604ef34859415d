import { assert, describe, it } from "@effect/vitest"
import { Effect, Exit, Layer } from "effect"
import { ActorSystem } from "../../src/actors/ActorSystem.js"
import { Journal, mainBranch } from "../../src/layers/aios/index.js"
import { SqliteJournal } from "../../src/layers/lago/index.js"
import { failing } from "../support/faults.js"
import { checkStory, ofType, records, scripted, spawn, untilIdle } from "../support/story.js"
import { ground, population, world } from "../support/world.js"

const statuses = Effect.flatMap(ActorSystem, (system) =>
  Effect.map(system.list, (list) => list.map(({ name, status }) => `${name} ${status}`))
)

describe("the registry", () => {
  it.effect("the registry finds agents by name and by session id, and lists them in the order of their start", () =>
    Effect.gen(function* () {
      const system = yield* ActorSystem
      const ada = yield* spawn("ada", { sessionId: "s-1" })
      const bob = yield* spawn("bob", { parent: ada })
      assert.strictEqual((yield* system.get("ada")).sessionId, "s-1")
      assert.strictEqual((yield* system.get("s-1")).name, "ada")
      assert.strictEqual((yield* system.get(bob.sessionId)).name, "bob")
      assert.deepStrictEqual(yield* system.list, [
        { sessionId: "s-1", name: "ada", status: "idle" },
        { sessionId: bob.sessionId, name: "bob", parentId: "s-1", status: "idle" }
      ])
      const [created] = ofType(yield* records(bob.sessionId), "SessionCreated")
      assert.strictEqual(created?.parentId, "s-1")
      assert.strictEqual(created?.soul.name, "bob")
    }).pipe(Effect.provide(world({ model: scripted() })))
  )

  it.effect("the registry says why it does not take a name, a session id or a parent", () =>
    Effect.gen(function* () {
      const system = yield* ActorSystem
      const gone = yield* spawn("gone")
      yield* gone.stop
      yield* spawn("ada", { sessionId: "s-1" })
      for (const [options, reason] of [
        [{ name: "ada" }, "NameTaken"],
        [{ name: "ben", sessionId: "s-1" }, "NameTaken"],
        [{ name: "" }, "InvalidName"],
        [{ name: "  " }, "InvalidName"],
        [{ name: "x".repeat(129) }, "InvalidName"],
        [{ name: "cyd", sessionId: "../etc/passwd" }, "InvalidSessionId"],
        [{ name: "cyd", sessionId: "" }, "InvalidSessionId"],
        [{ name: "cyd", sessionId: "-x" }, "InvalidSessionId"],
        [{ name: "cyd", sessionId: "x".repeat(65) }, "InvalidSessionId"],
        [{ name: "cyd", parent: gone }, "ParentUnavailable"]
      ] as const) {
        const error = yield* Effect.flip(system.spawn(options))
        assert.strictEqual(error.reason, reason, JSON.stringify(options))
      }
      for (const name of ["nobody", "", "../x", gone.name]) {
        assert.strictEqual((yield* Effect.flip(system.get(name))).reason, "NotFound", name)
      }
      assert.deepStrictEqual(yield* statuses, ["ada idle"])
      assert.lengthOf(yield* Effect.flatMap(Journal, (journal) => journal.sessions), 2)
    }).pipe(Effect.provide(world({ model: scripted() })))
  )

  it.effect("the registry gives a name to only one of several callers that ask for it at once", () =>
    Effect.gen(function* () {
      const both = yield* Effect.all([Effect.exit(spawn("ada")), Effect.exit(spawn("ada"))], { concurrency: 2 })
      assert.deepStrictEqual(both.map(Exit.isSuccess).toSorted(), [false, true])
      const named = yield* Effect.all(
        [Effect.exit(spawn("ben", { sessionId: "s" })), Effect.exit(spawn("cyd", { sessionId: "s" }))],
        { concurrency: 2 }
      )
      assert.deepStrictEqual(named.map(Exit.isSuccess).toSorted(), [false, true])
      assert.lengthOf(yield* statuses, 2)
    }).pipe(Effect.provide(world({ model: scripted() })))
  )

  it.effect("the registry forgets an agent whose session could not be written", () =>
    Effect.gen(function* () {
      assert.strictEqual((yield* Effect.flip(spawn("ada"))).reason, "Failed")
      assert.deepStrictEqual(yield* statuses, [])
      assert.strictEqual((yield* Effect.flatMap(spawn("ada"), (agent) => agent.run("Go."))).reason, "completed")
    }).pipe(Effect.provide(world({ model: scripted(), journal: failing(SqliteJournal.layerMemory, 1, "before") })))
  )

  it.effect("the registry finds a session of an earlier process by its id, once for all callers that ask", () =>
    Effect.gen(function* () {
      yield* Effect.flatMap(spawn("ada", { sessionId: "s" }), (agent) => agent.run("Go.")).pipe(
        Effect.provide(population({ model: scripted() }))
      )
      yield* Effect.gen(function* () {
        const system = yield* ActorSystem
        assert.deepStrictEqual(yield* system.list, [])
        const [one, two] = yield* Effect.all([system.get("s"), system.get("s")], { concurrency: 2 })
        assert.deepStrictEqual(yield* statuses, ["ada passivated"])
        yield* Effect.all([one.tell("one"), two.tell("two")], { concurrency: 2 })
        assert.strictEqual((yield* system.get("ada")).sessionId, "s")
        assert.strictEqual((yield* one.outcome).reason, "completed")
        yield* checkStory("s")
      }).pipe(Effect.provide(population({ model: scripted() })))
    }).pipe(Effect.provide(ground()))
  )

  it.effect("the registry takes a session up again under its id, with its history", () =>
    Effect.gen(function* () {
      const first = yield* spawn("ada", { sessionId: "s" })
      yield* first.run("Go.")
      yield* first.stop
      assert.strictEqual((yield* Effect.flip(first.tell("Still there?"))).reason, "Stopped")
      const second = yield* spawn("ada", { sessionId: "s" })
      assert.strictEqual((yield* second.run("Go on.")).reason, "completed")
      const { all } = yield* checkStory("s")
      assert.lengthOf(ofType(all, "SessionCreated"), 1)
      assert.deepStrictEqual(
        all.flatMap(({ kind }) => (/^(Session|Run)/.test(kind.type) ? [kind.type] : [])),
        ["SessionCreated", "RunStarted", "RunFinished", "SessionClosed", "SessionResumed", "RunStarted", "RunFinished"]
      )
    }).pipe(Effect.provide(world({ model: scripted() })))
  )
})

describe("passivation", () => {
  it.effect("passivation keeps the agents used last in memory, and the others come back the same", () =>
    Effect.gen(function* () {
      const agents = yield* Effect.forEach(["a", "b", "c", "d", "e"], (name) => spawn(name))
      assert.deepStrictEqual(yield* statuses, ["a passivated", "b passivated", "c passivated", "d idle", "e idle"])
      for (const agent of agents) {
        yield* agent.run(`I am ${agent.name}.`)
        yield* untilIdle
      }
      assert.deepStrictEqual(yield* statuses, ["a passivated", "b passivated", "c passivated", "d idle", "e idle"])
      const [a, , , d] = agents
      if (a === undefined || d === undefined) return
      const { stateHash } = yield* checkStory(a.sessionId)
      assert.strictEqual((yield* a.snapshot).stateHash, stateHash)
      yield* a.tell("Wake up.")
      yield* untilIdle
      assert.deepStrictEqual(yield* statuses, ["a idle", "b passivated", "c passivated", "d passivated", "e idle"])
      for (const agent of [a, d]) {
        assert.strictEqual((yield* agent.run("Again.")).reason, "completed")
        yield* untilIdle
        const told = yield* checkStory(agent.sessionId)
        assert.strictEqual((yield* agent.snapshot).stateHash, told.stateHash)
      }
    }).pipe(Effect.provide(world({ model: scripted(), idleAgentsMax: 2 })))
  )

  it.effect("passivation does not lose a message that is being delivered", () =>
    Effect.gen(function* () {
      const agents = yield* Effect.forEach(
        Array.from({ length: 10 }, (_, n) => `a${n}`),
        (name) => spawn(name)
      )
      yield* Effect.forEach(
        agents.flatMap((agent) => Array.from({ length: 10 }, (_, n) => ({ agent, n }))),
        ({ agent, n }) => agent.tell(`message ${n}`),
        { concurrency: 100 }
      )
      yield* untilIdle
      for (const agent of agents) {
        assert.lengthOf(ofType((yield* checkStory(agent.sessionId)).all, "UserMessage"), 10)
      }
      assert.isAtMost((yield* statuses).filter((status) => status.endsWith("idle")).length, 1)
    }).pipe(Effect.provide(world({ model: scripted(), idleAgentsMax: 1 })))
  )
})

describe("an agent's handle", () => {
  it.effect("an agent's handle reads the head that the journal has", () =>
    Effect.gen(function* () {
      const agent = yield* spawn()
      yield* agent.run("Go.")
      yield* untilIdle
      const head = yield* Effect.flatMap(Journal, (journal) =>
        journal.head({ sessionId: agent.sessionId, branchId: mainBranch })
      )
      assert.strictEqual((yield* agent.snapshot).head, head.sequence)
      assert.strictEqual((yield* Effect.flip((yield* spawn("idle")).outcome)).reason, "NotRunning")
    }).pipe(Effect.provide(Layer.fresh(world({ model: scripted() }))))
  )
})
