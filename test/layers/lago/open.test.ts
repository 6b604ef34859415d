import { type ChildProcess, execFileSync, spawn } from "node:child_process"
import { chmodSync, mkdirSync, readdirSync, rmSync, statSync, truncateSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { assert, describe, it } from "@effect/vitest"
import { Effect, Exit, Layer } from "effect"
import { Journal, type JournalError } from "../../../src/layers/aios/index.js"
import { acquire } from "../../../src/layers/lago/DataDirLock.js"
import { open } from "../../../src/layers/lago/Database.js"
import { SqliteJournal } from "../../../src/layers/lago/index.js"
import { setSynchronous } from "../../../src/layers/lago/synchronous.js"
import { said, skipReason, stream, tamper, tempDir, to, using } from "./support.js"

const opening = (options: SqliteJournal.Options): Effect.Effect<JournalError, void> =>
  Effect.flip(using(options, () => Effect.void))

describe("opening a data directory", () => {
  it.scopedLive("opening a data directory makes it for its owner only", () =>
    Effect.gen(function* () {
      const dataDir = join(yield* tempDir, "a", "b")
      yield* using({ dataDir }, (journal) => journal.append(to("s", [said("x")])))
      assert.strictEqual(statSync(dataDir).mode & 0o777, 0o700)
    })
  )

  it.scopedLive("opening sets how durable a commit is, and SQLite says so on a connection that wrote", () =>
    Effect.gen(function* () {
      const database = yield* open(join(yield* tempDir, "x.sqlite"), {})
      yield* database.run("CREATE TABLE t (x)")
      for (const [name, code] of [
        ["full", 2],
        ["normal", 1]
      ] as const) {
        yield* setSynchronous(database, name)
        yield* database.run("INSERT INTO t VALUES (1)")
        assert.deepStrictEqual(yield* database.run("PRAGMA synchronous"), [{ synchronous: code }])
      }
    })
  )

  it.scopedLive("a data directory below a file is Unwritable", () =>
    Effect.gen(function* () {
      const file = join(yield* tempDir, "file")
      writeFileSync(file, "")
      assert.strictEqual((yield* opening({ dataDir: join(file, "data") })).reason, "Unwritable")
    })
  )

  it.scopedLive("a data directory that holds no database file is Corrupt, and the message names the file", () =>
    Effect.gen(function* () {
      const dataDir = yield* tempDir
      writeFileSync(join(dataDir, "journal.sqlite"), "this is not a database at all, only text. ".repeat(200))
      for (const readonly of [false, true]) {
        const error = yield* opening({ dataDir, readonly })
        assert.strictEqual(error.reason, "Corrupt")
        assert.include(error.message, join(dataDir, "journal.sqlite"))
      }
    })
  )

  it.scopedLive("a data directory with a damaged table is Corrupt when it is read, not empty", () =>
    Effect.gen(function* () {
      const dataDir = yield* tempDir
      yield* using({ dataDir }, (journal) =>
        Effect.forEach(Array.from({ length: 200 }), () => journal.append(to("s", [said("x".repeat(1_000))])))
      )
      truncateSync(join(dataDir, "journal.sqlite"), 4_096 * 20)
      const error = yield* Effect.flip(using({ dataDir }, (journal) => journal.read(stream("s"))))
      assert.strictEqual(error.reason, "Corrupt")
    })
  )

  it.scopedLive("a data directory from a newer version is refused", () =>
    Effect.gen(function* () {
      const dataDir = yield* tempDir
      yield* using({ dataDir }, () => Effect.void)
      yield* Effect.scoped(
        Effect.flatMap(open(join(dataDir, "journal.sqlite"), {}), (database) =>
          database.run("PRAGMA user_version = 99")
        )
      )
      for (const readonly of [false, true]) assert.include((yield* opening({ dataDir, readonly })).message, "schema 99")
    })
  )
})

describe("a reader", () => {
  it.scopedLive("a reader finds NotFound where there is no journal, and makes nothing", () =>
    Effect.gen(function* () {
      const dataDir = join(yield* tempDir, "none")
      assert.strictEqual((yield* opening({ dataDir, readonly: true })).reason, "NotFound")
      assert.isUndefined(statSync(dataDir, { throwIfNoEntry: false }))
      mkdirSync(dataDir)
      writeFileSync(join(dataDir, "journal.sqlite"), "")
      assert.strictEqual((yield* opening({ dataDir, readonly: true })).reason, "NotFound")
    })
  )

  it.scopedLive("a reader reads beside the writer and cannot append", () =>
    Effect.gen(function* () {
      const dataDir = yield* tempDir
      yield* using({ dataDir }, (writer) =>
        Effect.gen(function* () {
          yield* writer.append(to("s", [said("x")]))
          yield* using({ dataDir, readonly: true }, (reader) =>
            Effect.gen(function* () {
              yield* writer.append(to("s", [said("y")]))
              assert.strictEqual((yield* reader.read(stream("s"))).length, 2)
              assert.strictEqual((yield* Effect.flip(reader.append(to("s", [said("z")])))).reason, "Unwritable")
            })
          )
        })
      )
    })
  )
})

describe("a reader that makes nothing", () => {
  const files = (dataDir: string) => readdirSync(dataDir).filter((name) => name.startsWith("journal.sqlite"))

  it.scopedLive("a reader that makes nothing leaves the directory as it is, and sees a later writer", () =>
    Effect.gen(function* () {
      const dataDir = yield* tempDir
      yield* using({ dataDir }, (writer) => writer.append(to("s", [said("x")])))
      yield* using({ dataDir, readonly: true }, (reader) =>
        Effect.gen(function* () {
          const length = Effect.map(reader.read(stream("s")), (records) => records.length)
          assert.strictEqual(yield* length, 1)
          assert.deepStrictEqual(files(dataDir), ["journal.sqlite"])
          yield* using({ dataDir }, (writer) =>
            Effect.gen(function* () {
              yield* writer.append(to("s", [said("y")]))
              assert.strictEqual(yield* length, 2)
              yield* writer.append(to("s", [said("z")]))
            })
          )
          assert.strictEqual(yield* length, 3)
        })
      )
      yield* using({ dataDir }, () => Effect.void)
      assert.deepStrictEqual(files(dataDir), ["journal.sqlite"])
    })
  )
})

const holder = fileURLToPath(new URL("./fixtures/holder.ts", import.meta.url))

const holding = (dataDir: string) =>
  Effect.acquireRelease(
    Effect.async<ChildProcess>((resume) => {
      const child = spawn(process.execPath, ["--import", "tsx", holder, dataDir], {
        stdio: ["ignore", "pipe", "inherit"]
      })
      child.stdout.once("data", () => resume(Effect.succeed(child)))
      child.once("error", (error) => resume(Effect.die(error)))
      child.once("exit", (code) => resume(Effect.die(new Error(`the holder ended with ${code}`))))
    }),
    (child) => Effect.sync(() => child.kill("SIGKILL"))
  )

const killed = (child: ChildProcess) =>
  Effect.async<void>((resume) => {
    child.once("exit", () => resume(Effect.void))
    child.kill("SIGKILL")
  })

describe("one writing process at a time", () => {
  it.scopedLive("the second writer is told the first's pid at once, and a killed one leaves nothing in the way", () =>
    Effect.gen(function* () {
      const dataDir = yield* tempDir
      const child = yield* holding(dataDir)
      const error = yield* opening({ dataDir })
      assert.deepInclude(error, { reason: "InUse", pid: child.pid })
      assert.include(error.message, String(child.pid))
      assert.include(error.message, dataDir)
      assert.strictEqual(
        yield* using({ dataDir, readonly: true }, (journal) => Effect.map(journal.sessions, (all) => all.length)),
        1
      )
      yield* killed(child)
      const kept = yield* using({ dataDir }, (journal) => journal.read(stream("held")))
      assert.strictEqual(kept.length, 1)
    })
  )

  it.scopedLive("two openings in one process exclude each other, too", () =>
    Effect.gen(function* () {
      const dataDir = yield* tempDir
      yield* using({ dataDir }, () =>
        Effect.map(opening({ dataDir }), (error) => assert.deepInclude(error, { reason: "InUse", pid: process.pid }))
      )
      yield* using({ dataDir }, () => Effect.void)
    })
  )

  it.scopedLive("the lock is free again when its scope closes", () =>
    Effect.gen(function* () {
      const dataDir = yield* tempDir
      yield* Effect.scoped(acquire(dataDir))
      yield* Effect.scoped(acquire(dataDir))
    })
  )

  it.scopedLive("a writer whose lock was taken away is fenced and writes nothing more", () =>
    Effect.gen(function* () {
      const dataDir = yield* tempDir
      yield* using({ dataDir }, (stale) =>
        Effect.gen(function* () {
          yield* stale.append(to("s", [said("first")]))
          for (const suffix of ["", "-wal", "-shm"]) rmSync(join(dataDir, `lock.sqlite${suffix}`))
          yield* using({ dataDir }, (fresh) =>
            Effect.gen(function* () {
              for (let i = 0; i < 2; i++) {
                assert.strictEqual((yield* Effect.flip(stale.append(to("s", [said("late")])))).reason, "Fenced")
              }
              yield* fresh.append(to("s", [said("second")], { expectedSequence: 1 }))
            })
          )
        })
      )
      assert.strictEqual((yield* using({ dataDir }, (journal) => journal.head(stream("s")))).sequence, 2)
    })
  )
})

// A file system of its own, which only root may mount.
const mounted = (options: string) => (dir: string) =>
  Effect.acquireRelease(
    Effect.sync(() => execFileSync("mount", ["-t", "tmpfs", "-o", options, "tmpfs", dir], { stdio: "pipe" })),
    () => Effect.sync(() => execFileSync("umount", ["-l", dir]))
  )

const cannotMount = skipReason(() =>
  Effect.runSync(Effect.scoped(Effect.flatMap(tempDir, (dir) => Effect.asVoid(mounted("size=1m")(dir)))))
)
if (cannotMount !== undefined) console.warn(`skipped, because tmpfs cannot be mounted here: ${cannotMount}`)

describe.skipIf(cannotMount !== undefined)("a disk", () => {
  const onSmallDisk = Effect.tap(tempDir, mounted("size=1m"))

  it.scopedLive("a full disk fails the append whole, and the journal works again when there is room", () =>
    Effect.gen(function* () {
      const dataDir = yield* onSmallDisk
      yield* using({ dataDir }, (journal) =>
        Effect.gen(function* () {
          const ballast = join(dataDir, "ballast")
          writeFileSync(ballast, Buffer.alloc(400_000))
          const block = () => [said("x".repeat(20_000)), said("y".repeat(20_000))]
          let failure: JournalError | undefined
          for (let n = 0; n < 60 && failure === undefined; n++) {
            const exit = yield* Effect.either(journal.append(to("s", block())))
            if (exit._tag === "Left") failure = exit.left
          }
          assert.strictEqual(failure?.reason, "DiskFull")
          const { sequence } = yield* journal.head(stream("s"))
          assert.strictEqual(sequence % 2, 0)
          rmSync(ballast)
          yield* journal.append(to("s", block(), { expectedSequence: sequence }))
          const { checked, flaw } = yield* journal.verify(stream("s"))
          assert.deepStrictEqual([checked, flaw._tag], [sequence + 2, "None"])
        })
      )
    })
  )

  it.scopedLive("a disk that is full before the journal is made gives DiskFull", () =>
    Effect.gen(function* () {
      const dataDir = yield* onSmallDisk
      writeFileSync(join(dataDir, "ballast"), Buffer.alloc(1_048_576))
      assert.strictEqual((yield* opening({ dataDir })).reason, "DiskFull")
    })
  )

  it.scopedLive("a disk mounted read-only gives Unwritable, and can be read", () =>
    Effect.gen(function* () {
      const dataDir = yield* onSmallDisk
      yield* using({ dataDir }, (journal) => journal.append(to("s", [said("x")])))
      execFileSync("mount", ["-o", "remount,ro", dataDir])
      assert.strictEqual((yield* opening({ dataDir })).reason, "Unwritable")
      const { checked } = yield* using({ dataDir, readonly: true }, (journal) => journal.verify(stream("s")))
      assert.strictEqual(checked, 1)
    })
  )
})

const isRoot = process.getuid?.() === 0
if (isRoot) console.warn("skipped, because permissions do not stop root: a directory without write permission")

describe.skipIf(isRoot)("a directory without write permission", () => {
  it.scopedLive("a directory without write permission is Unwritable", () =>
    Effect.gen(function* () {
      const dataDir = yield* tempDir
      chmodSync(dataDir, 0o500)
      assert.strictEqual((yield* opening({ dataDir })).reason, "Unwritable")
    })
  )
})

describe("closing", () => {
  it.scopedLive("closing leaves no write-ahead log behind, so that one file is the whole journal", () =>
    Effect.gen(function* () {
      const dataDir = yield* tempDir
      const exit = yield* Effect.exit(using({ dataDir }, (journal) => journal.append(to("s", [said("x")]))))
      assert.isTrue(Exit.isSuccess(exit))
      assert.isUndefined(statSync(join(dataDir, "journal.sqlite-wal"), { throwIfNoEntry: false }))
      tamper(dataDir, "UPDATE fence SET epoch = epoch")
    })
  )

  it.scopedLive("a layer is a journal of its own each time it is built", () =>
    Effect.gen(function* () {
      const head = Effect.flatMap(Journal, (journal) =>
        Effect.zipRight(journal.append(to("s", [said("x")])), journal.head(stream("s")))
      )
      for (let i = 0; i < 2; i++) {
        assert.strictEqual((yield* Effect.provide(head, Layer.fresh(SqliteJournal.layerMemory))).sequence, 1)
      }
    })
  )
})
