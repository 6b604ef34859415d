import { assert, describe, it } from "@effect/vitest"
import { Effect, Fiber, TestClock } from "effect"
import {
  evaluatePolicy,
  type PolicySet,
  PolicyTier,
  policyTiers,
  type PolicyDecision
} from "../../src/layers/aios/index.js"
import { calls, checkStory, errorOf, ofType, outcomes, records, scripted, spawn } from "../support/story.js"
import { confident, reader, sender, world } from "../support/world.js"

const looks = (count: number) => calls(...Array.from({ length: count }, (_, n) => `look#${n}`))

describe("a policy with limits", () => {
  it.effect("a policy stops a call after the time it allows, also where the tool would let the call run on", () =>
    Effect.gen(function* () {
      const policy: PolicySet = { allow: ["tool:call:look"], gate: [], toolRuntimeMsMax: 1_000 }
      const agent = yield* spawn("scribe", { policy })
      const run = yield* Effect.fork(agent.run("Look."))
      yield* TestClock.adjust("1 second")
      yield* Fiber.join(run)
      const [result] = ofType((yield* checkStory(agent.sessionId)).all, "ToolResult")
      assert.strictEqual(result?.status, "timeout")
      assert.include(result && errorOf(result), "look took longer than the 1000 ms the policy allows")
    }).pipe(
      Effect.provide(world({ model: scripted(calls("look")), tools: { look: { ...reader, run: () => Effect.never } } }))
    )
  )

  it.effect("a policy denies the calls of a turn that are too many, says why, and keeps what the others did", () =>
    Effect.gen(function* () {
      const agent = yield* spawn("guest", { policy: { ...policyTiers.anonymous, allow: ["tool:call:look"], gate: [] } })
      assert.strictEqual((yield* agent.run("Look.")).reason, "completed")
      const { all } = yield* checkStory(agent.sessionId)
      assert.deepStrictEqual(outcomes(all).toSorted(), ["look denied", "look ok", "look ok", "look ok"])
      const denied = ofType(all, "ToolResult").find(({ status }) => status === "denied")
      assert.include(denied && errorOf(denied), "The policy allows 5 events for the calls of one turn")
      assert.deepStrictEqual(
        ofType(all, "PolicyEvaluated").map(({ ruleId }) => ruleId),
        ["limit:eventsPerTurnMax"]
      )
    }).pipe(Effect.provide(world({ model: scripted(looks(3), calls("look#next")), tools: { look: reader } })))
  )

  it.effect("a policy counts the files that were written", () =>
    Effect.gen(function* () {
      const agent = yield* spawn("guest", { policy: { allow: ["*"], gate: [], eventsPerTurnMax: 6 } })
      yield* agent.run("Write.")
      const { all } = yield* checkStory(agent.sessionId)
      assert.deepStrictEqual(outcomes(all), ["send ok", "send ok", "send denied"])
      assert.lengthOf(ofType(all, "FileWritten"), 2)
    }).pipe(
      Effect.provide(
        world({
          thresholds: confident,
          model: scripted(calls("send#1", "send#2", "send#3")),
          tools: { send: { ...sender, files: [{ path: "sent", sha256: "0", sizeBytes: 1 }] } }
        })
      )
    )
  )

  it.effect("SessionCreated records the system's policy unless spawn names another", () =>
    Effect.gen(function* () {
      const [plain, guest] = [yield* spawn("plain"), yield* spawn("guest", { policy: "anonymous" })]
      const policyIn = (sessionId: string) =>
        Effect.map(records(sessionId), (all) => ofType(all, "SessionCreated")[0]?.policy)
      assert.deepStrictEqual(yield* policyIn(plain.sessionId), policyTiers.free)
      assert.deepStrictEqual(yield* policyIn(guest.sessionId), policyTiers.anonymous)
    }).pipe(Effect.provide(world({ policy: "free", model: scripted() })))
  )
})

describe("the tiers", () => {
  const expected: { readonly [capability: string]: ReadonlyArray<PolicyDecision> } = {
    "fs:read:/": ["allow", "allow", "allow", "allow", "allow"],
    "fs:write:/new": ["allow", "require_approval", "require_approval", "allow", "allow"],
    "fs:overwrite:/old": ["require_approval", "require_approval", "require_approval", "allow", "allow"],
    "fs:read:/a/../b": ["deny", "deny", "deny", "deny", "deny"],
    "net:egress:example.org": ["deny", "require_approval", "allow", "allow", "allow"],
    "secrets:read:mail": ["require_approval", "require_approval", "require_approval", "allow", "allow"],
    "exec:cmd:grep": ["deny", "deny", "allow", "allow", "allow"],
    "exec:cmd:python3": ["deny", "deny", "require_approval", "allow", "allow"],
    "exec:cmd:rm": ["deny", "deny", "deny", "allow", "allow"],
    "memory:read:org": ["allow", "deny", "deny", "allow", "allow"],
    "memory:write:session": ["allow", "allow", "allow", "allow", "allow"],
    "agents:spawn:child": ["allow", "deny", "allow", "allow", "allow"],
    "payments:initiate:usdc": ["require_approval", "deny", "deny", "allow", "allow"]
  }
  for (const [capability, decisions] of Object.entries(expected)) {
    it(`the tiers decide about ${capability}`, () => {
      assert.deepStrictEqual(
        PolicyTier.literals.map((tier) => evaluatePolicy(policyTiers[tier], [capability]).decision),
        decisions
      )
    })
  }
})
