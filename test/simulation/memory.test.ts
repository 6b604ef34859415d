/** Memory under faults: the known memories are those of the journals, also when processes died in between. */
import { afterEach, assert, describe, it } from "@effect/vitest"
import { Effect, Layer } from "effect"
import { ActorSystem } from "../../src/actors/ActorSystem.js"
import * as Life from "../../src/Life.js"
import { type EventRecord, Identity, type Json, type ModelRequest } from "../../src/layers/aios/index.js"
import { ScriptedModel } from "../../src/layers/arcan/index.js"
import { Memory, SharedMemories } from "../../src/layers/lago/index.js"
import { Praxis } from "../../src/layers/praxis/index.js"
import { type Invariant, Simulation } from "../../src/simulation/index.js"
import { randomStream } from "../../src/simulation/RandomStream.js"
import { breathe } from "../support/breathe.js"
import { ofType } from "../support/story.js"
import { confident } from "../support/world.js"

afterEach(breathe)

const names = ["ada", "bob", "eve"]
const scopes: [string, ...Array<string>] = ["session", "agent", "org"]
const budget = { toolCallsRemaining: 200, errorBudgetRemaining: 100, ticksRemaining: 60 }

/** The ids of a kind that a conversation has shown. */
const idsIn = ({ messages }: ModelRequest, key: string): ReadonlyArray<string> =>
  messages.flatMap((message) =>
    message.role === "tool" ? message.results.flatMap(({ output }) => idsOf(output, key)) : []
  )

const idsOf = (output: Json, key: string): ReadonlyArray<string> => {
  if (typeof output !== "object" || output === null) return []
  const own = (output as { readonly [key: string]: Json })[key]
  return [...(typeof own === "string" ? [own] : []), ...Object.values(output).flatMap((value) => idsOf(value, key))]
}

const model = (seed: number) =>
  ScriptedModel.layer(
    (request, turn) => {
      const random = randomStream(seed, `memory:${request.sessionId}:${turn}:${request.messages.length}`)
      const [proposals, memories] = [idsIn(request, "proposalId"), idsIn(request, "memoryId")]
      const scope = random.pick(scopes)
      const call = (toolName: string, input: Json): ScriptedModel.ScriptedTurn => ({
        toolCalls: [{ callId: `${turn}-${random.below(1_000_000)}`, toolName, input }]
      })
      const what = random.below(12)
      if (what === 0) return { content: `Answer ${turn}.` }
      if (what < 5) {
        const content = `Fact ${turn} of ${request.sessionId}. `.repeat(random.chance(0.2) ? 100 : 1)
        return call("memory_propose", { scope, entries: [{ content }] })
      }
      if (what < 9 && proposals.length > 0) {
        const supersedes = random.chance(0.3) && memories.length > 0 ? { supersedes: memories.at(-1) ?? "" } : {}
        return call("memory_commit", { proposalId: proposals.at(-1) ?? "", ...supersedes })
      }
      if (what < 10 && memories.length > 0) {
        return call("memory_forget", { memoryId: memories.at(0) ?? "", reason: "out of date" })
      }
      return call("memory_query", { scope, query: "fact" })
    },
    { contextWindowTokens: 6_000 }
  )

/** Shared memories, by name of the agent, as the records of all sessions give them. */
const sharedBy = (all: ReadonlyArray<EventRecord>): ReadonlyMap<string, string> => {
  const known = new Map<string, string>()
  const committed = ofType(all, "MemoryCommitted")
  for (const { memoryId, owner = "", scope } of committed) if (scope !== "session") known.set(memoryId, owner)
  for (const { supersedes } of committed) if (supersedes !== undefined) known.delete(supersedes)
  for (const { memoryId } of ofType(all, "MemoryTombstoned")) known.delete(memoryId)
  return known
}

const program = Effect.gen(function* () {
  const system = yield* ActorSystem
  yield* Effect.forEach(
    names,
    (name) =>
      Effect.gen(function* () {
        const policy = { allow: ["memory:read:*", "memory:write:*"], gate: [] }
        const agent = yield* system.get(name).pipe(Effect.orElse(() => system.spawn({ name, sessionId: name, policy })))
        for (let run = 0; run < 4; run++) {
          yield* Effect.ignore(agent.outcome)
          yield* Effect.ignore(agent.run(`What do you know of facts, ${run}?`, { budget }))
        }
      }).pipe(Effect.retry({ times: 50 })),
    { concurrency: "unbounded" }
  )
  const { knownTo } = yield* SharedMemories
  const { seal } = yield* Identity
  return yield* Effect.forEach(names, (name) => Effect.retry(knownTo(name, seal), { times: 50 }))
})

const once: Invariant = {
  name: "a proposal is committed at most once, and only after it was made",
  onRecord: (record, { foldedBefore: { values } }) => {
    const [committed] = ofType([record], "MemoryCommitted")
    const waiting = Life.sessionFold.projections.valueOf(values, Memory.memory)?.made?.proposals ?? []
    return committed === undefined || waiting.some(({ proposalId }) => proposalId === committed.proposalId)
      ? undefined
      : `${committed.proposalId} was committed and did not wait for it`
  }
}

const live = (seed: number) =>
  Simulation.run(program, {
    seed,
    faults: "all",
    model: model(seed),
    tools: Layer.orDie(Praxis.layerWithoutFiles()),
    thresholds: { ...confident, verifySideEffectPressure: 1, exploreContextPressure: 1, errorStreakMax: 1_000 },
    invariants: [once]
  })

describe("memory under faults", () => {
  it("memory under faults is what the journals say, and one seed tells one story", { timeout: 120_000 }, () => {
    let committed = 0
    let crashes = 0
    for (let seed = 1; seed <= 6; seed++) {
      const result = live(seed)
      assert.deepStrictEqual(result.violations, [], `seed ${seed}`)
      crashes += result.crashes
      const records = result.history.sessions.flatMap((session) => session.records)
      const shared = sharedBy(records)
      committed += shared.size
      assert(result.exit?._tag === "Success")
      for (const [index, found] of result.exit.value.entries()) {
        const expected = [...shared].filter(([, owner]) => owner === "" || owner === names[index]).map(([id]) => id)
        assert.deepStrictEqual(
          found.map(({ memoryId }) => memoryId),
          expected.toSorted(),
          `seed ${seed}, ${names[index]}`
        )
      }
      if (seed === 1) assert.strictEqual(live(seed).digest, result.digest)
    }
    assert.isAbove(committed, 10)
    assert.isAbove(crashes, 1)
  })
})
