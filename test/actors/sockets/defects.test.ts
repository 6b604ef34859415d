/** Contributions that break: the effect on the tick, on the other contributions and on the agent. */
import { assert, describe, it } from "@effect/vitest"
import { Deferred, Effect, Exit, Fiber, Schema, TestClock } from "effect"
import { Subsystem } from "../../../src/layers/aios/index.js"
import { SocketLimits, type Sockets } from "../../../src/actors/index.js"
import { gatedCall as call, noLog, Session, socketsOf } from "./support.js"
import { warningsOf } from "../../support/warnings.js"

const boom = (): never => {
  throw new Error("boom")
}

const events = { Made: Subsystem.event({ fields: { n: Schema.Int } }) }
const made = (n: number) => [{ type: "healthy.Made" as const, n }]

/** One answer in each socket. */
const healthy = Subsystem.make({
  name: "healthy",
  events,
  perceive: { x: () => [{ signal: "seen", data: 1 }] },
  orient: {
    recall: { x: () => made(1) },
    blocks: { x: { tokensMax: 10, priority: 1, changes: "run", text: () => "text" } }
  },
  observe: { x: () => ({ costUsd: 1, events: made(2) }) },
  learn: { x: () => made(3) },
  regulate: { x: () => ({ reason: "fine" }) }
})

/** All sockets of a tick but Decide, Act and Report, in numbers of answers. */
const answersOf = (sockets: Sockets) => {
  const at = new Session(sockets).now()
  return sockets.provide(
    Effect.all([
      Effect.map(sockets.perceive(at), ({ length }) => length),
      Effect.map(sockets.recall(at, ""), ({ length }) => length),
      Effect.map(sockets.blocks(at), ({ length }) => length),
      Effect.map(sockets.observe(at), (metered) => metered.events.length),
      Effect.map(sockets.learn(at, noLog), ({ length }) => length),
      Effect.map(sockets.regulate(at), ({ length }) => length)
    ])
  )
}

const learning = (name: string, learn: () => Subsystem.Result<ReadonlyArray<never>>) =>
  Subsystem.make({ name, learn: { x: () => learn() as ReadonlyArray<never> } })

const learnIn = (sockets: Sockets) => sockets.provide(sockets.learn(new Session(sockets).now(), noLog))

describe("a contribution that breaks", () => {
  const cyclic: { self?: unknown } = {}
  cyclic.self = cyclic
  const large = "x".repeat(5_000_000)
  const hostile: Record<string, Record<string, unknown>> = {
    perceive: {
      cyclic: [{ signal: "s", data: cyclic }],
      bigint: [{ signal: "s", data: 1n }],
      "not a number": [{ signal: "s", data: Number.NaN }],
      large: [{ signal: "s", data: large }]
    },
    observe: { "not a number": { costUsd: Number.NaN }, infinite: { costUsd: Infinity }, negative: { costUsd: -1 } },
    regulate: {
      "a large reason": { reason: large },
      "no number for a gauge": { reason: "", gauges: { g: Number.NaN } },
      "what no adviser can withhold": { reason: "", withhold: "everything" }
    }
  }
  for (const [socket, answers] of Object.entries(hostile)) {
    for (const [what, answer] of Object.entries(answers)) {
      it.scoped(
        `a contribution is left out when it answers ${socket} with what no journal holds or counts: ${what}`,
        () =>
          Effect.gen(function* () {
            const broken = Subsystem.make({ name: "broken", [socket]: { x: () => answer } } as {
              name: "broken"
            })
            const [counts, warnings] = yield* warningsOf(Effect.flatMap(socketsOf([broken, healthy]), answersOf))
            assert.deepStrictEqual(counts, [1, 1, 1, 1, 1, 1])
            assert.lengthOf(warnings, 1)
          })
      )
    }
  }

  for (const answer of [
    Promise.resolve({ decision: "deny" }),
    { decision: "denyy", reason: "" },
    { decision: "allow", reason: large }
  ]) {
    it.scoped(`a gate whose answer is no verdict denies (${String(JSON.stringify(answer)).slice(0, 40)})`, () =>
      Effect.gen(function* () {
        const decide = { x: () => answer as unknown as Subsystem.Verdict }
        const sockets = yield* socketsOf([Subsystem.make({ name: "broken", decide })])
        const ruled = yield* sockets.provide(sockets.decide(call, new Session(sockets).now()))
        assert.strictEqual(ruled?.decision, "deny")
      })
    )
  }

  for (const [how, breaks] of [
    ["throws", boom],
    ["dies", () => Effect.die("boom")],
    ["interrupts itself", () => Effect.interrupt]
  ] as const) {
    it.scoped(`a contribution that ${how} is left out of its socket and warned of once, and the others are asked`, () =>
      Effect.gen(function* () {
        const broken = Subsystem.make({
          name: "broken",
          perceive: { a: breaks },
          orient: {
            recall: { b: breaks },
            blocks: { c: { tokensMax: 1, priority: 1, changes: "run", text: boom } }
          },
          observe: { d: breaks },
          learn: { e: breaks },
          regulate: { f: breaks }
        })
        const sockets = yield* socketsOf([broken, healthy, Subsystem.make({ name: "after", learn: { x: breaks } })])
        const [answers, warnings] = yield* warningsOf(Effect.zipRight(answersOf(sockets), answersOf(sockets)))
        assert.deepStrictEqual(answers, [1, 1, 1, 1, 1, 1])
        assert.deepStrictEqual(
          warnings.map((text) => /^the contribution (\S+) of the subsystem (\w+) broke/.exec(text)?.slice(1)),
          [
            ["broken:a", "broken"],
            ["broken:b", "broken"],
            ["broken:c", "broken"],
            ["broken:d", "broken"],
            ["broken:e", "broken"],
            ["after:x", "after"],
            ["broken:f", "broken"]
          ]
        )
      })
    )

    it.scoped(`a gate that ${how} denies, with its rule`, () =>
      Effect.gen(function* () {
        const lenient = Subsystem.make({ name: "lenient", decide: { yes: () => ({ decision: "allow", reason: "" }) } })
        const sockets = yield* socketsOf([lenient, Subsystem.make({ name: "broken", decide: { gate: breaks } })])
        const at = new Session(sockets).now()
        const [verdict] = yield* warningsOf(sockets.provide(sockets.decide(call, at)))
        assert.deepStrictEqual(verdict, {
          decision: "deny",
          reason: "The rule broken:gate could not be evaluated. Go on without this call.",
          ruleId: "broken:gate"
        })
      })
    )
  }

  it.scoped("a contribution is left out when its time is over, and its work is stopped", () =>
    Effect.gen(function* () {
      const stopped = yield* Deferred.make<void>()
      const slow = Subsystem.make({
        name: "slow",
        contributionMsMax: 100,
        learn: { x: () => Effect.onInterrupt(Effect.never, () => Deferred.succeed(stopped, undefined)) },
        decide: { x: () => Effect.never }
      })
      const sockets = yield* socketsOf([slow, healthy])
      const fiber = yield* Effect.fork(warningsOf(learnIn(sockets)))
      yield* TestClock.adjust(99)
      assert.isNull(fiber.unsafePoll())
      yield* TestClock.adjust(1)
      const [kinds, warnings] = yield* Fiber.join(fiber)
      assert.strictEqual(kinds.length, 1)
      assert.match(warnings.join(), /slow:x .*took longer than 100 ms/s)
      yield* Deferred.await(stopped)
      const deciding = yield* Effect.fork(warningsOf(sockets.provide(sockets.decide(call, new Session(sockets).now()))))
      yield* TestClock.adjust(100)
      assert.strictEqual((yield* Fiber.join(deciding))[0]?.decision, "deny")
    })
  )

  it.scoped("a contribution that does not heed its interruption does not hold the agent up", () =>
    Effect.gen(function* () {
      const release = yield* Deferred.make<void>()
      const stubborn = learning("stubborn", () => Effect.as(Effect.uninterruptible(Deferred.await(release)), []))
      const sockets = yield* socketsOf([stubborn, healthy])
      const fiber = yield* Effect.fork(warningsOf(learnIn(sockets)))
      yield* TestClock.adjust("5 seconds")
      assert.strictEqual((yield* Fiber.join(fiber))[0].length, 1)
      yield* Deferred.succeed(release, undefined)
    })
  )

  it.scoped("an interruption of the agent passes through a contribution, and the contribution is stopped", () =>
    Effect.gen(function* () {
      const started = yield* Deferred.make<void>()
      const stopped = yield* Deferred.make<void>()
      const slow = Subsystem.make({
        name: "slow",
        learn: {
          x: () =>
            Effect.zipRight(Deferred.succeed(started, undefined), Effect.never).pipe(
              Effect.onInterrupt(() => Deferred.succeed(stopped, undefined))
            )
        }
      })
      const sockets = yield* socketsOf([slow])
      const fiber = yield* Effect.fork(warningsOf(learnIn(sockets)))
      yield* Deferred.await(started)
      assert.isTrue(Exit.isInterrupted(yield* Fiber.interrupt(fiber)))
      yield* Deferred.await(stopped)
    })
  )

  it.scoped("a contribution breaks by appending a foreign kind, a kind that does not fit, or too many", () =>
    Effect.gen(function* () {
      const { eventsPerContributionMax } = SocketLimits
      const many = Array.from({ length: eventsPerContributionMax + 1 }, (_, n) => ({ type: "good.Made" as const, n }))
      const good = Subsystem.make({
        name: "good",
        events,
        learn: {
          most: () => many.slice(1),
          tooMany: () => many,
          foreign: () => [{ type: "healthy.Made", n: 1 } as never],
          kernel: () => [{ type: "UserMessage", content: "" } as never],
          unfit: () => [{ type: "good.Made", n: 0.5 }]
        }
      })
      const sockets = yield* socketsOf([good, healthy])
      const [kinds, warnings] = yield* warningsOf(learnIn(sockets))
      assert.strictEqual(kinds.length, eventsPerContributionMax + 1)
      assert.deepStrictEqual(
        warnings.map((text) => /(good:\w+) of.*?TypeError: ([^\n]{42})/s.exec(text)?.slice(1, 3)),
        [
          ["good:tooMany", "good:tooMany gave 65 events at once; the l"],
          ["good:foreign", "good:foreign may not append healthy.Made, "],
          ["good:kernel", "good:kernel may not append UserMessage, wh"],
          ["good:unfit", "the kind good.Made does not fit its schema"]
        ]
      )
    })
  )

  it.scoped("a tool whose events are not its own fails the call, and not the agent", () =>
    Effect.gen(function* () {
      const thief = Subsystem.make({
        name: "thief",
        act: {
          tools: (tool) => [
            tool({
              name: "steal",
              description: "",
              input: Schema.Struct({}),
              execute: () => Effect.succeed({ output: 1, events: [{ type: "healthy.Made", n: 1 } as never] })
            }),
            tool({
              name: "move",
              description: "",
              input: Schema.Struct({}),
              execute: () => Effect.succeed({ output: 1, events: [{ type: "Custom", eventType: "moved", data: "/b" }] })
            })
          ]
        }
      })
      const sockets = yield* socketsOf([thief, healthy])
      const run = (toolName: string) =>
        Effect.flatMap(
          sockets.prepare({ callId: "c", toolName, input: {} }, () => new Session(sockets).now()) ??
            Effect.dieMessage("no tool"),
          ({ execute }) => execute({ sessionId: "s", runId: "r", callId: "c" })
        ).pipe(sockets.provide)
      const error = yield* Effect.flip(run("steal"))
      assert.strictEqual(error.reason, "Unavailable")
      assert.match(error.message, /thief:steal may not append healthy\.Made/)
      assert.deepStrictEqual((yield* run("move")).events, [{ type: "Custom", eventType: "moved", data: "/b" }])
    })
  )
})
