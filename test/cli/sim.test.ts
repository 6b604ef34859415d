import { assert, describe, it } from "@effect/vitest"
import { Deferred, Duration, Effect, Either, Fiber } from "effect"
import { readFileSync } from "node:fs"
import { join } from "node:path"
import { type CliError, failure } from "../../src/cli/CliError.js"
import { Output } from "../../src/cli/Output.js"
import { type Line, render } from "../../src/cli/render/line.js"
import { Signals } from "../../src/cli/Signals.js"
import { faultsText, parseDuration, parseFaults, parseSeeds } from "../../src/cli/sim/parse.js"
import { failureLines } from "../../src/cli/sim/report.js"
import { sweep } from "../../src/cli/sim/sweep.js"
import { type Invariant, Simulation, world } from "../../src/simulation/index.js"
import { life, start, workspace } from "./command.js"

const small = ["--agents", "2", "--ticks", "3"]
const setting = { agents: 1, ticks: 2, faults: [] } as const

const nobodyAnswers: Invariant = {
  name: "nobody answers",
  onRecord: ({ kind }) => (kind.type === "AssistantMessage" ? "somebody did" : undefined)
}

const broken = (seed: number) =>
  Simulation.run(world(setting), { seed, faults: [], invariants: seed % 2 === 0 ? [nobodyAnswers] : [] })

/** A console that keeps its lines, and a signal that comes when the test says so. */
const console = Effect.map(Deferred.make<CliError>(), (signal) => {
  const lines: Array<string> = []
  const notes: Array<string> = []
  const keep = (into: Array<string>) => (line: Line) => Effect.sync(() => void into.push(render(line)))
  const output = Output.of({
    line: keep(lines),
    lines: keep(lines),
    json: keep(lines),
    note: keep(notes),
    text: () => Effect.void,
    status: () => Effect.void,
    showsStatus: false,
    ask: () => Effect.succeed(undefined),
    interactive: false,
    showsSecrets: false
  })
  const on = <A, E>(effect: Effect.Effect<A, E, Output | Signals>) =>
    effect.pipe(
      Effect.provideService(Output, output),
      Effect.provideService(Signals, { first: Deferred.await(signal) })
    )
  return { lines, notes, on, signal }
})

const plan = { ...setting, seeds: { first: 1, last: 5 }, timeBudget: undefined, json: false }

describe("life sim", { timeout: 60_000 }, () => {
  it("life sim gives the same lines for the same seeds in two processes, one for each and nothing else", async () => {
    const args = ["sim", "--seeds", "3..6", ...small, "--json"]
    const [one, other] = await Promise.all([life(args), life(args)])
    assert.strictEqual(one.code, 0, one.stderr)
    assert.strictEqual(one.stdout, other.stdout)
    const results = one.stdout
      .trimEnd()
      .split("\n")
      .map((line): Record<string, unknown> => JSON.parse(line))
    assert.deepStrictEqual(
      results.map(({ seed }) => seed),
      [3, 4, 5, 6]
    )
    for (const result of results) {
      assert.deepStrictEqual(Object.keys(result), ["seed", "digest", "events", "virtualMs", "faults", "violations"])
      assert.match(String(result["digest"]), /^[0-9a-f]{64}$/)
    }
    assert.strictEqual(new Set(results.map(({ digest }) => digest)).size, 4)
  })

  it("life sim writes a trace with a line for each event, to the output or to a file", async () => {
    using place = workspace()
    const file = join(place.root, "trace.jsonl")
    const [shown, written, counted] = await Promise.all([
      life(["sim", "--seed", "7", ...small, "--trace"]),
      life(["sim", "--seed", "7", ...small, "--trace", file]),
      life(["sim", "--seed", "7", ...small, "--json"])
    ])
    assert.strictEqual(readFileSync(file, "utf8"), shown.stdout)
    assert.strictEqual(written.stdout, "")
    const { digest, events } = JSON.parse(counted.stdout)
    const records = shown.stdout
      .trimEnd()
      .split("\n")
      .map((line) => JSON.parse(line))
    assert.strictEqual(records.length, events)
    assert.include(shown.stderr, digest)
    for (const { sessionId, timestamp } of records) {
      assert.match(sessionId, /^agent-[01]$/)
      assert.match(timestamp, /^2026-/)
    }
  })

  it("life sim says that a trace cannot be written, and where", async () => {
    const { code, stderr } = await life(["sim", "--seed", "7", ...small, "--trace", "/nowhere/at/all"])
    assert.strictEqual(code, 1)
    assert.match(stderr, /cannot be written to \/nowhere\/at\/all/)
  })

  it("life sim begins no seed after its time, and ends at Ctrl-C between two seeds with its findings", async () => {
    const brief = life(["sim", "--seeds", "100000", ...small, "--time-budget", "50ms"])
    const endless = start(["sim", "--seeds", "100000", ...small, "--json"])
    await endless.line(() => true)
    endless.kill("SIGINT")
    const { code, stderr, stdout } = await endless.ended
    assert.strictEqual(code, 130)
    assert.include(stderr, `${stdout.trimEnd().split("\n").length} seed`)
    assert.match(stderr, /life: interrupted by SIGINT\n$/)
    const ended = await brief
    assert.strictEqual(ended.code, 0, ended.stderr)
    assert.match(ended.stdout, /^\d+ seeds?, 2 agents, 3 ticks, faults all: no violations\n/)
  })

  it.each([
    [["--seeds", "0"], /would try nothing/],
    [["--faults", "crash,meteor"], /no fault "meteor".*model-rate-limited.*subscriber-slow/],
    [["--time-budget", "soon"], /60s.*not "soon"/],
    [["--seed", "1.5"], /--seed takes/],
    [["--trace"], /add --seed/],
    [["--seed", "1", "--seeds", "2"], /leave out --seeds/],
    [["--seed", "1", "file"], /add --trace/]
  ] as const)("life sim refuses %j", async (args, message) => {
    const { code, stderr, stdout } = await life(["sim", ...args])
    assert.strictEqual(code, 2, stderr)
    assert.strictEqual(stdout, "")
    assert.match(stderr, /^life: [^\n]+\n$/)
    assert.match(stderr, message)
  })
})

describe("the command line of life sim", () => {
  it.each([
    ["many", /1\.\.300.*not "many"/],
    ["", /takes how many/],
    ["1.5", /takes how many/],
    ["-5", /takes how many/],
    ["1..x", /takes how many/],
    ["1..2..3", /takes how many/],
    ["9007199254740993", /to 9007199254740991/],
    ["9..3", /smaller seed first/]
  ] as const)("life sim refuses %j as seeds", (given, message) => {
    assert.match(Either.getOrThrow(Either.flip(parseSeeds(given))), message)
  })

  it("life sim takes a number of seeds, a range, and seed 0 in a range", () => {
    const ranges = ["20", "5..9", "0..0"].map((given) => Either.getOrThrow(parseSeeds(given)))
    assert.deepStrictEqual(ranges, [
      { first: 1, last: 20 },
      { first: 5, last: 9 },
      { first: 0, last: 0 }
    ])
  })

  it("life sim takes all faults, none, or some, and writes them the same way", () => {
    for (const given of ["all", "none", "crash", "crash,tool-hang"]) {
      assert.strictEqual(faultsText(Either.getOrThrow(parseFaults(given))), given)
    }
    assert.isTrue(Either.isLeft(parseFaults("")))
  })

  it("life sim takes a time with its unit, above 0", () => {
    const given = ["500ms", "60s", "1.5m", "2h"]
    assert.deepStrictEqual(
      given.map((time) => Duration.toMillis(Either.getOrThrow(parseDuration(time)))),
      [500, 60_000, 90_000, 7_200_000]
    )
    for (const bad of ["0s", "60", "-1s", "s", "1d"]) assert.isTrue(Either.isLeft(parseDuration(bad)), bad)
  })
})

describe("when an invariant breaks, life sim", () => {
  it("life sim names a broken invariant, the events that led there, and the command that repeats it", () => {
    const result = broken(2)
    const { sequence } = result.violations[0] ?? {}
    const lines = failureLines(result, setting).map((line) => render(line))
    assert.include(lines[1], `nobody answers: somebody did (agent-0 at ${sequence})`)
    assert.include(lines.at(-1), "life sim --seed 2 --agents 1 --ticks 2 --faults none --trace")
    assert.match(lines.at(-2) ?? "", new RegExp(`^agent-0 +${sequence} .* AssistantMessage `))
  })

  it.live("life sim goes on after a violation, tells the story of the first seed only, and fails with all", () =>
    Effect.gen(function* () {
      const { lines, on } = yield* console
      const error = yield* Effect.flip(on(sweep(plan, broken)))
      assert.strictEqual(error.exitCode, 1)
      assert.match(error.message, /^2 of 5 seeds violated an invariant: 2, 4\. .*--seed 2 /)
      assert.strictEqual(lines.filter((line) => line.startsWith("replay: ")).length, 1)
      assert.include(lines, "5 seeds, 1 agent, 2 ticks, faults none: violations in 2 seeds")
    })
  )

  it.live("life sim keeps the standard output for the seeds with --json", () =>
    Effect.gen(function* () {
      const { lines, notes, on } = yield* console
      yield* Effect.flip(on(sweep({ ...plan, json: true }, broken)))
      assert.deepStrictEqual(
        lines.map((line) => JSON.parse(line).seed),
        [1, 2, 3, 4, 5]
      )
      assert.isTrue(notes.some((note) => note.startsWith("replay: ")))
    })
  )

  it.live("life sim lists the faults that never fired in any seed", () =>
    Effect.gen(function* () {
      const { lines, on } = yield* console
      yield* on(sweep(plan, (seed) => ({ ...broken(1), seed, faults: { crash: 0, "tool-hang": seed === 3 ? 1 : 0 } })))
      assert.include(lines, "enabled but never fired: crash")
    })
  )

  it.live("life sim still tells what it found when a signal ends it", () =>
    Effect.gen(function* () {
      const { lines, on, signal } = yield* console
      const running = yield* Effect.fork(
        on(
          sweep(plan, (seed) => {
            if (seed === 3) Deferred.unsafeDone(signal, Effect.succeed(failure("interrupted")))
            return broken(seed)
          })
        )
      )
      const error = yield* Effect.flip(Fiber.join(running))
      assert.strictEqual(error.message, "interrupted")
      assert.include(lines, "3 seeds, 1 agent, 2 ticks, faults none: violations in 1 seed")
    })
  )
})
