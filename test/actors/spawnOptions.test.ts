/** Options of a spawn: parsed where they enter, and applied to a session that exists, or refused. */
import { assert, describe, it } from "@effect/vitest"
import { Effect, Layer } from "effect"
import { ActorSystem, replay, type SpawnOptions } from "../../src/actors/index.js"
import {
  defaultPolicy,
  Journal,
  JournalError,
  mainBranch,
  type PolicySet,
  type PolicyTier
} from "../../src/layers/aios/index.js"
import { ModelRouter, ScriptedModel } from "../../src/layers/arcan/index.js"
import { SqliteJournal } from "../../src/layers/lago/index.js"
import { intercepted } from "../support/faults.js"
import { calls, checkStory, errorOf, ofType, outcomes, records, scripted, spawn, untilIdle } from "../support/story.js"
import { confident, ground, population, type TestTool, world } from "../support/world.js"

const strict: PolicySet = { allow: ["fs:read:/**"], gate: [] }
const soul = { mission: "Answer in rhymes", preferences: { tone: "kind" } }
const configured = (sessionId: string) => Effect.map(records(sessionId), (all) => ofType(all, "SessionConfigured"))

const refused = (options: Partial<SpawnOptions>) =>
  Effect.flip(spawn(options.name, options)).pipe(
    Effect.filterOrDie(
      (error) => error._tag === "SpawnError",
      (error) => error
    )
  )

const models = () =>
  Layer.orDie(
    ModelRouter.layer({
      models: [
        { name: "first", layer: ScriptedModel.layer(() => ({ content: "first" })) },
        { name: "second", layer: ScriptedModel.layer(() => ({ content: "second" })) }
      ]
    })
  )

describe("a session that exists, spawned again", () => {
  it.effect("a session that is spawned again takes soul, policy and model as an event, uses and keeps them", () =>
    Effect.gen(function* () {
      const system = population({ model: models() })
      yield* Effect.provide(spawn("scribe", { sessionId: "s" }), system)
      const again = Effect.flatMap(
        spawn("scribe", { sessionId: "s", soul, policy: strict, model: "second" }),
        (agent) => agent.run("Go on.")
      )
      assert.strictEqual((yield* Effect.provide(again, system)).finalAnswer, "second")
      const [event, ...others] = yield* configured("s")
      assert.lengthOf(others, 0)
      const { signedBy, ...configuration } = event ?? assert.fail("nothing was configured")
      assert.deepStrictEqual(configuration, {
        type: "SessionConfigured",
        soul: { name: "scribe", ...soul },
        policy: strict,
        model: "second"
      })
      assert.match(signedBy?.signature ?? "", /^[0-9a-f]{128}$/)
      const { state } = yield* replay(yield* Journal, { sessionId: "s", branchId: mainBranch })
      assert.deepStrictEqual([state.soul, state.policy, state.model], [event?.soul, strict, "second"])
      // A later process asks for nothing and has all of the options.
      const later = Effect.flatMap(spawn("scribe", { sessionId: "s" }), (agent) => agent.run("And now?"))
      assert.strictEqual((yield* Effect.provide(later, system)).finalAnswer, "second")
      assert.lengthOf(yield* configured("s"), 1)
      yield* checkStory("s")
    }).pipe(Effect.provide(ground()))
  )

  it.effect("a spawn that fails leaves its name free, for a session that exists as for a new one", () => {
    let isLocked = false
    const journal = intercepted(SqliteJournal.layerMemory, (_, __, run) =>
      isLocked ? new JournalError({ reason: "Failed", message: "locked" }) : run
    )
    return Effect.gen(function* () {
      yield* Effect.flatMap(spawn("scribe", { sessionId: "s" }), ({ stop }) => stop)
      const again = { sessionId: "s", policy: strict }
      isLocked = true
      assert.strictEqual((yield* Effect.flip(spawn("scribe", again)))._tag, "JournalError")
      assert.strictEqual((yield* Effect.flip(spawn("clerk")))._tag, "JournalError")
      isLocked = false
      yield* spawn("scribe", again)
      yield* spawn("clerk")
    }).pipe(Effect.provide(world({ model: scripted(), journal })))
  })

  it.effect("a session that is spawned again with what it already has records nothing", () =>
    Effect.gen(function* () {
      const options = { sessionId: "s", policy: strict, soul, model: "second" }
      const system = population({ model: models() })
      yield* Effect.provide(spawn("scribe", options), system)
      const before = (yield* records("s")).length
      yield* Effect.provide(spawn("scribe", options), system)
      assert.strictEqual((yield* records("s")).length, before)
    }).pipe(Effect.provide(ground()))
  )

  it.effect("a session that is spawned again decides by the new policy, also in a run that was left open", () =>
    Effect.gen(function* () {
      const tools: { readonly [name: string]: TestTool } = { write: { capabilities: ["fs:write:/out"] } }
      const model = scripted(calls("write"), { content: "done" })
      const parked = population({ model, tools, thresholds: confident, drive: false })
      yield* Effect.gen(function* () {
        const agent = yield* spawn("scribe", { sessionId: "s" })
        yield* Effect.fork(agent.run("Write."))
        yield* Effect.yieldNow()
        yield* agent.snapshot
      }).pipe(Effect.provide(parked))
      yield* Effect.gen(function* () {
        const agent = yield* spawn("scribe", { sessionId: "s", policy: strict })
        yield* agent.outcome
        yield* untilIdle
      }).pipe(Effect.provide(population({ model, tools, thresholds: confident, resume: false })))
      const { all } = yield* checkStory("s")
      assert.deepStrictEqual(outcomes(all), ["write denied"])
      const types = all.map(({ kind }) => kind.type)
      assert.isBelow(types.indexOf("SessionResumed"), types.indexOf("SessionConfigured"))
    }).pipe(Effect.provide(ground()))
  )

  it.effect("a session that is spawned again under another name or parent is refused, and nothing is recorded", () =>
    Effect.gen(function* () {
      yield* Effect.provide(spawn("scribe", { sessionId: "s" }), population({ model: scripted() }))
      const before = (yield* records("s")).length
      yield* Effect.gen(function* () {
        const name = yield* refused({ name: "clerk", sessionId: "s", policy: strict })
        assert.strictEqual(name.reason, "SessionMismatch")
        assert.include(name.message, "the session s is that of scribe, not of clerk")
        const parent = yield* spawn("boss", { sessionId: "b" })
        const other = yield* refused({ sessionId: "s", parent })
        assert.strictEqual(other.reason, "SessionMismatch")
        assert.include(other.message, "has no agent as its parent, not b")
        assert.deepStrictEqual(
          (yield* Effect.flatMap(ActorSystem, ({ list }) => list)).map((agent) => agent.name),
          ["boss"]
        )
      }).pipe(Effect.provide(population({ model: scripted() })))
      assert.strictEqual((yield* records("s")).length, before)
    }).pipe(Effect.provide(ground()))
  )

  it.effect("a session that is spawned again comes back under the parent it was created with", () =>
    Effect.gen(function* () {
      const family = Effect.gen(function* () {
        const parent = yield* spawn("boss", { sessionId: "b" })
        return yield* spawn("scribe", { sessionId: "s", parent })
      })
      yield* Effect.provide(family, population({ model: scripted() }))
      yield* Effect.gen(function* () {
        yield* spawn("boss", { sessionId: "b" })
        yield* spawn("scribe", { sessionId: "s" })
        const list = yield* Effect.flatMap(ActorSystem, ({ list }) => list)
        assert.strictEqual(list.find(({ name }) => name === "scribe")?.parentId, "b")
      }).pipe(Effect.provide(population({ model: scripted() })))
    }).pipe(Effect.provide(ground()))
  )
})

describe("a policy", () => {
  it.effect("a spawn is refused when an entry of its policy is no capability, and names entry, place and form", () =>
    Effect.gen(function* () {
      const bad = { allow: ["fs:read:/**", "fs read"], gate: ["payments"], toolRuntimeMsMax: -1 }
      const { message, reason } = yield* refused({ policy: bad })
      assert.strictEqual(reason, "InvalidPolicy")
      assert.include(
        message,
        'policy.allow.1: "fs read" is no capability: write domain:action:scope, as in fs:read:/**'
      )
      assert.include(message, 'policy.gate.0: "payments" is no capability')
      assert.include(message, "policy.toolRuntimeMsMax: ")
      const misspelt = { ...strict, alow: [] }
      assert.include((yield* refused({ policy: misspelt })).message, "policy.alow: is unexpected")
      // A caller without types may say anything.
      const tier = yield* refused({ policy: "anonymus" as PolicyTier })
      assert.include(
        tier.message,
        'there is no policy "anonymus"; did you mean anonymous? There are default, anonymous'
      )
      assert.deepStrictEqual(yield* Effect.flatMap(ActorSystem, ({ list }) => list), [])
    }).pipe(Effect.provide(world({ model: scripted() })))
  )

  it.effect("a system with a malformed policy is refused before it starts", () =>
    Effect.gen(function* () {
      const error = yield* Effect.flip(
        Layer.build(world({ model: scripted(), policy: { allow: [], gate: ["exec git"] } }))
      )
      if (error._tag !== "PolicyError") return assert.fail(error._tag)
      assert.include(error.message, 'policy.gate.0: "exec git" is no capability')
      assert.include(error.message, "as in exec:git:*")
    }).pipe(Effect.scoped)
  )
})

describe("a soul", () => {
  it.effect("a soul that its schema does not take is refused", () =>
    Effect.gen(function* () {
      const { message, reason } = yield* refused({ soul: { mission: "" } })
      assert.strictEqual(reason, "InvalidSoul")
      assert.include(message, "mission")
    }).pipe(Effect.provide(world({ model: scripted() })))
  )
})

describe("a tool that names no capability", () => {
  const tools: { readonly [name: string]: TestTool } = {
    change: {},
    ask: { annotations: { readOnly: true, openWorld: true } },
    look: { annotations: { readOnly: true } }
  }
  const run = (policy: PolicySet | PolicyTier) =>
    Effect.gen(function* () {
      const agent = yield* spawn("scribe", { policy })
      yield* Effect.fork(agent.run("Do it."))
      yield* Effect.yieldNow()
      yield* untilIdle
      return yield* records(agent.sessionId)
    }).pipe(Effect.provide(world({ tools, thresholds: confident, model: scripted(calls("change", "ask", "look")) })))

  it.effect("a tool without capabilities is denied by a policy that does not name it, also if it only reads", () =>
    Effect.gen(function* () {
      for (const policy of [defaultPolicy, { allow: [], gate: [] }]) {
        assert.deepStrictEqual(outcomes(yield* run(policy)).toSorted(), ["ask denied", "change denied", "look denied"])
      }
      const all = yield* run(defaultPolicy)
      const denied = ofType(all, "ToolResult").find(({ status }) => status === "denied")
      assert.include(denied && errorOf(denied), "The policy does not allow tool:call:change")
    })
  )

  it.effect("a tool without capabilities is allowed by name, and asked for in a guest tier", () =>
    Effect.gen(function* () {
      const named = yield* run({ allow: ["tool:call:change"], gate: [] })
      assert.deepStrictEqual(outcomes(named).toSorted(), ["ask denied", "change ok", "look denied"])
      for (const tier of ["anonymous", "free"] as const) {
        const [request] = ofType(yield* run(tier), "ApprovalRequested")
        assert.strictEqual(request?.capability, "tool:call:change")
      }
    })
  )

  it.effect("a tool whose capability is nonsense is an error and never runs", () =>
    Effect.gen(function* () {
      const agent = yield* spawn("scribe", { policy: "pro" })
      yield* agent.run("Do it.")
      const [result] = ofType(yield* records(agent.sessionId), "ToolResult")
      assert.strictEqual(result?.status, "error")
      assert.include(
        result && errorOf(result),
        "the tool broken is broken, because it asks for what a policy cannot decide"
      )
      assert.include(result && errorOf(result), '"nonsense" is no capability')
    }).pipe(
      Effect.provide(
        world({
          tools: { broken: { capabilities: ["fs:read:/a", "nonsense"], run: () => Effect.dieMessage("it ran") } },
          thresholds: confident,
          model: scripted(calls("broken"))
        })
      )
    )
  )
})
