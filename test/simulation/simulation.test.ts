/** Whole simulations: the same seed is the same story, faults strike, crashes lose what is not durable and no more. */
import { afterEach, assert, describe, it } from "@effect/vitest"
import { Effect, HashSet, Ref } from "effect"
import { spawnSync } from "node:child_process"
import { readFileSync } from "node:fs"
import { ActorSystem } from "../../src/actors/ActorSystem.js"
import { Decisions } from "../../src/simulation/Decisions.js"
import {
  faultNames,
  invariants,
  Simulation,
  SimulationError,
  type Schedule,
  world
} from "../../src/simulation/index.js"
import { outcomesStand, snapshotsFold } from "../../src/simulation/observed.js"
import { breathe } from "../support/breathe.js"
import { crashAt, seedWith } from "../support/seeds.js"

const small = world({ agents: 2, ticks: 12 })

const crashSeed = seedWith("crash")

const digestElsewhere = (seed: number): string => {
  const script =
    `import { Simulation, world } from ${JSON.stringify(new URL("../../src/simulation/index.ts", import.meta.url).href)}\n` +
    `console.log(Simulation.run(world({ agents: 2, ticks: 12 }), { seed: ${seed}, faults: "all" }).digest)`
  const { stderr, stdout } = spawnSync(process.execPath, ["--import", "tsx", "--input-type=module", "--eval", script], {
    encoding: "utf8",
    timeout: 60_000
  })
  assert.strictEqual(stderr.replaceAll(/^.*ExperimentalWarning.*$/gm, "").trim(), "")
  return stdout.trim()
}

afterEach(breathe)

describe("a seed", () => {
  it("a seed gives the same story each time, and another seed another one", { timeout: 120_000 }, () => {
    const digests = [1, 1, 2, 2, 3, 3].map((seed) => Simulation.run(small, { seed, faults: "all" }).digest)
    assert.deepStrictEqual([digests[0], digests[2], digests[4]], [digests[1], digests[3], digests[5]])
    assert.strictEqual(new Set(digests).size, 3)
  })

  it("a seed gives the same story in another process", { timeout: 120_000 }, () => {
    const here = Simulation.run(small, { seed: 7, faults: "all" }).digest
    assert.deepStrictEqual([digestElsewhere(7), digestElsewhere(7)], [here, here])
  })

  it("a seed is deterministic under every schedule", { timeout: 120_000 }, () => {
    const digest = (schedule: Schedule) => Simulation.run(small, { seed: 5, schedule, faults: "all" }).digest
    const schedules = ["fifo", "random", "pct"] as const
    assert.deepStrictEqual(schedules.map(digest), schedules.map(digest))
    assert.strictEqual(new Set(schedules.map(digest)).size, 3)
  })

  it("a seed decides the order of an unordered set, too", () => {
    const things = Effect.sync(() => [...HashSet.fromIterable([1, 2, 3, 4, 5].map((n) => ({ n })))].map(({ n }) => n))
    const order = (seed: number) => {
      const { exit } = Simulation.run(things, { seed })
      assert(exit?._tag === "Success")
      return exit.value.join("")
    }
    const orders = [1, 2, 3, 4].map(order)
    assert.deepStrictEqual([1, 2, 3, 4].map(order), orders)
    assert.isAbove(new Set(orders).size, 1)
  })

  it("a seed must be a whole number from 0 to 2^53 - 1", () => {
    for (const seed of [-1, 1.5, Number.NaN, Number.POSITIVE_INFINITY, 2 ** 53]) {
      assert.throws(() => Simulation.run(Effect.void, { seed }), SimulationError, "a seed is a whole number")
    }
  })
})

describe("a stream of choices", () => {
  it("a stream of choices is not shifted by one more draw in another", () => {
    const draws = (others: number) => {
      const decisions = new Decisions(1)
      for (let n = 0; n < others; n++) decisions.stream("other").below(10)
      return Array.from({ length: 20 }, () => decisions.stream("mine").below(1_000))
    }
    assert.deepStrictEqual(draws(1), draws(0))
    assert.isAbove(new Set(draws(0)).size, 10)
  })
})

describe("what cannot go on", () => {
  it("a program that awaits a promise is a violation: a deadlock", () => {
    const { error, exit, violations } = Simulation.run(
      Effect.promise(() => new Promise<void>(() => {})),
      { seed: 1 }
    )
    assert.isUndefined(exit)
    assert.strictEqual(error?.reason, "Deadlock")
    assert.deepStrictEqual(error?.waiting, ["the main fiber"])
    assert.deepStrictEqual(
      violations.map(({ invariant }) => invariant),
      ["the program ends"]
    )
  })

  it("a program beyond the limit of time or steps is a violation with the reason", () => {
    const forever = Effect.forever(Effect.sleep("1 second"))
    const reason = (limits: object) => Simulation.run(forever, { seed: 1, limits }).error?.reason
    assert.strictEqual(reason({ virtualMsMax: 60_000 }), "TimeLimit")
    assert.strictEqual(reason({ tasksMax: 1_000 }), "TaskLimit")
  })

  it("a program that fails is a violation as well", () => {
    const { violations } = Simulation.run(Effect.fail("no"), { seed: 1 })
    assert.deepStrictEqual(
      violations.map(({ invariant }) => invariant),
      ["the program succeeds"]
    )
  })
})

describe("faults", () => {
  it("all faults strike somewhere within 60 seeds, and nothing goes wrong", { timeout: 240_000 }, async () => {
    const struck = new Set<string>()
    for (let seed = 0; seed < 60 && struck.size < faultNames.length; seed++) {
      await breathe()
      const { faults, violations } = Simulation.run(world({ agents: 2, ticks: 20 }), { seed, faults: "all" })
      assert.deepStrictEqual(violations, [], `seed ${seed}`)
      for (const [fault, times] of Object.entries(faults)) if (times > 0) struck.add(fault)
    }
    assert.deepStrictEqual(
      faultNames.filter((fault) => !struck.has(fault)),
      []
    )
  })

  it("faults that were enabled and never struck are reported", () => {
    const results = Array.from({ length: 30 }, (_, seed) =>
      Simulation.run(world({ agents: 1, ticks: 4 }), { seed, faults: ["model-timeout", "crash"] })
    )
    for (const { faults, unfired } of results) {
      for (const fault of unfired) assert.strictEqual(faults[fault], 0)
    }
    assert.isTrue(results.some(({ unfired }) => unfired.includes("model-timeout")))
    // In a program without any opportunity, each fault that was switched on and had nothing to strike is named as well.
    const idle = Simulation.run(Effect.void, { seed: seedWith("tool-hang", "model-timeout"), faults: "all" })
    assert.includeMembers<string>([...idle.unfired], ["tool-hang", "model-timeout"])
    assert.strictEqual(idle.unfired.length, Object.keys(idle.faults).length)
    assert.isTrue(results.some(({ faults, unfired }) => (faults["model-timeout"] ?? 0) > 0 && unfired.length === 0))
  })
})

describe("Verify", () => {
  it("Verify is entered, held by changes that nothing has read, and left for Execute, in some of 60 seeds", {
    timeout: 120_000
  }, async () => {
    const ways = [
      "Execute to Verify: changesPressed",
      "Explore to Verify: changesUnverified",
      "Verify to Execute: inRange"
    ]
    const seen = new Set<string>()
    for (let seed = 1; seed <= 60 && ways.some((way) => !seen.has(way)); seed++) {
      await breathe()
      const { history } = Simulation.run(world({ agents: 2, ticks: 8 }), { seed, faults: "all" })
      for (const { kind } of history.sessions.flatMap(({ records }) => records)) {
        if (kind.type === "ModeChanged") seen.add(`${kind.from} to ${kind.to}: ${kind.rule}`)
      }
    }
    assert.includeMembers([...seen], ways)
  })
})

describe("a checkpoint in the middle of a long run", () => {
  it("a new process goes on from a checkpoint of a long run, in some of 40 seeds", { timeout: 120_000 }, async () => {
    let resumed = 0
    for (let seed = 0; seed < 40 && resumed === 0; seed++) {
      await breathe()
      const { history, violations } = Simulation.run(world({ agents: 1, ticks: 100 }), { seed, faults: ["crash"] })
      assert.deepStrictEqual(violations, [], `seed ${seed}`)
      for (const { records } of history.sessions) {
        let runStart = Number.POSITIVE_INFINITY
        for (const { kind, sequence } of records) {
          if (kind.type === "RunStarted") runStart = sequence
          else if (kind.type === "RunFinished" || kind.type === "RunErrored") runStart = Number.POSITIVE_INFINITY
          else if (kind.type === "SessionResumed" && (kind.fromCheckpoint ?? 0) > runStart) resumed++
        }
      }
    }
    assert.isAbove(resumed, 0)
  })
})

describe("docs/simulation.md", () => {
  it("docs/simulation.md names every fault and every invariant", () => {
    const page = readFileSync(new URL("../../docs/simulation.md", import.meta.url), "utf8")
    const rules = [...invariants.map(({ name }) => name), snapshotsFold, outcomesStand]
    const rows = [...faultNames.map((fault) => `| \`${fault}\` |`), ...rules.map((name) => `| ${name} |`)]
    assert.deepStrictEqual(
      rows.filter((row) => !page.includes(row)),
      []
    )
  })
})

describe("a crash", () => {
  it("a crash loses what is not durable and keeps what is", () => {
    const seen: Array<{ readonly memory: number; readonly head: number }> = []
    const program = Effect.gen(function* () {
      const system = yield* ActorSystem
      const memory = yield* Ref.make(0)
      const agent = yield* system.get("ada").pipe(Effect.orElse(() => system.spawn({ name: "ada", sessionId: "ada" })))
      seen.push({ memory: yield* Ref.get(memory), head: (yield* agent.snapshot).head })
      if (seen.length > 1) return
      yield* Ref.set(memory, 1)
      yield* agent.tell("Remember me.")
      return yield* Effect.forever(Effect.yieldNow())
    })
    const { crashes, history } = Simulation.run(program, { seed: crashSeed, faults: ["crash"], replay: crashAt(500) })
    assert.strictEqual(crashes, 1)
    assert.strictEqual(seen.length, 2)
    assert.strictEqual(seen[1]?.memory, 0)
    assert.isAbove(seen[1]?.head ?? 0, seen[0]?.head ?? 0)
    assert.isTrue(history.session("ada")?.records.some(({ kind }) => kind.type === "UserMessage") === true)
  })
})

describe("a replay", () => {
  it("a replay of the departures gives the same story, and departs in the same places", () => {
    for (const seed of [1, 2, 3, 4]) {
      const drawn = Simulation.run(small, { seed, faults: "all" })
      const again = Simulation.run(small, { seed, faults: "all", replay: drawn.departures })
      assert.strictEqual(again.digest, drawn.digest)
      assert.deepStrictEqual(again.departures, drawn.departures)
    }
  })

  it("a replay of nothing is the faultless run in the usual order", () => {
    for (const seed of [1, 2, 3, 4]) {
      const empty = Simulation.run(small, { seed, faults: "all", replay: [] })
      const plain = Simulation.run(small, { seed, schedule: "fifo" })
      assert.strictEqual(empty.digest, plain.digest)
      assert.isAbove(empty.events, 0)
    }
  })
})

describe("a recorded journal", () => {
  it("a recorded journal can be the start: its records keep their digests, and the story goes on after them", () => {
    const one = world({ agents: 1, ticks: 6 })
    const recorded = Simulation.run(one, { seed: 3 }).history.session("agent-0")?.records ?? []
    assert.isAbove(recorded.length, 20)
    const { history, violations } = Simulation.run(one, { seed: 4, recorded })
    const records = history.session("agent-0")?.records ?? []
    assert.deepStrictEqual(
      records.slice(0, recorded.length).map(({ digest }) => digest),
      recorded.map(({ digest }) => digest)
    )
    assert.isAbove(records.length, recorded.length)
    assert.deepStrictEqual(violations, [])
  })
})
