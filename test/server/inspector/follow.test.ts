import { assert, describe, it } from "@effect/vitest"
import { Context, Effect, Layer } from "effect"
import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { ActorSystem } from "../../../src/actors/ActorSystem.js"
import { type Inspection, Journal } from "../../../src/layers/aios/index.js"
import { defaultRedaction } from "../../../src/layers/aios/ports/Redaction.js"
import { SqliteJournal } from "../../../src/layers/lago/index.js"
import { layerMemory } from "../../../src/layers/vigil/inspector/index.js"
import { follow } from "../../../src/server/inspector/follow.js"
import { Relay } from "../../../src/server/inspector/relay.js"
import { calls, scripted, untilIdle } from "../../support/story.js"
import { confident, ground, population } from "../../support/world.js"

const until = (fits: () => boolean) =>
  Effect.iterate(undefined, { while: () => !fits(), body: () => Effect.sleep("20 millis") }).pipe(
    Effect.timeoutFail({ duration: "20 seconds", onTimeout: () => "it does not come" })
  )

/** A journal that one side writes, watched by a list, and the other side reads and follows. */
const beside = (sessionIds?: ReadonlyArray<string>) =>
  Effect.gen(function* () {
    const dataDir = mkdtempSync(join(tmpdir(), "life-follow-"))
    yield* Effect.addFinalizer(() => Effect.sync(() => rmSync(dataDir, { recursive: true, force: true })))
    const live: Array<Inspection> = []
    const world = yield* Layer.build(
      population({
        model: scripted(calls("look"), { content: "done" }, calls("look"), { content: "done" }),
        thresholds: confident
      }).pipe(Layer.provide(layerMemory(live)), Layer.provideMerge(ground(SqliteJournal.layer({ dataDir }))))
    )
    const run = Effect.fnUntraced(function* (sessionId: string) {
      const agent = yield* Context.get(world, ActorSystem).spawn({ name: sessionId, sessionId })
      yield* agent.run("Look.")
      yield* Effect.provide(untilIdle, world)
    })
    const start = Effect.gen(function* () {
      const journal = yield* Layer.build(SqliteJournal.layer({ dataDir, readonly: true }))
      const relay = new Relay()
      yield* Effect.forkScoped(
        follow({
          journal: Context.get(journal, Journal),
          relay,
          redact: defaultRedaction,
          ...(sessionIds === undefined ? {} : { sessionIds })
        })
      )
      return relay
    })
    return { live, run, start }
  })

const about = (sessionId: string, messages: Iterable<Inspection>): ReadonlyArray<Inspection> =>
  JSON.parse(JSON.stringify([...messages].filter((message) => message.sessionId === sessionId)))

describe("following a journal that another process writes", { timeout: 60_000 }, () => {
  it.scopedLive("a follower introduces what is there, and tells what comes as the writer's own watchers are told", () =>
    Effect.gen(function* () {
      const { live, run, start } = yield* beside()
      yield* run("old")
      const relay = yield* start
      yield* until(() => relay.latest("old") !== undefined)
      const last = live.findLast((message) => message.sessionId === "old" && message.type === "@xstate.snapshot")
      assert.deepStrictEqual(
        JSON.parse(JSON.stringify(relay.latest("old")?.snapshot)),
        JSON.parse(JSON.stringify(last?.type === "@xstate.snapshot" ? last.snapshot : undefined))
      )
      assert.strictEqual(relay.latest("life")?.name, "life")
      yield* run("new")
      const expected = about("new", live)
      yield* until(() => about("new", relay.kept()).length >= expected.length)
      assert.deepStrictEqual(about("new", relay.kept()), expected)
      // Earlier messages are not told again.
      assert.isAtMost(about("old", relay.kept()).length, 2)
    })
  )

  it.scopedLive("a follower keeps to the sessions that were asked for", () =>
    Effect.gen(function* () {
      const { run, start } = yield* beside(["wanted"])
      yield* run("other")
      const relay = yield* start
      yield* run("wanted")
      yield* until(() => relay.latest("wanted") !== undefined)
      assert.isUndefined(relay.latest("other"))
    })
  )
})
