import { assert, describe, it } from "@effect/vitest"
import { Context, Effect, Layer, Stream } from "effect"
import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { ActorSystem } from "../../../src/actors/ActorSystem.js"
import { foldStream } from "../../../src/actors/replay.js"
import { type Inspection, Journal, mainBranch } from "../../../src/layers/aios/index.js"
import { Inspector } from "../../../src/layers/aios/ports/Inspector.js"
import { encodeInspection } from "../../../src/layers/aios/ports/Redaction.js"
import { SqliteJournal } from "../../../src/layers/lago/index.js"
import { layerMemory, merge } from "../../../src/layers/vigil/inspector/index.js"
import { initialState } from "../../../src/layers/aios/schema/AgentState.js"
import { foldEvent, reduce } from "../../../src/machines/fold.js"
import { inspectedSnapshot } from "../../../src/machines/inspection.js"
import { layerServer } from "../../../src/server/inspector/index.js"
import type { At, Messages, Outline, Sessions } from "../../../src/server/inspector/page/wire.js"
import { calls, ofType, records, scripted, untilIdle } from "../../support/story.js"
import { confident, ground, population } from "../../support/world.js"
import { ask, assets, json, listening } from "./support.js"

const model = () => scripted(calls("look", "write"), calls("send"), { content: "All is done." })

/** Runs a story that is watched by a list and by a server with the journal behind it; gives both. */
const watched = Effect.gen(function* () {
  const live: Array<Inspection> = []
  const place = listening()
  const journal = yield* Layer.build(ground())
  const inspector = merge(
    layerMemory(live),
    layerServer({ assets, onListening: place.onListening }).pipe(Layer.provide(Layer.succeedContext(journal)))
  )
  const world = yield* Layer.build(
    population({ model: model(), thresholds: confident }).pipe(
      Layer.provide(inspector),
      Layer.provide(Layer.succeedContext(journal))
    )
  )
  const agent = yield* Context.get(world, ActorSystem).spawn({ name: "scribe", sessionId: "story" })
  yield* agent.run("Look and write.")
  yield* Effect.provide(untilIdle, world)
  return { address: place.address, live, journal: Context.get(journal, Journal) }
})

const told = (live: ReadonlyArray<Inspection>): ReadonlyArray<Inspection> =>
  live.filter(({ sessionId }) => sessionId === "story").map((message) => JSON.parse(encodeInspection(message)))

describe("the past of a session", { timeout: 60_000 }, () => {
  it.scopedLive("the past of a session is told message for message as it was told live, in pages of any size", () =>
    Effect.gen(function* () {
      const { address, live } = yield* watched
      const expected: ReadonlyArray<unknown> = told(live)
      assert.isAbove(expected.length, 40)
      for (const limit of [1, 7, 1_000]) {
        const messages: Array<unknown> = []
        let after = 0
        for (;;) {
          const page = yield* json<Messages>(address, `/api/sessions/story/messages?after=${after}&limit=${limit}`)
          messages.push(...page.messages)
          if (page.through >= page.head) break
          assert.strictEqual(page.through, after + limit)
          after = page.through
        }
        assert.deepStrictEqual(messages, [...expected])
      }
    })
  )

  it.scopedLive("the past of a session has at every sequence the state of the journal's fold", () =>
    Effect.gen(function* () {
      const { address, journal } = yield* watched
      const all = yield* records("story").pipe(Effect.provideService(Journal, journal))
      let state = initialState
      let change: unknown = null
      let granted: unknown = null
      for (const record of all) {
        const { kind, sequence } = record
        state = reduce(state, foldEvent(record))
        if (kind.type === "ModeChanged" && "to" in kind) {
          change = { sequence, from: kind.from, to: kind.to, reason: kind.reason, rule: kind.rule }
        }
        if (kind.type === "RunStarted" && "budget" in kind) granted = kind.budget
        const at = yield* json<At>(address, `/api/sessions/story/at/${sequence}`)
        assert.deepStrictEqual({ ...at, events: at.events.length > 0 }, {
          sequence,
          head: all.length,
          at: Date.parse(record.timestamp),
          name: "scribe",
          snapshot: JSON.parse(JSON.stringify(inspectedSnapshot(state))),
          events: true,
          change,
          granted
        } as never)
      }
      assert.notStrictEqual(change, null)
      const before = yield* json<At>(address, "/api/sessions/story/at/0")
      assert.strictEqual(before.at, null)
      assert.strictEqual(before.snapshot.value, "Explore")
      const beyond = yield* ask(address, `/api/sessions/story/at/${all.length + 1}`)
      assert.strictEqual(beyond.status, 404)
      assert.include(beyond.text, `events 1 to ${all.length}; there is no event ${all.length + 1}`)
    })
  )

  it.scopedLive("the past of a session has an outline and a place in the list, and can be searched", () =>
    Effect.gen(function* () {
      const { address, journal } = yield* watched
      const all = yield* records("story").pipe(Effect.provideService(Journal, journal))
      const outline = yield* json<Outline>(address, "/api/sessions/story/outline")
      assert.deepStrictEqual(
        outline.modes.slice(1).map(({ mode }) => mode),
        ofType(all, "ModeChanged").map(({ to }) => to)
      )
      assert.deepStrictEqual(
        outline.runs.map(({ type }) => type),
        ["RunStarted", "RunFinished"]
      )
      const { more, sessions } = yield* json<Sessions>(address, "/api/sessions")
      assert.strictEqual(more, 0)
      assert.deepStrictEqual(
        sessions.map(({ head, name, runOpen, sessionId }) => ({ head, name, runOpen, sessionId })),
        [{ head: all.length, name: "scribe", runOpen: false, sessionId: "story" }]
      )
      const ofCalls = yield* json<Messages>(address, "/api/sessions/story/messages?limit=1000&type=ToolCall&only=event")
      assert.strictEqual(ofCalls.messages.length, ofType(all, "ToolCall").length)
      const ofText = yield* json<Messages>(
        address,
        "/api/sessions/story/messages?limit=1000&only=event&text=ALL+IS+DONE"
      )
      assert.deepStrictEqual(
        ofText.messages.map((message) => (message.type === "@xstate.event" ? message.event.type : "")),
        ["AssistantMessage", "RunFinished"]
      )
    })
  )

  it.scopedLive("the past of a session is what the relay remembers, where there is no journal", () =>
    Effect.gen(function* () {
      const place = listening()
      const context = yield* Layer.build(layerServer({ assets, onListening: place.onListening }))
      const inspector = Context.get(context, Inspector)
      const { journal, live } = yield* watched
      for (const message of live) inspector.publish(message)
      const { head, messages } = yield* json<Messages>(place.address, "/api/sessions/story/messages?limit=1000")
      const without = told(live).filter(({ type }) => type !== "@xstate.actor")
      assert.deepStrictEqual(messages as never, without as never)
      const folded = yield* foldStream(
        journal,
        { sessionId: "story", branchId: mainBranch },
        yield* journal.checkpoint({ sessionId: "story", branchId: mainBranch })
      )
      const at = yield* json<At>(place.address, `/api/sessions/story/at/${head}`)
      assert.deepStrictEqual(at.snapshot as never, JSON.parse(JSON.stringify(inspectedSnapshot(folded.state))))
      assert.strictEqual((yield* json<Sessions>(place.address, "/api/sessions")).sessions[0]?.sessionId, "story")
    })
  )

  it.scopedLive("the past of a session comes from a journal that is written after the server has started", () =>
    Effect.gen(function* () {
      const dataDir = mkdtempSync(join(tmpdir(), "life-late-"))
      yield* Effect.addFinalizer(() => Effect.sync(() => rmSync(dataDir, { recursive: true, force: true })))
      const place = listening()
      yield* Layer.build(layerServer({ assets, dataDir, onListening: place.onListening }))
      const early = yield* ask(place.address, "/api/sessions")
      assert.strictEqual(early.status, 500)
      assert.match(early.text, /There is no journal at/)
      const world = yield* Layer.build(
        population({ model: model(), thresholds: confident }).pipe(
          Layer.provideMerge(ground(SqliteJournal.layer({ dataDir })))
        )
      )
      const agent = yield* Context.get(world, ActorSystem).spawn({ name: "late", sessionId: "late" })
      yield* agent.run("Look and write.")
      const { sessions } = yield* json<Sessions>(place.address, "/api/sessions")
      assert.deepStrictEqual(
        sessions.map(({ name }) => name),
        ["late"]
      )
    })
  )

  it.scopedLive("the past of a session is found quickly in the middle of a long session", () =>
    Effect.gen(function* () {
      const journal = Context.get(yield* Layer.build(SqliteJournal.layerMemory), Journal)
      const total = 10_000
      yield* Effect.forEach(
        Array.from({ length: 10 }, (_, part) => part),
        (part) =>
          journal.append({
            sessionId: "long",
            branchId: mainBranch,
            agentId: "long",
            events: Array.from({ length: total / 10 }, (_, index) => ({
              eventId: `01M8F1VYF59NSQDC${String(part).padStart(2, "0")}${String(index).padStart(8, "0")}`,
              at: 1_700_000_000_000 + part * 1_000 + index,
              kind: { type: "UserMessage" as const, content: `message ${part * 1_000 + index + 1}` }
            }))
          }),
        { discard: true }
      )
      const place = listening()
      yield* Layer.build(
        layerServer({ assets, onListening: place.onListening }).pipe(Layer.provide(Layer.succeed(Journal, journal)))
      )
      const at = (sequence: number) => json<At>(place.address, `/api/sessions/long/at/${sequence}`)
      assert.strictEqual((yield* at(total)).snapshot.context["unperceived"], total)
      // The sequences go back and forth; each state is folded from one that is near.
      for (const sequence of [5_000, 1, 9_999, 4_321, 128, 127, 129]) {
        assert.strictEqual((yield* at(sequence)).snapshot.context["unperceived"], sequence)
      }
      const stream = yield* journal.stream({ sessionId: "long", branchId: mainBranch }).pipe(Stream.runCount)
      assert.strictEqual(stream, total)
    })
  )
})
