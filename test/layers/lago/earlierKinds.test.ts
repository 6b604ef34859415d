/** A journal with kinds that have left the taxonomy stays what it was: it opens, verifies, replays and exports. */
import { readFileSync } from "node:fs"
import { join } from "node:path"
import { assert, describe, it } from "@effect/vitest"
import Sqlite from "better-sqlite3"
import { Chunk, Effect, Layer, Option, Schema, Stream } from "effect"
import { replay } from "../../../src/actors/replay.js"
import {
  EventRecord,
  eventTypes,
  hashOf,
  Journal,
  Subsystem,
  toJsonLine,
  typeOf
} from "../../../src/layers/aios/index.js"
import { FileIdentity } from "../../../src/layers/anima/index.js"
import { Memory, SqliteJournal } from "../../../src/layers/lago/index.js"
import { SessionFold } from "../../../src/machines/index.js"
import { load } from "../../../src/simulation/recorded.js"
import { fixture, stream, tempDir, using } from "./support.js"

const exported = readFileSync(fixture("journal-earlier-kinds.jsonl"), "utf8").trimEnd().split("\n")
const stateHash = "7a29a64aad3156237d61468dec4ea54ccdd7df6d529a6249c8f12268653171e1"
const earlier = stream("earlier")
const fold = new SessionFold([Memory.memory])

// The file that the earlier version wrote, with its own codes for its kinds.
const file = Effect.map(tempDir, (dataDir) => {
  const database = new Sqlite(join(dataDir, "journal.sqlite"))
  database.exec(readFileSync(fixture("journal-earlier-kinds.sql"), "utf8"))
  database.close()
  return dataDir
})

const check = Effect.fnUntraced(function* (journal: typeof Journal.Service) {
  const records = Chunk.toReadonlyArray(yield* Stream.runCollect(journal.stream(earlier)))
  // A journal that was loaded anew has seals.
  assert.deepStrictEqual(
    records.map(({ seal: _, ...record }) => toJsonLine(record)),
    exported
  )
  assert.deepStrictEqual(yield* journal.verify(earlier), { checked: exported.length, flaw: Option.none() })
  const { difference, sequence, state, values } = yield* replay(journal, earlier, fold)
  const hash = hashOf(fold.projections.formerly(state, values))
  assert.deepStrictEqual([sequence, hash, difference], [exported.length, stateHash, undefined])
  const foreign = records.filter(({ kind }) => Subsystem.isRaw(fold.kinds.decode(kind)))
  const types = [...new Set(foreign.map(({ kind }) => typeOf(kind)))]
  // GatesUpdated is made again; its earlier body fits, names nothing and changes nothing.
  assert.lengthOf(types, 36)
  for (const type of types) {
    assert.notInclude(eventTypes, type)
    const found = yield* journal.read({ ...earlier, types: [type] })
    assert.deepStrictEqual(
      found,
      foreign.filter(({ kind }) => typeOf(kind) === type),
      type
    )
  }
})

describe("a journal with kinds that have left the taxonomy", () => {
  it.scopedLive("a journal with earlier kinds reads, verifies, replays and exports as before, from its own file", () =>
    Effect.gen(function* () {
      yield* using({ dataDir: yield* file, readonly: true }, check)
    })
  )

  it.scopedLive("a journal with earlier kinds still does so when this version has opened it for writing", () =>
    Effect.gen(function* () {
      yield* using({ dataDir: yield* file }, check)
    })
  )

  it.effect("a journal with earlier kinds still does so when its export was loaded into a new journal", () =>
    Effect.gen(function* () {
      yield* load(exported.map((line) => Schema.decodeSync(EventRecord)(line)))
      yield* check(yield* Journal)
    }).pipe(Effect.provide(Layer.merge(SqliteJournal.layerMemory, FileIdentity.layerSeeded(1))))
  )
})
