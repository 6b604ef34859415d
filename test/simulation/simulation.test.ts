/** Whole simulations: the same seed is the same story, faults strike, crashes lose what is not durable and no more. */
import { afterEach, assert, describe, it } from "@effect/vitest"
import { Effect, Layer, Ref } from "effect"
import { spawnSync } from "node:child_process"
import { readFileSync } from "node:fs"
import { ActorSystem } from "../../src/actors/ActorSystem.js"
import { type EventRecord, isRawKind, Journal, type JournalError } from "../../src/layers/aios/index.js"
import { ScriptedModel } from "../../src/layers/arcan/index.js"
import { Decisions } from "../../src/simulation/Decisions.js"
import {
  type Departure,
  type Fault,
  faultNames,
  invariants,
  Simulation,
  SimulationError,
  type Schedule,
  world
} from "../../src/simulation/index.js"
import { outcomesStand, snapshotsFold } from "../../src/simulation/observed.js"
import { breathe } from "../support/breathe.js"
import { confident } from "../support/world.js"

const small = world({ agents: 2, ticks: 12 })

const first = <A>(items: ReadonlyArray<A>): A => {
  const [item] = items
  assert(item !== undefined)
  return item
}

/** A seed whose swarm has these faults on. */
const seedWith = (...faults: ReadonlyArray<Fault>): number =>
  first(
    Array.from({ length: 200 }, (_, seed) => seed).filter(
      (seed) => Object.keys(Simulation.run(Effect.void, { seed, faults }).faults).length === faults.length
    )
  )

const crashSeed = seedWith("crash")

const crashAt = (draw: number): ReadonlyArray<Departure> => [{ stream: "fault:crash", draw, value: 1 }]

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
  it("gives the same story each time, and another seed another one", () => {
    const digests = [1, 1, 2, 2, 3, 3].map((seed) => Simulation.run(small, { seed, faults: "all" }).digest)
    assert.deepStrictEqual([digests[0], digests[2], digests[4]], [digests[1], digests[3], digests[5]])
    assert.strictEqual(new Set(digests).size, 3)
  })

  it("gives the same story in another process", { timeout: 120_000 }, () => {
    const here = Simulation.run(small, { seed: 7, faults: "all" }).digest
    assert.deepStrictEqual([digestElsewhere(7), digestElsewhere(7)], [here, here])
  })

  it("is deterministic under every schedule", () => {
    const digest = (schedule: Schedule) => Simulation.run(small, { seed: 5, schedule, faults: "all" }).digest
    const schedules = ["fifo", "random", "pct"] as const
    assert.deepStrictEqual(schedules.map(digest), schedules.map(digest))
    assert.strictEqual(new Set(schedules.map(digest)).size, 3)
  })

  it("must be a whole number from 0 to 2^53 - 1", () => {
    for (const seed of [-1, 1.5, Number.NaN, Number.POSITIVE_INFINITY, 2 ** 53]) {
      assert.throws(() => Simulation.run(Effect.void, { seed }), SimulationError, "a seed is a whole number")
    }
  })
})

describe("a stream of choices", () => {
  it("is not shifted by one more draw in another", () => {
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
  it("is a violation with the reason: a promise is a deadlock", () => {
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

  it("is a violation with the reason: time and steps are limited", () => {
    const forever = Effect.forever(Effect.sleep("1 second"))
    const reason = (limits: object) => Simulation.run(forever, { seed: 1, limits }).error?.reason
    assert.strictEqual(reason({ virtualMsMax: 60_000 }), "TimeLimit")
    assert.strictEqual(reason({ tasksMax: 1_000 }), "TaskLimit")
  })

  it("is a violation as well when the program fails", () => {
    const { violations } = Simulation.run(Effect.fail("no"), { seed: 1 })
    assert.deepStrictEqual(
      violations.map(({ invariant }) => invariant),
      ["the program succeeds"]
    )
  })
})

describe("faults", () => {
  it("all strike somewhere within 60 seeds, and nothing goes wrong", { timeout: 240_000 }, async () => {
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

  it("that were enabled and never struck are reported", () => {
    const results = Array.from({ length: 30 }, (_, seed) =>
      Simulation.run(world({ agents: 1, ticks: 4 }), { seed, faults: ["model-timeout", "crash"] })
    )
    for (const { faults, unfired } of results) {
      for (const fault of unfired) assert.strictEqual(faults[fault], 0)
    }
    assert.isTrue(results.some(({ unfired }) => unfired.includes("model-timeout")))
    // A program without any opportunity: what was switched on and had nothing to strike is named as well.
    const idle = Simulation.run(Effect.void, { seed: seedWith("tool-hang", "model-timeout"), faults: "all" })
    assert.includeMembers<string>([...idle.unfired], ["tool-hang", "model-timeout"])
    assert.strictEqual(idle.unfired.length, Object.keys(idle.faults).length)
    assert.isTrue(results.some(({ faults, unfired }) => (faults["model-timeout"] ?? 0) > 0 && unfired.length === 0))
  })
})

describe("a checkpoint in the middle of a long run", () => {
  it("is where a process that begins anew goes on from, in some of 40 seeds", { timeout: 120_000 }, async () => {
    let resumed = 0
    for (let seed = 0; seed < 40 && resumed === 0; seed++) {
      await breathe()
      const { history, violations } = Simulation.run(world({ agents: 1, ticks: 100 }), { seed, faults: ["crash"] })
      assert.deepStrictEqual(violations, [], `seed ${seed}`)
      for (const { records } of history.sessions) {
        let runStart = Number.POSITIVE_INFINITY
        for (const { kind, sequence } of records) {
          if (isRawKind(kind)) continue
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
  it("names every fault and every invariant", () => {
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
  it("loses what is not durable and keeps what is", () => {
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
    assert.isTrue(
      history.session("ada")?.records.some(({ kind }) => !isRawKind(kind) && kind.type === "UserMessage") === true
    )
  })
})

describe("a replay", () => {
  it("of the departures gives the same story, and departs in the same places", () => {
    for (const seed of [1, 2, 3, 4]) {
      const drawn = Simulation.run(small, { seed, faults: "all" })
      const again = Simulation.run(small, { seed, faults: "all", replay: drawn.departures })
      assert.strictEqual(again.digest, drawn.digest)
      assert.deepStrictEqual(again.departures, drawn.departures)
    }
  })

  it("of nothing is the faultless run in the usual order", () => {
    for (const seed of [1, 2, 3, 4]) {
      const empty = Simulation.run(small, { seed, faults: "all", replay: [] })
      const plain = Simulation.run(small, { seed, schedule: "fifo" })
      assert.strictEqual(empty.digest, plain.digest)
      assert.isAbove(empty.events, 0)
    }
  })
})

describe("a recorded journal", () => {
  it("can be the start: its records keep their digests, and the story goes on behind them", () => {
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

describe("one round of thinking and acting", () => {
  const model = ScriptedModel.layer((_, turn) =>
    turn === 0 ? ScriptedModel.call("paint", { n: 1 }) : { content: "Painted." }
  )
  const program = Effect.gen(function* () {
    const system = yield* ActorSystem
    const agent = yield* system.get("ada").pipe(Effect.orElse(() => system.spawn({ name: "ada", sessionId: "ada" })))
    const { head, lastRun, run } = yield* agent.snapshot
    if (run === undefined && lastRun === undefined) return yield* agent.run("Paint.")
    assert.isAbove(head, 0)
    return yield* agent.outcome
  }).pipe(Effect.retry({ while: ({ _tag }) => _tag === "JournalError", times: 2 }))
  const transcript = (records: ReadonlyArray<EventRecord>) =>
    records.flatMap(({ kind }) => {
      if (isRawKind(kind)) return []
      switch (kind.type) {
        case "UserMessage":
        case "AssistantMessage":
          return [`${kind.type}: ${kind.content}`]
        case "ToolCall":
          return [`${kind.type}: ${kind.toolName}`]
        case "ToolResult":
          return [`${kind.type}: ${kind.status}`]
        case "RunFinished":
          return [`${kind.type}: ${kind.reason}`]
        default:
          return []
      }
    })
  const journalFaults = ["journal-busy", "journal-full", "journal-lost-reply"] as const
  const seed = seedWith("crash", ...journalFaults)
  /** How many appends a life of the process begins, and how many of them become durable. */
  interface Life {
    begun: number
    stored: number
  }
  const run = (replay: ReadonlyArray<Departure>) => {
    const lives: Array<Life> = []
    const journal = (layer: Layer.Layer<Journal, JournalError>) =>
      Layer.effect(
        Journal,
        Effect.map(Journal, (inner) => {
          const life: Life = { begun: 0, stored: 0 }
          lives.push(life)
          const append: typeof inner.append = (events) =>
            Effect.suspend(() => {
              life.begun++
              return Effect.tap(inner.append(events), () => {
                life.stored++
              })
            })
          return { ...inner, append }
        })
      ).pipe(Layer.provide(layer))
    const result = Simulation.run(program, {
      seed,
      faults: ["crash", ...journalFaults],
      limits: { crashesMax: 1 },
      thresholds: confident,
      model,
      journal,
      replay
    })
    return { ...result, lives, story: transcript(result.history.session("ada")?.records ?? []) }
  }
  const undisturbed = run([])
  const first = undisturbed.lives[0]
  assert(first !== undefined)

  it("comes to its end when nothing happens", () => {
    assert.include(undisturbed.story.join("\n"), "ToolResult: ok")
    assert.strictEqual(undisturbed.story.at(-1), "RunFinished: completed")
    assert.isAtLeast(first.stored, 5)
  })

  const points: Array<Life> = []

  it("ends the same way from every point at which the process can die", { timeout: 120_000 }, () => {
    for (;;) {
      const { crashes, lives, story, violations } = run(crashAt(points.length))
      assert.deepStrictEqual(violations, [], `a crash before task ${points.length}`)
      if (crashes === 0) break
      assert.deepStrictEqual(story, undisturbed.story, `a crash before task ${points.length}`)
      // Who dies before it has a journal begins nothing.
      points.push((lives.length === 2 ? lives[0] : undefined) ?? { begun: 0, stored: 0 })
    }
    assert.isAbove(points.length, 40)
  })

  for (const fault of journalFaults) {
    it(`ends the same way whichever append ${fault} hits, also when the process dies right then`, () => {
      // The reply to the last append comes when the program, and all faults with it, have ended.
      const appends = fault === "journal-lost-reply" ? first.stored - 1 : first.begun
      for (let append = 0; append < appends; append++) {
        const hit: Departure = { stream: `fault:${fault}`, draw: append, value: 1 }
        // The append has been refused, or is durable, in the step before this one.
        const reached = ({ begun, stored }: Life) => (fault === "journal-lost-reply" ? stored : begun) > append
        const step = points.some(reached) ? points.findIndex(reached) : points.length
        assert.isAbove(step, 0)
        for (const replay of [[hit], [hit, ...crashAt(step)]]) {
          const { crashes, faults, story, violations } = run(replay)
          const where = `append ${append}, ${crashes} crashes`
          assert.deepStrictEqual([faults[fault], crashes], [1, replay.length - 1], where)
          assert.deepStrictEqual(violations, [], where)
          assert.deepStrictEqual(story, undisturbed.story, where)
        }
      }
    })
  }
})
