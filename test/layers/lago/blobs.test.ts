import { join } from "node:path"
import { assert, describe, it } from "@effect/vitest"
import Sqlite from "better-sqlite3"
import { createHash } from "node:crypto"
import { Effect, type Layer } from "effect"
import { type Append, BlobStore, headText, Journal, Limits, type NewEvent } from "../../../src/layers/aios/index.js"
import { Memory, MemoryBlobs, SqliteJournal, SharedMemories } from "../../../src/layers/lago/index.js"
import { limits } from "../../../src/layers/lago/memory/limits.js"
import { KindCodec } from "../../../src/machines/index.js"
import { event, said, stream, tamper, tempDir, to as unsealed } from "./support.js"

const text = "what is too long for an event ".repeat(100)
const sha256 = createHash("sha256").update(text).digest("hex")
const put = Effect.flatMap(BlobStore, (blobs) => blobs.put(Buffer.from(text)))
const get = (hash: string) => Effect.flatMap(BlobStore, (blobs) => blobs.get(hash))

const stores: ReadonlyArray<readonly [name: string, layer: Layer.Layer<BlobStore, unknown>]> = [
  ["in a journal's file", SqliteJournal.layerMemory],
  ["in memory", MemoryBlobs.layer]
]

describe("blobs", () => {
  for (const [where, layer] of stores) {
    it.effect(`blobs ${where} are found by their hash, and kept once`, () =>
      Effect.gen(function* () {
        const ref = yield* put
        assert.deepStrictEqual(ref, { sha256, sizeBytes: 3_000 })
        assert.deepStrictEqual(yield* put, ref)
        assert.strictEqual(Buffer.from(yield* get(sha256)).toString(), text)
        assert.strictEqual((yield* Effect.flip(get("ab".repeat(32)))).reason, "NotFound")
        const large = Buffer.alloc(Limits.blobBytesMax + 1)
        const blobs = yield* BlobStore
        assert.strictEqual((yield* Effect.flip(blobs.put(large))).reason, "TooLarge")
      }).pipe(Effect.provide(layer))
    )
  }

  it.scopedLive("blobs outlive the process, are read beside it, and are Corrupt when their bytes were altered", () =>
    Effect.gen(function* () {
      const dataDir = yield* tempDir
      const writer = SqliteJournal.layer({ dataDir })
      const reader = SqliteJournal.layer({ dataDir, readonly: true })
      yield* Effect.provide(put, writer)
      assert.strictEqual(Buffer.from(yield* Effect.provide(get(sha256), reader)).toString(), text)
      assert.strictEqual((yield* Effect.flip(Effect.provide(put, reader))).reason, "Unavailable")
      tamper(dataDir, "UPDATE blobs SET bytes = x'00'")
      assert.strictEqual((yield* Effect.flip(Effect.provide(get(sha256), writer))).reason, "Corrupt")
    })
  )
})

const kinds = new KindCodec([Memory.memory])
const remembered = (kind: Memory.MemoryKind): NewEvent => event(kinds.encode(kind))
const committed = (memoryId: string, more: Partial<Memory.MemoryKindOf<"MemoryCommitted">> = {}): NewEvent =>
  remembered({
    type: "MemoryCommitted",
    scope: "user",
    memoryId,
    proposalId: "user.p",
    entries: [{ text: memoryId, tags: [] }],
    provenance: { eventStart: 1, eventEnd: 1, files: [] },
    ...more
  })
const seal = (text: string): string => createHash("sha256").update(`key ${text}`).digest("hex")
const to = (...[sessionId, ...rest]: Parameters<typeof unsealed>): Append => ({
  ...unsealed(sessionId, ...rest),
  seal: (head) => seal(headText(stream(sessionId), head))
})
const known = (owner: string) =>
  Effect.flatMap(SharedMemories, ({ knownTo }) =>
    Effect.map(knownTo(owner, seal), (all) => all.map(({ memoryId }) => memoryId))
  )

describe("memories that sessions share", () => {
  it.scopedLive("a shared memory that was planted or changed without the key is left out", () =>
    Effect.gen(function* () {
      const dataDir = yield* tempDir
      const writer = SqliteJournal.layer({ dataDir })
      const append = (sessionId: string, events: ReadonlyArray<NewEvent>) =>
        Effect.provide(
          Effect.flatMap(Journal, (journal) => journal.append(to(sessionId, events))),
          writer
        )
      yield* append("a", [committed("user.1"), said("x")])
      yield* append("b", [committed("user.2")])
      assert.deepStrictEqual(yield* Effect.provide(known("ada"), writer), ["user.1", "user.2"])
      tamper(dataDir, "UPDATE events SET body = replace(body, '[]', '[\"evil\"]') WHERE body LIKE '%user.1%'")
      tamper(dataDir, "INSERT INTO streams (session_id, branch_id, agent_id) VALUES ('evil', 'main', 'evil')")
      tamper(
        dataDir,
        `INSERT INTO events (stream, sequence, event_id, at, kind, body, digest)
         SELECT 3, 1, randomblob(16), at, kind, replace(body, 'user.2', 'user.3'), digest FROM events WHERE body LIKE '%user.2%'`
      )
      tamper(dataDir, "INSERT INTO memories VALUES ('user.3', 'user', '', 3, 1)")
      assert.deepStrictEqual(yield* Effect.provide(known("ada"), writer), ["user.2"])
    })
  )

  it.effect("shared memories are found for every session, until one is superseded or forgotten", () =>
    Effect.gen(function* () {
      const journal = yield* Journal
      yield* journal.append(to("a", [committed("user.1"), committed("session.1", { scope: "session" })]))
      yield* journal.append(to("b", [said("x"), committed("org.2", { scope: "org" })]))
      yield* journal.append(to("b", [committed("agent.3", { scope: "agent", owner: "ada" })]))
      assert.deepStrictEqual(yield* known("ada"), ["agent.3", "org.2", "user.1"])
      assert.deepStrictEqual(yield* known("bob"), ["org.2", "user.1"])
      yield* journal.append(to("c", [committed("user.4", { supersedes: "user.1" })]))
      const forgotten = remembered({ type: "MemoryTombstoned", scope: "org", memoryId: "org.2", reason: "wrong" })
      yield* journal.append(to("a", [forgotten]))
      assert.deepStrictEqual(yield* known("bob"), ["user.4"])
    }).pipe(Effect.provide(SqliteJournal.layerMemory))
  )

  it.effect("shared memories are the newest ones of each scope", () =>
    Effect.gen(function* () {
      const journal = yield* Journal
      const id = (n: number) => `user.${String(n).padStart(4, "0")}`
      const many = Array.from({ length: limits.sharedMemoriesMax + 5 }, (_, n) => committed(id(n)))
      yield* journal.append(to("a", [committed("org.1", { scope: "org" }), ...many]))
      const found = yield* known("ada")
      assert.lengthOf(found, limits.sharedMemoriesMax + 1)
      assert.deepStrictEqual(found.slice(0, 2), ["org.1", id(5)])
    }).pipe(Effect.provide(SqliteJournal.layerMemory))
  )

  it.effect("shared memories are not there when the append that holds them fails", () =>
    Effect.gen(function* () {
      const journal = yield* Journal
      yield* Effect.flip(journal.append(to("a", [committed("user.1")], { expectedSequence: 7 })))
      assert.deepStrictEqual(yield* known("ada"), [])
    }).pipe(Effect.provide(SqliteJournal.layerMemory))
  )
})

describe("a journal of an older version", () => {
  it.scopedLive("a journal of an older version is read as it is, and gets its new tables from the next writer", () =>
    Effect.gen(function* () {
      const dataDir = yield* tempDir
      const writer = SqliteJournal.layer({ dataDir })
      const reader = SqliteJournal.layer({ dataDir, readonly: true })
      const head = Effect.flatMap(Journal, (journal) => journal.read(stream("s")))
      yield* Effect.provide(
        Effect.flatMap(Journal, (journal) => journal.append(to("s", [said("x")]))),
        writer
      )
      const database = new Sqlite(join(dataDir, "journal.sqlite"))
      database.exec(
        "DROP TABLE blobs; DROP TABLE memories; ALTER TABLE events DROP COLUMN seal; PRAGMA user_version = 2"
      )
      database.close()
      assert.lengthOf(yield* Effect.provide(head, reader), 1)
      assert.deepStrictEqual(yield* Effect.provide(known("ada"), reader), [])
      assert.strictEqual((yield* Effect.flip(Effect.provide(get(sha256), reader))).reason, "NotFound")
      yield* Effect.provide(
        Effect.flatMap(Journal, (journal) => journal.append(to("s", [committed("user.1")]))),
        writer
      )
      assert.deepStrictEqual(yield* Effect.provide(known("ada"), reader), ["user.1"])
    })
  )
})
