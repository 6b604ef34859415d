/** One round of thinking and acting tells the same story wherever it is hit. */
import { afterEach, assert, describe, it } from "@effect/vitest"
import { Effect, Layer } from "effect"
import { ActorSystem } from "../../src/actors/ActorSystem.js"
import { type EventRecord, Journal, type JournalError } from "../../src/layers/aios/index.js"
import { ScriptedModel } from "../../src/layers/arcan/index.js"
import { type Departure, Simulation } from "../../src/simulation/index.js"
import { breathe } from "../support/breathe.js"
import { crashAt, seedWith } from "../support/seeds.js"
import { confident } from "../support/world.js"

afterEach(breathe)

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
  /** Number of appends that a life of the process begins, and how many of them become durable. */
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

  it("a round comes to its end when nothing happens", () => {
    assert.include(undisturbed.story.join("\n"), "ToolResult: ok")
    assert.strictEqual(undisturbed.story.at(-1), "RunFinished: completed")
    assert.isAtLeast(first.stored, 5)
  })

  // Appends that the process had begun and stored before each task at which it can die.
  const pointsOfDeath = () => {
    const points: Array<Life> = []
    for (;;) {
      const { crashes, lives, story, violations } = run(crashAt(points.length))
      assert.deepStrictEqual(violations, [], `a crash before task ${points.length}`)
      if (crashes === 0) return points
      assert.deepStrictEqual(story, undisturbed.story, `a crash before task ${points.length}`)
      // A process that dies before it has a journal begins no append.
      points.push((lives.length === 2 ? lives[0] : undefined) ?? { begun: 0, stored: 0 })
    }
  }
  let known: ReadonlyArray<Life> | undefined

  it("a round ends the same way from every point at which the process can die", { timeout: 120_000 }, () => {
    assert.isAbove((known ??= pointsOfDeath()).length, 40)
  })

  for (const fault of journalFaults) {
    it(`a round ends the same way for every append that ${fault} hits, also with a death right then`, () => {
      const points = (known ??= pointsOfDeath())
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
