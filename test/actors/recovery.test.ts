import { assert, describe, it } from "@effect/vitest"
import { Context, Deferred, Effect, Fiber, Layer, Scope, TestClock } from "effect"
import { ActorSystem } from "../../src/actors/ActorSystem.js"
import { type Append, type EventRecord, Journal, type ModelRequest } from "../../src/layers/aios/index.js"
import { ScriptedModel } from "../../src/layers/arcan/index.js"
import { dying, type Side } from "../support/faults.js"
import {
  calls,
  checkStory,
  ofType,
  outcomes,
  phaseByPhase,
  records,
  scripted,
  spawn,
  type Turn
} from "../support/story.js"
import {
  confident,
  ground,
  population,
  pretender,
  reader,
  sender,
  type TestTool,
  type World,
  writer
} from "../support/world.js"

const never = () => false

/**
 * Runs an agent in a process that dies when `when` says so, or when `reached` is completed, and then in a second
 * process that finds the first one's journal. The first process is not tidied up: its fibers hang where they stand.
 */
const twoLives = Effect.fnUntraced(function* (
  options: World,
  {
    between = Effect.void,
    reached,
    side = "before",
    when = never
  }: {
    readonly when?: (number: number, append: Append) => boolean
    readonly side?: Side
    readonly reached?: Deferred.Deferred<void>
    readonly between?: Effect.Effect<void>
  }
) {
  const base = yield* Layer.build(ground())
  const died = reached ?? (yield* Deferred.make<void>())
  const mortal = Layer.mergeAll(
    Layer.succeedContext(base),
    dying(Layer.succeed(Journal, Context.get(base, Journal)), when, side, died)
  )
  const first = yield* Layer.buildWithScope(Layer.provide(population(options), mortal), yield* Scope.make())
  yield* spawn("scribe", { sessionId: "s" }).pipe(
    Effect.flatMap((agent) => agent.run("Do it.")),
    Effect.ensuring(Deferred.succeed(died, undefined)),
    Effect.provide(first),
    Effect.forkDaemon
  )
  yield* Deferred.await(died)
  yield* between
  const second = yield* Layer.build(Layer.provide(population(options), Layer.succeedContext(base)))
  const before = yield* Effect.provide(records("s"), base)
  return yield* Effect.gen(function* () {
    if (ofType(before, "RunStarted").length === 0) return undefined
    const agent = yield* Effect.flatMap(ActorSystem, (system) => system.get("s"))
    const run = yield* agent.outcome
    const view = yield* agent.snapshot
    return { run, view, before, ...(yield* checkStory("s")) }
  }).pipe(Effect.provide(Context.merge(base, second)))
})

const told = [
  "PhaseEntered",
  "ModeChanged",
  "AssistantMessage",
  "ToolCall",
  "ToolResult",
  "StateEstimated",
  "RunFinished"
]

/** Parts of a run that are the same however often the process died: phases, modes, calls, outcomes, gauges, answer. */
const transcript = (all: ReadonlyArray<EventRecord>): ReadonlyArray<string> =>
  all
    .flatMap(({ kind }) => phaseByPhase(kind))
    .flatMap((kind) =>
      told.includes(kind.type)
        ? [JSON.stringify(kind, (key, value: unknown) => (key === "runId" ? undefined : value))]
        : []
    )

// Up to the end of the run: the process may die before it has closed the last tick.
const untilEnd = (all: ReadonlyArray<EventRecord>) => {
  const lines = transcript(all)
  return lines.slice(0, lines.findIndex((line) => line.includes('"RunFinished"')) + 1)
}

describe("a process that dies", () => {
  it.scoped(
    "a process that dies at any append is followed by one that tells the same story to its end",
    () =>
      Effect.gen(function* () {
        const options: World = {
          model: scripted(
            { ...calls("look"), content: "I look." },
            { ...calls("look", "write", "look#again"), content: "I write." },
            { content: "" },
            { content: "It is done." }
          ),
          tools: { look: reader, write: writer }
        }
        let appends = 0
        const whole = yield* twoLives(options, { when: (number) => ((appends = number), false) })
        assert.isDefined(whole)
        if (whole === undefined) return
        assert.strictEqual(whole.run.finalAnswer, "It is done.")
        assert.isAbove(appends, 8)
        for (let at = 1; at <= appends; at++) {
          for (const side of ["before", "after"] satisfies ReadonlyArray<Side>) {
            const lived = yield* twoLives(options, { when: (number) => number === at, side })
            if (lived === undefined) {
              assert.isBelow(at, 3, "only a run that was never started may be missing")
              continue
            }
            assert.deepStrictEqual(untilEnd(lived.all), untilEnd(whole.all), `append ${at} ${side}`)
            const resumed = ofType(lived.all, "SessionResumed").length
            assert.strictEqual(
              resumed,
              ofType(lived.before, "RunFinished").length === 0 ? 1 : 0,
              `append ${at} ${side}`
            )
            // No durable event was lost or changed.
            assert.deepStrictEqual(lived.all.slice(0, lived.before.length), lived.before)
          }
        }
      }),
    60_000
  )
})

describe("a call that was in flight", () => {
  /** A tool that hangs in its `hangs`-th run, as if the process died there. */
  const mortalTool = (tool: TestTool, hangs: number) =>
    Effect.map(Deferred.make<void>(), (reached) => {
      const runs: Array<string> = []
      const run: TestTool["run"] = (_, { callId }) =>
        Effect.suspend(() =>
          runs.push(callId) === hangs
            ? Effect.zipRight(
                Deferred.succeed(reached, undefined),
                Effect.async<never>(() => {})
              )
            : Effect.succeed("ok")
        )
      return { reached, runs, tool: { ...tool, run } satisfies TestTool }
    })

  const listening = (...turns: ReadonlyArray<Turn>) => {
    const requests: Array<ModelRequest> = []
    const model = ScriptedModel.layer((request, turn) => {
      requests.push({ ...request, messages: [...request.messages] })
      return turns[turn] ?? { content: "done" }
    })
    return { model, requests }
  }

  for (const [name, tool] of [
    ["read-only", reader],
    ["idempotent", writer]
  ] as const) {
    it.scoped(`a call in flight that is ${name} runs again`, () =>
      Effect.gen(function* () {
        const { reached, runs, tool: mortal } = yield* mortalTool(tool, 1)
        const lived = yield* twoLives(
          { model: scripted(calls("it")), tools: { it: mortal }, thresholds: confident },
          { reached }
        )
        assert.deepStrictEqual(lived && outcomes(lived.all), ["it ok"])
        assert.lengthOf(runs, 2)
      })
    )
  }

  for (const [name, changer] of [
    ["not idempotent", sender],
    ["declared read-only and needs a right to change something", pretender]
  ] as const) {
    it.scoped(`a call in flight that is ${name} becomes unknown, never runs again, and the model is told`, () =>
      Effect.gen(function* () {
        const { reached, runs, tool } = yield* mortalTool(changer, 1)
        const { model, requests } = listening(calls("send"), calls("send#again"), calls("look"))
        const lived = yield* twoLives(
          { model, tools: { send: tool, look: reader }, thresholds: confident },
          { reached }
        )
        assert.strictEqual(lived?.run.reason, "completed")
        // Recover keeps the model from sending the same call again.
        assert.deepStrictEqual(lived && outcomes(lived.all), ["send unknown", "send denied", "look ok"])
        assert.deepStrictEqual(runs, ["send-0"])
        assert.deepStrictEqual(lived && ofType(lived.all, "ModeChanged").map(({ to }) => to), [
          "Execute",
          "Recover",
          "Execute",
          "Sleep"
        ])
        assert.include(JSON.stringify(requests[1]?.messages.at(-1)), "died while send ran")
      })
    )
  }

  const batch = ["look", "send#1", "send#2"]
  const deaths: ReadonlyArray<readonly [string, number, number, ReadonlyArray<string>, ReadonlyArray<string>]> = [
    ["the reading", 1, 0, ["look ok", "send ok", "send ok"], ["1", "2"]],
    ["the first change", 0, 1, ["look ok", "send unknown", "send ok"], ["1", "2"]],
    ["the second change", 0, 2, ["look ok", "send ok", "send unknown"], ["1", "2"]]
  ]
  for (const [name, lookHangs, sendHangs, expected, sent] of deaths) {
    it.scoped(`a death in ${name} of a batch leaves no more calls in doubt than may have begun`, () =>
      Effect.gen(function* () {
        const look = yield* mortalTool(reader, lookHangs)
        const send = yield* mortalTool(sender, sendHangs)
        const lived = yield* twoLives(
          { model: scripted(calls(...batch)), tools: { look: look.tool, send: send.tool }, thresholds: confident },
          { reached: lookHangs > 0 ? look.reached : send.reached }
        )
        assert.deepStrictEqual(lived && outcomes(lived.all), expected)
        assert.deepStrictEqual(send.runs, sent)
      })
    )
  }

  for (const [name, changer] of [
    ["an idempotent call", writer],
    ["a call that is declared read-only and needs a right to change something", pretender]
  ] as const) {
    it.scoped(`a call in flight of a cancelled run is not begun again, and may have changed something: ${name}`, () =>
      Effect.gen(function* () {
        const { reached, runs, tool } = yield* mortalTool(changer, 1)
        const base = yield* Layer.build(ground())
        const died = yield* Deferred.make<void>()
        const options: World = { model: scripted(calls("it")), tools: { it: tool }, thresholds: confident }
        const mortal = Layer.mergeAll(
          Layer.succeedContext(base),
          dying(
            Layer.succeed(Journal, Context.get(base, Journal)),
            (_, { events }) => events.some(({ kind }) => kind.type === "ExternalSignal"),
            "after",
            died
          )
        )
        const first = yield* Layer.buildWithScope(Layer.provide(population(options), mortal), yield* Scope.make())
        yield* Effect.gen(function* () {
          const agent = yield* spawn("scribe", { sessionId: "s" })
          yield* Effect.forkDaemon(agent.run("Do it."))
          yield* Deferred.await(reached)
          yield* Effect.forkDaemon(agent.cancel("stop"))
          yield* Deferred.await(died)
        }).pipe(Effect.provide(first))
        yield* Effect.gen(function* () {
          const agent = yield* Effect.flatMap(ActorSystem, (system) => system.get("s"))
          assert.strictEqual((yield* agent.outcome).reason, "cancelled")
          const { all } = yield* checkStory("s")
          assert.deepStrictEqual(outcomes(all), ["it unknown"])
          assert.deepStrictEqual(ofType(all, "ToolResult")[0]?.changes, [])
          assert.lengthOf(runs, 1)
        }).pipe(Effect.provide(Layer.provideMerge(population(options), Layer.succeedContext(base))))
      })
    )
  }
})

describe("the time a process was dead", () => {
  it.scoped("the time a process was dead is not taken from the budget", () =>
    Effect.gen(function* () {
      const reached = yield* Deferred.make<void>()
      let runs = 0
      const look: TestTool = {
        ...reader,
        run: () =>
          Effect.suspend(() =>
            ++runs === 1
              ? Effect.zipRight(
                  Deferred.succeed(reached, undefined),
                  Effect.async<never>(() => {})
                )
              : Effect.as(TestClock.adjust("2 seconds"), "seen")
          )
      }
      const lived = yield* twoLives(
        { model: scripted(calls("look")), tools: { look } },
        { reached, between: TestClock.adjust("1 hour") }
      )
      assert.strictEqual(lived?.run.reason, "completed")
      assert.strictEqual(lived?.view.budget.timeRemainingMs, 298_000)
    })
  )
})

describe("a family", () => {
  it.scoped("a family comes back as it was: loading a child loads its parent, too", () =>
    Effect.gen(function* () {
      const base = yield* Layer.build(ground())
      const reached = yield* Deferred.make<void>()
      const look: TestTool = {
        ...reader,
        run: () => Effect.zipRight(Deferred.succeed(reached, undefined), Effect.never)
      }
      const life = Layer.provideMerge(
        population({ model: scripted(calls("look")), tools: { look } }),
        Layer.succeedContext(base)
      )
      yield* Effect.gen(function* () {
        const parent = yield* spawn("parent", { sessionId: "p" })
        const child = yield* spawn("child", { sessionId: "c", parent })
        const grandchild = yield* spawn("grandchild", { sessionId: "g", parent: child })
        yield* Effect.forkDaemon(grandchild.run("Look."))
        yield* Deferred.await(reached)
      }).pipe(Effect.provide(Layer.fresh(life)))
      yield* Effect.gen(function* () {
        const system = yield* ActorSystem
        assert.deepStrictEqual(
          (yield* system.list).map(({ sessionId, parentId }) => [sessionId, parentId]),
          [
            ["p", undefined],
            ["c", "p"],
            ["g", "c"]
          ]
        )
        const parent = yield* system.get("p")
        yield* parent.stop
        assert.deepStrictEqual(yield* system.list, [])
        const { all } = yield* checkStory("g")
        assert.strictEqual(ofType(all, "RunFinished").at(-1)?.reason, "cancelled")
      }).pipe(Effect.provide(Layer.fresh(life)))
    })
  )
})

describe("a system that is told not to resume", () => {
  it.scoped("a system that is told not to resume leaves an open run alone until its agent gets a message", () =>
    Effect.gen(function* () {
      const base = yield* Layer.build(ground())
      const reached = yield* Deferred.make<void>()
      let runs = 0
      const look: TestTool = {
        ...reader,
        run: () =>
          Effect.suspend(() =>
            ++runs === 1 ? Effect.zipRight(Deferred.succeed(reached, undefined), Effect.never) : Effect.succeed("seen")
          )
      }
      const on = (resume: boolean) =>
        Layer.provideMerge(
          population({ model: scripted(calls("look")), tools: { look }, resume }),
          Layer.succeedContext(base)
        )
      yield* Effect.gen(function* () {
        const agent = yield* spawn("scribe", { sessionId: "s" })
        yield* Effect.forkDaemon(agent.run("Look."))
        yield* Deferred.await(reached)
      }).pipe(Effect.provide(on(true)))
      yield* Effect.gen(function* () {
        const system = yield* ActorSystem
        assert.deepStrictEqual(yield* system.list, [])
        const agent = yield* system.get("s")
        assert.isDefined((yield* agent.snapshot).run)
        assert.strictEqual(runs, 1)
        const outcome = yield* Effect.fork(agent.outcome)
        yield* agent.tell("Go on.")
        assert.strictEqual((yield* Fiber.join(outcome)).reason, "completed")
        yield* checkStory("s")
      }).pipe(Effect.provide(on(false)))
    })
  )
})
