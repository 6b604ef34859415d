/**
 * The journal on SQLite.
 *
 * @since 0.1.0
 */
import { chmodSync, closeSync, existsSync, mkdirSync, openSync, statSync } from "node:fs"
import { dirname, join } from "node:path"
import { Context, Effect, Layer, Option, type Scope } from "effect"
import { type AnchoredHead, BlobStore, Journal, JournalError } from "../aios/index.js"
import * as Anchor from "./anchor.js"
import * as Blobs from "./blobs.js"
import { acquire } from "./DataDirLock.js"
import { type Database, open, withRun } from "./Database.js"
import { load } from "./kinds.js"
import { SharedMemories } from "./memory/SharedMemories.js"
import { knownTo } from "./memory/table.js"
import { voucherOf } from "./memory/voucher.js"
import * as Reader from "./reader.js"
import { eventColumns, eventColumnsOf, keyOf } from "./records.js"
import { memoriesVersion, migrate, sealVersion, versionOf } from "./schema.js"
import { openRuns, session, sessions } from "./sessions.js"
import * as Signals from "./signals.js"
import { HeadCache, readHead } from "./streams.js"
import { verifyStore } from "./verifyStore.js"
import { setSynchronous } from "./synchronous.js"
import { verify } from "./verify.js"
import * as Writer from "./writer.js"

/**
 * Options to open a journal.
 *
 * @since 0.1.0
 * @category models
 */
export interface Options {
  /** The directory that holds the journal; made (mode 0700) when it is missing. */
  readonly dataDir: string
  /**
   * `full` keeps every acknowledged event through a power cut; `normal` keeps it through the death of the process only,
   * and is faster.
   *
   * @default "full"
   */
  readonly synchronous?: "full" | "normal"
  /**
   * Reads beside a process that writes: takes no lock and makes nothing, and appends fail with `Unwritable`.
   *
   * @default false
   */
  readonly readonly?: boolean
}

type Service = typeof Journal.Service

interface Store {
  readonly journal: Service
  readonly blobs: typeof BlobStore.Service
  readonly memories: typeof SharedMemories.Service
}

/**
 * Services of a database file: a journal, the blobs its events name, and the memories that its sessions share.
 *
 * @since 0.1.0
 * @category models
 */
export type Services = Journal | BlobStore | SharedMemories

const toContext = ({ blobs, journal, memories }: Store): Context.Context<Services> =>
  Context.make(Journal, journal).pipe(Context.add(BlobStore, blobs), Context.add(SharedMemories, memories))

// Pages in the write-ahead log before SQLite copies them into the database: large, because the copying makes appends
// wait.
const walPagesMax = 4_000

const prepareDirectory = (dataDir: string): Effect.Effect<unknown, JournalError> =>
  Effect.try({
    try: () => mkdirSync(dataDir, { recursive: true, mode: 0o700 }),
    catch: (cause) =>
      new JournalError({
        reason: "Unwritable",
        message: `The data directory ${dataDir} cannot be made (${String(cause)}). Take another one, or make it writable.`
      })
  })

// SQLite gives its other files the permissions of the database. Files of an earlier version may be open to others.
const keepPrivate = (file: string): Effect.Effect<void, JournalError> =>
  Effect.try({
    try: () => {
      closeSync(openSync(file, "a", 0o600))
      for (const path of [file, `${file}-wal`, `${file}-shm`]) {
        const stats = statSync(path, { throwIfNoEntry: false })
        if (stats !== undefined && (stats.mode & 0o077) !== 0) chmodSync(path, 0o600)
      }
    },
    catch: (cause) =>
      new JournalError({
        reason: "Unwritable",
        message: `${file} cannot be made private to its owner (${String(cause)}). Check the owner of the file.`
      })
  })

const placeOf = (file: string): (() => boolean) => {
  const opened = statSync(file, { throwIfNoEntry: false })
  return () => {
    const found = statSync(file, { throwIfNoEntry: false })
    return found !== undefined && found.ino === opened?.ino && found.dev === opened.dev
  }
}

// A reader changes nothing, so it accepts the schema of an older version.
const readableVersion = Effect.fnUntraced(function* (database: Database) {
  const version = yield* versionOf(database)
  return version === 0 ? yield* notFound(database.file) : version
})

const notFound = (file: string): JournalError =>
  new JournalError({
    reason: "NotFound",
    message: `There is no journal at ${file}. Run an agent first, or check the path.`
  })

const readFace = (
  source: Reader.Source,
  subscribe: Signals.Signals["subscribe"],
  heads: Effect.Effect<ReadonlyMap<string, AnchoredHead>, JournalError>,
  hasMemories = true
): Omit<Service, "append"> => {
  const { database } = source
  return {
    read: (query) => Reader.read(source, query),
    stream: (query) => Reader.stream(source, query),
    tail: (query) => Reader.tail(source, query, subscribe(query)),
    head: (stream) => Effect.map(database.exclusive(readHead(source, stream)), Reader.headOf),
    checkpoint: (stream, atMost = Number.MAX_SAFE_INTEGER) => Reader.checkpoint(source, stream, atMost),
    anchors: (stream) =>
      Effect.map(heads, (all) => (stream === undefined ? [...all.values()] : [all.get(keyOf(stream)) ?? []].flat())),
    sessions: database.exclusive(sessions(database)),
    session: (stream) =>
      Effect.map(database.exclusive(session(database, stream)), ([found]) => Option.fromNullable(found)),
    openRuns: database.exclusive(openRuns(database)),
    verify: (stream, after) => verify(source, stream, after),
    verifyStore: database.exclusive(verifyStore(source, hasMemories))
  }
}

const memoriesOf = (source: Reader.Source): typeof SharedMemories.Service => {
  const { database } = source
  const isVouchedFor = voucherOf(source)
  return {
    knownTo: (owner, seal) =>
      Effect.flatMap(database.exclusive(knownTo(database, owner)), (found) =>
        Effect.filter(found, (memory) => isVouchedFor(memory, seal))
      )
  }
}

const anchorOf = (file: string): string => join(dirname(file), "journal.anchor")

const always = (): boolean => true

const makeWriting = Effect.fnUntraced(function* (
  database: Database,
  anchor: Anchor.Anchor,
  isInPlace: () => boolean = always
): Effect.fn.Return<Store, JournalError> {
  yield* migrate(database)
  const [fence] = yield* database.run<{ readonly epoch: number }>("UPDATE fence SET epoch = epoch + 1 RETURNING epoch")
  const kinds = yield* load(database)
  const signals = Signals.make()
  const source: Reader.Source = { database, kinds, columns: eventColumns, hasSeals: true }
  const committer = { database, kinds, heads: new HeadCache(), epoch: fence?.epoch ?? 0, isInPlace, anchor }
  const { append } = Writer.make(committer, signals.committed)
  return {
    journal: {
      append,
      ...readFace(source, signals.subscribe, Effect.sync(anchor.heads))
    },
    blobs: Blobs.make(database, committer.epoch),
    memories: memoriesOf(source)
  }
})

const makeReadonly = Effect.fnUntraced(function* (file: string): Effect.fn.Return<Store, JournalError, Scope.Scope> {
  if (!existsSync(file)) return yield* notFound(file)
  const database = yield* open(file, { readonly: true })
  const version = yield* readableVersion(database)
  const columns = eventColumnsOf(version)
  const kinds = yield* load(database)
  const source: Reader.Source = { database, kinds, columns, hasSeals: version >= sealVersion }
  const hasMemories = version >= memoriesVersion
  const refused = new JournalError({
    reason: "Unwritable",
    message: `${file} was opened for reading only. Open it without \`readonly\` to append.`
  })
  return {
    journal: {
      append: () => refused,
      ...readFace(source, () => Signals.polling, Anchor.read(anchorOf(file)), hasMemories)
    },
    blobs: hasMemories ? Blobs.makeReadonly(database) : Blobs.none(file),
    memories: hasMemories ? memoriesOf(source) : { knownTo: () => Effect.succeed([]) }
  }
})

// SQLite makes two files beside a database in WAL mode. A reader cannot read without them and cannot remove them. So
// the writer leaves WAL mode at its end, except while another process reads: then the files are there already.
const leave = (database: Database): Effect.Effect<unknown> =>
  database.run("PRAGMA busy_timeout = 0").pipe(
    Effect.zipRight(database.run("PRAGMA journal_mode = DELETE")),
    Effect.catchTag("JournalError", () => database.run("PRAGMA wal_checkpoint(PASSIVE)")),
    Effect.catchTag("JournalError", (error) =>
      Effect.logWarning(`The write-ahead log stays beside the journal; nothing is lost. ${error.message}`)
    )
  )

const make = Effect.fnUntraced(function* (options: Options): Effect.fn.Return<Store, JournalError, Scope.Scope> {
  const file = join(options.dataDir, "journal.sqlite")
  if (options.readonly === true) return yield* makeReadonly(file)
  yield* prepareDirectory(options.dataDir)
  yield* keepPrivate(join(options.dataDir, "lock.sqlite"))
  yield* acquire(options.dataDir)
  yield* keepPrivate(file)
  const database = yield* open(file, {})
  yield* setSynchronous(database, options.synchronous ?? "full")
  yield* database.run(`PRAGMA wal_autocheckpoint = ${walPagesMax}`)
  const store = yield* makeWriting(database, yield* Anchor.make(anchorOf(file)), placeOf(file))
  yield* Effect.addFinalizer(() => leave(database))
  return store
})

/**
 * The journal in `<dataDir>/journal.sqlite`. Fails with `InUse` when another process writes to that directory,
 * `Unwritable`, `DiskFull` or `Corrupt` when the file cannot be used, and `NotFound` when a reader finds no journal.
 *
 * @since 0.1.0
 * @category layers
 * @example
 * ```ts
 * import { Effect } from "effect"
 * import { Journal, SqliteJournal } from "life-agent-os"
 *
 * const program = Effect.flatMap(Journal.Journal, (journal) => journal.sessions)
 * Effect.runPromise(Effect.provide(program, SqliteJournal.layer({ dataDir: ".life", readonly: true })))
 * ```
 */
export const layer = (options: Options): Layer.Layer<Services, JournalError> =>
  Layer.scopedContext(Effect.map(make(options), toContext))

/**
 * A journal that lives in memory and works without promises and timers; for simulations and tests.
 *
 * @since 0.1.0
 * @category layers
 */
export const layerMemory: Layer.Layer<Services, JournalError> = Layer.scopedContext(
  Effect.map(
    Effect.flatMap(open(":memory:", {}), (database) => makeWriting(database, Anchor.makeMemory())),
    toContext
  )
)

/**
 * A database in memory that outlives the processes that use it, for simulations in which they die.
 *
 * - `layer`: the journal as the next process opens it; a transaction that the previous process left open is rolled back
 * - `kill`: from now on the present process cannot use the database, except for a statement that has begun
 * - `tampered`: runs an effect while the database is changed from outside, and then puts everything back
 *
 * @since 0.1.0
 * @category constructors
 */
export const makeSurviving: Effect.Effect<
  {
    readonly layer: Layer.Layer<Services, JournalError>
    readonly kill: Effect.Effect<void>
    readonly tampered: <A, E, R>(
      statements: ReadonlyArray<{ readonly sql: string; readonly parameters: ReadonlyArray<string | number> }>,
      during: Effect.Effect<A, E, R>
    ) => Effect.Effect<A, E | JournalError, R>
  },
  JournalError,
  Scope.Scope
> = Effect.gen(function* () {
  const database = yield* open(":memory:", {})
  const anchor = Anchor.makeMemory()
  let process = 0
  const dead = new JournalError({ reason: "Fenced", message: "this process is dead" })
  return {
    layer: Layer.scopedContext(
      Effect.suspend(() => {
        const self = ++process
        const run: Database["run"] = (sql, parameters) =>
          Effect.suspend(() => (self === process ? database.run(sql, parameters) : dead))
        const store = Effect.zipRight(
          Effect.ignore(database.run("ROLLBACK")),
          makeWriting(withRun(database.file, run), anchor)
        )
        return Effect.map(store, toContext)
      })
    ),
    kill: Effect.sync(() => {
      process++
    }),
    tampered: (statements, during) =>
      Effect.acquireUseRelease(
        database.run("SAVEPOINT tampered"),
        () =>
          Effect.zipRight(
            Effect.forEach(statements, ({ parameters, sql }) => database.run(sql, parameters), { discard: true }),
            during
          ),
        () => Effect.orDie(Effect.zipRight(database.run("ROLLBACK TO tampered"), database.run("RELEASE tampered")))
      )
  }
})
