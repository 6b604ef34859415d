/** Search for seeds that show a bug, and for the few choices that make it show. */
import { assert, describe, it } from "@effect/vitest"
import { Effect, Ref } from "effect"
import { ActorSystem } from "../../src/actors/ActorSystem.js"
import { type Departure, type Invariant, Simulation, SimulationError } from "../../src/simulation/index.js"
import { shrink } from "../../src/simulation/shrink.js"

const departure = (stream: string, draw: number): Departure => ({ stream, draw, value: 1 })

const has = (list: ReadonlyArray<Departure>, stream: string, draw: number): boolean =>
  list.some((each) => each.stream === stream && each.draw === draw)

/** Two fibers add to one counter, the second some steps later; `gap` runs between reading and writing. */
const adders = (gap: Effect.Effect<void>) =>
  Effect.gen(function* () {
    const counter = yield* Ref.make(0)
    const add = Effect.flatMap(Ref.get(counter), (n) => Effect.zipRight(gap, Ref.set(counter, n + 1)))
    const later = Effect.zipRight(Effect.repeatN(Effect.yieldNow(), 3), add)
    yield* Effect.all([add, later], { concurrency: "unbounded", discard: true })
    const sum = yield* Ref.get(counter)
    if (sum !== 2) return yield* Effect.fail(`an update was lost: ${sum}`)
  })

const seeds = { from: 1, count: 400 }

describe("exploring", () => {
  it("exploring finds a lost update that the usual order never shows, and shrinks it", () => {
    const buggy = adders(Effect.yieldNow())
    assert.lengthOf(Simulation.run(buggy, { seed: 1, schedule: "fifo" }).violations, 0)
    const finding = Simulation.explore(buggy, { seeds, schedule: "random" })
    assert.isDefined(finding)
    const { departures, result } = finding.shrunk
    assert.strictEqual(result.violations[0]?.invariant, "the program succeeds")
    assert.include(result.violations[0]?.message, "an update was lost")
    assert.isBelow(departures.length, finding.result.departures.length / 2)
    const again = Simulation.run(buggy, { seed: finding.seed, schedule: "random", replay: departures })
    assert.deepStrictEqual(again.violations, result.violations)
    assert.deepStrictEqual(again.departures, departures)
  })

  it("exploring shrinks a failure that needs one fault to that fault", () => {
    const impatient = Effect.gen(function* () {
      const agent = yield* (yield* ActorSystem).spawn({ name: "ada", sessionId: "ada" })
      for (let n = 0; n < 20; n++) yield* agent.tell(`Message ${n}.`)
    })
    const finding = Simulation.explore(impatient, { seeds, faults: ["journal-busy", "subscriber-slow"] })
    assert.deepStrictEqual(
      finding?.shrunk.departures.map(({ stream }) => stream),
      ["fault:journal-busy"]
    )
  })

  it("exploring says that a finding does not repeat when state outside goes on from run to run, and `fresh` mends it", () => {
    // Fails when two runs have shared a list.
    const program = (list: Array<number>) =>
      Effect.flatMap(ActorSystem, (system) =>
        system.spawn({ name: `ada-${list.push(0)}` }).pipe(
          Effect.as(list.length),
          Effect.filterOrFail((n) => n < 2)
        )
      )
    const leaky = Simulation.explore(program([]), { seeds })
    assert.isDefined(leaky)
    assert.isFalse(leaky.repeats)
    assert.include(Simulation.report(leaky), "make it in `fresh`")
    assert.strictEqual(leaky.shrunk.departures, leaky.result.departures)

    let list: Array<number> = []
    const growing: Invariant = { name: "small", atEnd: () => (list.length > 1 ? "it grew" : undefined) }
    const grows = Effect.sync(() => list.push(0))
    const fresh = () => {
      list = []
      return { invariants: [growing] }
    }
    assert.isUndefined(Simulation.explore(grows, { seeds: [1, 2], fresh }))
  })

  it("a replay needs no list of faults, and names the departures that it had no use for", () => {
    const impatient = Effect.gen(function* () {
      const agent = yield* (yield* ActorSystem).spawn({ name: "ada", sessionId: "ada" })
      for (let n = 0; n < 20; n++) yield* agent.tell(`Message ${n}.`)
    })
    const finding = Simulation.explore(impatient, { seeds, faults: ["journal-busy"] })
    assert.isTrue(finding?.repeats)
    const { departures, result } = finding.shrunk
    const strange = departure("nowhere", 0)
    const again = Simulation.run(impatient, { seed: finding.seed, replay: [...departures, strange] })
    assert.deepStrictEqual(
      [again.digest, again.violations, again.unused],
      [result.digest, result.violations, [strange]]
    )
    // @ts-expect-error -- a misspelt name, as from JavaScript
    const misspelt = () => Simulation.run(impatient, { seed: 1, faults: ["crsh"] })
    assert.throws(misspelt, SimulationError, 'there is no fault "crsh"; did you mean crash')
  })

  it("exploring finds nothing in the fixed program", () => {
    assert.isUndefined(Simulation.explore(adders(Effect.void), { seeds }))
  })

  it("exploring gives the same finding each time", () => {
    const find = () => Simulation.explore(adders(Effect.yieldNow()), { seeds })
    const [one, two] = [find(), find()]
    assert.deepStrictEqual(
      [one?.seed, one?.runs, one?.shrunk.departures],
      [two?.seed, two?.runs, two?.shrunk.departures]
    )
  })

  it("exploring leaves the departures alone when it shall not shrink", () => {
    const finding = Simulation.explore(adders(Effect.yieldNow()), { seeds, shrink: false })
    assert.deepStrictEqual(finding?.shrunk.departures, finding?.result.departures)
    // One more run checks that the finding repeats.
    assert.strictEqual(finding?.runs, finding && finding.seed + 1)
  })

  it("exploring takes no more runs for shrinking than it may", () => {
    const finding = Simulation.explore(adders(Effect.yieldNow()), { seeds, shrinkRunsMax: 3 })
    assert.isDefined(finding)
    assert.isAtMost(finding.runs, finding.seed + 1 + 3)
  })

  it("exploring begins no run when the time is up", () => {
    assert.isUndefined(Simulation.explore(adders(Effect.yieldNow()), { seeds, timeBudgetMs: 0 }))
  })

  it("exploring takes seeds from a list, in its order", () => {
    assert.strictEqual(Simulation.explore(Effect.fail("always"), { seeds: [9, 4], shrink: false })?.seed, 9)
  })

  it("exploring refuses an impossible number of seeds", () => {
    for (const count of [0, -1, 1.5, Number.NaN]) {
      assert.throws(
        () => Simulation.explore(Effect.void, { seeds: { from: 1, count } }),
        SimulationError,
        "seeds.count"
      )
    }
  })
})

describe("the report of a finding", () => {
  const finding = Simulation.explore(adders(Effect.yieldNow()), { seeds, schedule: "random" })

  it("the report of a finding names seed, invariant and message, and holds the options that repeat it", () => {
    assert.isDefined(finding)
    const text = Simulation.report(finding)
    assert.include(text, `seed ${finding.seed}: the program succeeds does not hold`)
    const options: unknown = JSON.parse(
      text.slice(text.indexOf("(program, ") + 10, -1).replace("...options, ...options.fresh?.(), ", "")
    )
    assert.deepStrictEqual(options, { seed: finding.seed, replay: finding.shrunk.departures })
  })

  it("the report of a finding ends in the command of the seed when there is one", () => {
    assert.isDefined(finding)
    const text = Simulation.report(finding, "life sim --faults all")
    assert.match(text, new RegExp(`replay: life sim --faults all --seed ${finding.seed}$`))
  })
})

describe("shrinking", () => {
  const all = ["a", "b", "c"].flatMap((stream) => Array.from({ length: 200 }, (_, draw) => departure(stream, draw)))

  it("shrinking leaves only the departures that matter, in their order", () => {
    let runs = 0
    const least = shrink(all, (list) => {
      runs++
      return has(list, "a", 150) && has(list, "a", 3) && has(list, "c", 77)
    })
    assert.deepStrictEqual(least, [departure("a", 3), departure("a", 150), departure("c", 77)])
    assert.isBelow(runs, 200)
  })

  it("shrinking leaves out whole streams first", () => {
    const asked: Array<ReadonlySet<string>> = []
    shrink(all, (list) => {
      asked.push(new Set(list.map(({ stream }) => stream)))
      return has(list, "b", 0)
    })
    assert.deepStrictEqual(
      asked.slice(0, 2).map((streams) => streams.size),
      [0, 2]
    )
    assert.deepStrictEqual(new Set(asked.slice(4).flatMap((streams) => [...streams])), new Set(["b"]))
  })

  it("shrinking gives the empty list when the fault is there without any departure", () => {
    assert.deepStrictEqual(
      shrink(all, () => true),
      []
    )
  })

  it("shrinking stops where it is when it may not ask any more", () => {
    let asks = 0
    const least = shrink(all, (list) => (++asks > 10 ? undefined : has(list, "b", 199)))
    assert.strictEqual(asks, 11)
    assert.isTrue(has(least, "b", 199))
  })
})
