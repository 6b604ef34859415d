import { assert, describe, it } from "@effect/vitest"
import Sqlite from "better-sqlite3"
import { Cause, Effect, Exit, Layer, Option } from "effect"
import {
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync
} from "node:fs"
import { join } from "node:path"
import { ActorSystem, adopt, prove } from "../../src/actors/index.js"
import { Identity, IdentityError, Ids, Journal, JournalError, mainBranch } from "../../src/layers/aios/index.js"
import { FileIdentity } from "../../src/layers/anima/index.js"
import { ScriptedModel } from "../../src/layers/arcan/index.js"
import { SqliteJournal } from "../../src/layers/lago/index.js"
import * as Life from "../../src/Life.js"
import { folderWith } from "./attack.js"

const stream = { sessionId: "s", branchId: mainBranch }
const provider = ScriptedModel.layer(() => ({ content: "Done." }))
const lifeIn = (root: string, dataDir = join(root, ".life")) => Life.layer({ workspace: root, dataDir, provider })

/** Runs an objective in a session of this folder, and gives the error if it failed. */
const work = (root: string, sessionId = "s", during: Effect.Effect<void> = Effect.void) =>
  Effect.map(
    Effect.exit(
      Effect.gen(function* () {
        const agent = yield* Effect.flatMap(ActorSystem, (system) => system.spawn({ name: sessionId, sessionId }))
        yield* during
        yield* agent.run("Rest.")
      }).pipe(Effect.provide(lifeIn(root)))
    ),
    (exit) => (Exit.isSuccess(exit) ? undefined : Option.getOrUndefined(Cause.failureOption(exit.cause)))
  )

const reasonOf = (error: unknown): string | undefined =>
  error instanceof JournalError || error instanceof IdentityError
    ? error.reason
    : error === undefined
      ? undefined
      : String(error)

const proofIn = (dataDir: string) =>
  Effect.gen(function* () {
    const identity = Option.getOrUndefined(yield* FileIdentity.existing({ dataDir }))
    return yield* prove(yield* Journal, FileIdentity.verify, stream, identity)
  }).pipe(Effect.provide(SqliteJournal.layer({ dataDir, readonly: true })))

const worked = Effect.gen(function* () {
  const root = yield* folderWith({})
  assert.isUndefined(yield* work(root))
  return { root, dataDir: join(root, ".life") }
})

describe("an older copy of a journal", () => {
  it.scopedLive("an older copy of the database is not taken up, and verify names what is missing", () =>
    Effect.gen(function* () {
      const { dataDir, root } = yield* worked
      cpSync(join(dataDir, "journal.sqlite"), join(root, "older"))
      assert.isUndefined(yield* work(root))
      cpSync(join(root, "older"), join(dataDir, "journal.sqlite"))
      assert.strictEqual(reasonOf(yield* work(root)), "Untrusted")
      assert.include(
        (yield* proofIn(dataDir)).flaw?.message,
        "are missing: the end was cut off, or this is an older copy"
      )
    })
  )

  it.scopedLive("a session that was deleted is not begun anew under its name", () =>
    Effect.gen(function* () {
      const { dataDir, root } = yield* worked
      const database = new Sqlite(join(dataDir, "journal.sqlite"))
      for (const table of ["events", "checkpoints"]) database.prepare(`DELETE FROM ${table}`).run()
      database.prepare("DELETE FROM streams").run()
      database.close()
      assert.strictEqual(reasonOf(yield* work(root)), "Untrusted")
    })
  )

  it.scopedLive("a write-ahead log that was cut in half is noticed, after a process that was killed", () =>
    Effect.gen(function* () {
      const root = yield* folderWith({})
      const dataDir = join(root, ".life")
      const copy = join(root, "killed")
      yield* Effect.gen(function* () {
        const agent = yield* Effect.flatMap(ActorSystem, (system) => system.spawn({ name: "s", sessionId: "s" }))
        yield* agent.run("Rest.")
        // The files of a living process are those of a killed one.
        cpSync(dataDir, copy, { recursive: true })
      }).pipe(Effect.provide(lifeIn(root)))
      // The anchor of the copy stands behind the log.
      const wal = join(copy, "journal.sqlite-wal")
      assert.isAbove(statSync(wal).size, 0)
      truncateSync(wal, Math.floor(statSync(wal).size / 2))
      rmSync(join(copy, "journal.sqlite-shm"), { force: true })
      rmSync(dataDir, { recursive: true })
      renameSync(copy, dataDir)
      assert.strictEqual(reasonOf(yield* work(root)), "Untrusted")
    })
  )
})

describe("a change of rights", () => {
  it.scopedLive("a policy that was made tighter cannot be cut off again", () =>
    Effect.gen(function* () {
      const root = yield* folderWith({})
      const dataDir = join(root, ".life")
      const spawned = (policy: "pro" | "anonymous") =>
        Effect.provide(
          Effect.flatMap(ActorSystem, (system) => system.spawn({ name: "s", sessionId: "s", policy })),
          lifeIn(root)
        )
      yield* spawned("pro")
      yield* spawned("anonymous")
      const database = new Sqlite(join(dataDir, "journal.sqlite"))
      database
        .prepare(
          "DELETE FROM events WHERE sequence >= (SELECT max(sequence) FROM events WHERE body LIKE '%SessionConfigured%')"
        )
        .run()
      database.close()
      assert.strictEqual(reasonOf(yield* work(root)), "Untrusted")
    })
  )
})

describe("the anchor", () => {
  it.scopedLive("an anchor that is a directory is an error, and a torn line takes no other with it", () =>
    Effect.gen(function* () {
      const { dataDir, root } = yield* worked
      const anchor = join(dataDir, "journal.anchor")
      writeFileSync(anchor, `${readFileSync(anchor, "utf8")}{"sessionId":"torn`)
      assert.isUndefined(yield* work(root, "other"))
      const heads = Effect.flatMap(Journal, (journal) => journal.anchors()).pipe(
        Effect.provide(SqliteJournal.layer({ dataDir, readonly: true }))
      )
      assert.sameMembers(
        (yield* heads).map(({ sessionId }) => sessionId),
        ["s", "other"]
      )
      rmSync(anchor)
      mkdirSync(anchor)
      assert.strictEqual(reasonOf(yield* Effect.flip(heads)), "Unwritable")
      assert.strictEqual(reasonOf(yield* work(root)), "Unwritable")
    })
  )
})

describe("a damaged session", () => {
  it.scopedLive("a damaged session does not keep the others from going on", () =>
    Effect.gen(function* () {
      const { dataDir, root } = yield* worked
      const database = new Sqlite(join(dataDir, "journal.sqlite"))
      database.prepare("INSERT INTO streams (session_id, branch_id, agent_id) VALUES ('zz', 'main', 'zz')").run()
      const stream = "(SELECT id FROM streams WHERE session_id = 'zz')"
      const insert = `INSERT INTO events (stream, sequence, event_id, at, kind, body, extra, digest)
        VALUES (${stream}, ?, randomblob(16), 1, (SELECT code FROM kinds WHERE type = ? AND body IS NULL), '{}', 'not json', zeroblob(32))`
      database.prepare(insert).run(1, "SessionCreated")
      database.prepare(insert).run(2, "RunStarted")
      database.close()
      assert.isUndefined(yield* work(root))
    })
  )

  it.scopedLive("a dictionary of kinds that hides a record is Corrupt", () =>
    Effect.gen(function* () {
      const { dataDir, root } = yield* worked
      const database = new Sqlite(join(dataDir, "journal.sqlite"))
      const message = "body LIKE '%UserMessage%'"
      database
        .prepare(`UPDATE kinds SET body = (SELECT body FROM events WHERE ${message} LIMIT 1) WHERE code = 0`)
        .run()
      database.prepare(`UPDATE events SET kind = 0, body = NULL WHERE ${message}`).run()
      database.close()
      assert.strictEqual(reasonOf(yield* work(root)), "Corrupt")
    })
  )
})

describe("the key of a data directory", () => {
  it.scopedLive("a lost key is not replaced silently, and an empty database beside a key is noticed", () =>
    Effect.gen(function* () {
      const { dataDir, root } = yield* worked
      const key = readFileSync(join(dataDir, "identity.key"), "utf8")
      rmSync(join(dataDir, "identity.key"))
      const lost = yield* work(root)
      assert.strictEqual(reasonOf(lost), "Missing")
      assert.include(String(lost), "life id recover FILE")
      assert.isFalse(existsSync(join(dataDir, "identity.key")))
      assert.strictEqual(reasonOf(yield* Effect.flip(FileIdentity.recover({ dataDir, text: "no key" }))), "Malformed")
      yield* FileIdentity.recover({ dataDir, text: key })
      assert.isUndefined(yield* work(root))
      writeFileSync(join(dataDir, "journal.sqlite"), "")
      assert.strictEqual(reasonOf(yield* work(root)), "Untrusted")
    })
  )

  it.scopedLive("a foreign key does not vouch for a session until it adopts it, and the adoption is recorded", () =>
    Effect.gen(function* () {
      const { dataDir, root } = yield* worked
      rmSync(join(dataDir, "identity.key"))
      const identity = yield* FileIdentity.replaceLost({ dataDir })
      assert.strictEqual(reasonOf(yield* work(root)), "Untrusted")
      assert.include((yield* proofIn(dataDir)).flaw?.message, "and the key of this data directory is")
      yield* Effect.gen(function* () {
        const ports = { journal: yield* Journal, ids: yield* Ids, identity }
        yield* adopt(ports, stream)
        const adopted = yield* ports.journal.read({ ...stream, types: ["IdentityAdopted"] })
        assert.lengthOf(adopted, 1)
      }).pipe(Effect.provide(Layer.merge(SqliteJournal.layer({ dataDir }), Ids.layer)))
      const proof = yield* proofIn(dataDir)
      assert.isUndefined(proof.flaw)
      assert.lengthOf(proof.signedBy, 2)
      assert.isUndefined(yield* work(root))
    })
  )

  it.scopedLive(
    "a first process that is killed while it writes the key leaves no secret, and the next one starts",
    () =>
      Effect.gen(function* () {
        const root = yield* folderWith({})
        const dataDir = join(root, ".life")
        mkdirSync(dataDir)
        // The kill fell between making the file and writing it.
        writeFileSync(join(dataDir, "identity.key"), "", { mode: 0o600 })
        assert.isUndefined(yield* work(root))
        assert.deepStrictEqual(
          readdirSync(dataDir).filter((name) => name.includes("partial")),
          []
        )
        assert.match(readFileSync(join(dataDir, "identity.key"), "utf8"), /^[0-9a-f]{64}\n$/)
      })
  )

  it.scopedLive("two processes that start at once get the same key", () =>
    Effect.gen(function* () {
      const dataDir = join(yield* folderWith({}), ".life")
      const keys = yield* Effect.all(
        Array.from({ length: 8 }, () => Effect.provide(Identity, FileIdentity.layer({ dataDir }))),
        { concurrency: "unbounded" }
      )
      assert.lengthOf(new Set(keys.map(({ publicKey }) => publicKey)), 1)
    })
  )
})

describe("the files of a data directory", () => {
  it.scopedLive.skipIf(process.platform === "win32")("the files are private under any umask and in any directory", () =>
    Effect.gen(function* () {
      const root = yield* folderWith({})
      const dataDir = join(root, "open")
      mkdirSync(dataDir, { mode: 0o755 })
      chmodSync(dataDir, 0o755)
      // Files of an earlier version.
      writeFileSync(join(dataDir, "lock.sqlite"), "", { mode: 0o644 })
      const before = process.umask(0)
      yield* Effect.addFinalizer(() => Effect.sync(() => process.umask(before)))
      yield* Effect.gen(function* () {
        const agent = yield* Effect.flatMap(ActorSystem, (system) => system.spawn({ name: "s" }))
        yield* agent.run("Rest.")
        for (const name of readdirSync(dataDir)) {
          assert.strictEqual(statSync(join(dataDir, name)).mode & 0o777, 0o600, name)
        }
        assert.includeMembers(readdirSync(dataDir), ["journal.sqlite-wal", "journal.anchor", "lock.sqlite"])
      }).pipe(Effect.provide(lifeIn(root, dataDir)))
      assert.isUndefined(yield* work(root))
      assert.strictEqual(statSync(join(root, ".life")).mode & 0o777, 0o700)
    })
  )

  for (const [what, change] of Object.entries({
    removed: (dataDir: string) => rmSync(dataDir, { recursive: true }),
    "moved away": (dataDir: string) => renameSync(dataDir, `${dataDir}-moved`),
    "exchanged for a copy": (dataDir: string) => {
      cpSync(dataDir, `${dataDir}-copy`, { recursive: true })
      rmSync(dataDir, { recursive: true })
      renameSync(`${dataDir}-copy`, dataDir)
    }
  })) {
    it.scopedLive(
      `a directory that is ${what} under a running process fails the run before the next acknowledgement`,
      () =>
        Effect.gen(function* () {
          const { dataDir, root } = yield* worked
          const started = Date.now()
          const error = yield* work(
            root,
            "s",
            Effect.sync(() => change(dataDir))
          )
          assert.strictEqual(reasonOf(error), "Replaced")
          assert.isBelow(Date.now() - started, 10_000)
        })
    )
  }

  it.scopedLive("a process that was fenced ends its runs at once, and does not try again", () =>
    Effect.gen(function* () {
      const { dataDir, root } = yield* worked
      const error = yield* Effect.timeout(
        Effect.flip(
          Effect.gen(function* () {
            const agent = yield* Effect.flatMap(ActorSystem, (system) => system.spawn({ name: "t" }))
            const database = new Sqlite(join(dataDir, "journal.sqlite"))
            database.prepare("UPDATE fence SET epoch = epoch + 1").run()
            database.close()
            yield* agent.run("Rest.")
          }).pipe(Effect.provide(lifeIn(root)))
        ),
        "10 seconds"
      )
      assert.strictEqual(reasonOf(error), "Fenced")
    })
  )
})
