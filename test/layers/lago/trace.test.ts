/** The trace of an event stands beside its record: stored, given back, and of no account for what a journal proves. */
import { readFileSync } from "node:fs"
import { join } from "node:path"
import { assert, describe, it } from "@effect/vitest"
import Sqlite from "better-sqlite3"
import { Chunk, Effect, Option, Stream } from "effect"
import type { Journal, NewEvent } from "../../../src/layers/aios/index.js"
import { toJsonLine } from "../../../src/layers/aios/index.js"
import { inMemory, said, stream, tempDir, to, using } from "./support.js"

const trace = { traceId: "4bf92f3577b34da6a3ce929d0e0e4736", spanId: "00f067aa0ba902b7" }

const all = (journal: typeof Journal.Service, sessionId: string) =>
  Effect.map(Stream.runCollect(journal.stream(stream(sessionId))), Chunk.toReadonlyArray)

describe("the trace of an event", () => {
  it.effect("the trace of an event comes back with the record, from the append and from the file", () =>
    inMemory((journal) =>
      Effect.gen(function* () {
        const events: ReadonlyArray<NewEvent> = [{ ...said("traced"), trace }, said("not traced")]
        const appended = yield* journal.append(to("s", events))
        const read = yield* all(journal, "s")
        assert.deepStrictEqual(appended[0]?.trace, trace)
        assert.deepStrictEqual(read, appended)
        assert.isFalse("trace" in (read[1] ?? {}))
        assert.deepStrictEqual(JSON.parse(toJsonLine(read[0] ?? assert.fail())).trace, trace)
      })
    )
  )

  it.effect("the trace of an event changes no digest, and verify finds no flaw", () =>
    Effect.gen(function* () {
      const events = [said("one"), said("two")]
      const digests = (traced: boolean) =>
        inMemory((journal) =>
          Effect.gen(function* () {
            yield* journal.append(to("s", traced ? events.map((event) => ({ ...event, trace })) : events))
            assert.deepStrictEqual(yield* journal.verify(stream("s")), { checked: 2, flaw: Option.none() })
            return (yield* all(journal, "s")).map(({ digest }) => digest)
          })
        )
      assert.deepStrictEqual(yield* digests(true), yield* digests(false))
    })
  )

  it.effect("the trace is no part of an event's identity: the same event with another trace is the same", () =>
    inMemory((journal) =>
      Effect.gen(function* () {
        const event = said("once")
        yield* journal.append(to("s", [{ ...event, trace }], { expectedSequence: 0 }))
        const again = yield* journal.append(to("s", [event], { expectedSequence: 0 }))
        assert.deepStrictEqual(again[0]?.trace, trace)
      })
    )
  )

  it.effect("a malformed trace is refused", () =>
    inMemory((journal) =>
      Effect.gen(function* () {
        const broken = { ...said("x"), trace: { ...trace, spanId: "no hex" } }
        const error = yield* Effect.flip(journal.append(to("s", [broken])))
        assert.strictEqual(error.reason, "Invalid")
        assert.include(error.message, "hex")
      })
    )
  )
})

describe("a journal of schema 1", () => {
  const old = Effect.map(tempDir, (dataDir) => {
    const database = new Sqlite(join(dataDir, "journal.sqlite"))
    database.exec(readFileSync(new URL("./fixtures/schema1.sql", import.meta.url), "utf8"))
    database.close()
    return dataDir
  })

  it.scopedLive("a journal of schema 1 can be read as it is", () =>
    Effect.gen(function* () {
      const dataDir = yield* old
      yield* using({ dataDir, readonly: true }, (journal) =>
        Effect.gen(function* () {
          const records = yield* all(journal, "old")
          assert.strictEqual(records.length, 5)
          assert.isTrue(records.every(({ trace }) => trace === undefined))
          assert.deepStrictEqual(yield* journal.verify(stream("old")), { checked: 5, flaw: Option.none() })
          assert.strictEqual((yield* journal.sessions).length, 1)
        })
      )
    })
  )

  it.scopedLive("a journal of schema 1 is brought up to date by the next writer, with every digest as it was", () =>
    Effect.gen(function* () {
      const dataDir = yield* old
      const before = yield* using({ dataDir, readonly: true }, (journal) => all(journal, "old"))
      yield* using({ dataDir }, (journal) => journal.append(to("old", [{ ...said("new"), trace }])))
      const after = yield* using({ dataDir, readonly: true }, (journal) =>
        Effect.zipLeft(
          all(journal, "old"),
          Effect.map(journal.verify(stream("old")), ({ flaw }) => assert.isTrue(Option.isNone(flaw)))
        )
      )
      assert.deepStrictEqual(after.slice(0, -1), before)
      assert.deepStrictEqual(after.at(-1)?.trace, trace)
      const database = new Sqlite(join(dataDir, "journal.sqlite"), { readonly: true })
      assert.deepStrictEqual(
        database.prepare("SELECT sequence, trace_id, span_id FROM events_readable WHERE sequence > 4").all(),
        [
          { sequence: 5, trace_id: null, span_id: null },
          { sequence: 6, trace_id: trace.traceId, span_id: trace.spanId }
        ]
      )
      database.close()
    })
  )
})
