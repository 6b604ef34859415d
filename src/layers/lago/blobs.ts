/**
 * Blobs in the database of a journal, so that one file holds the events and their blobs.
 */
import { hash } from "node:crypto"
import { Effect } from "effect"
import { BlobError, type BlobRef, type BlobStore, type JournalError, Limits } from "../aios/index.js"
import type { Database } from "./Database.js"

type Service = typeof BlobStore.Service

/**
 * Gives the name of some bytes. Fails with `TooLarge` beyond `Limits.blobBytesMax`.
 */
export const refOf = (bytes: Uint8Array): Effect.Effect<BlobRef, BlobError> =>
  bytes.length > Limits.blobBytesMax
    ? new BlobError({
        reason: "TooLarge",
        message:
          `the blob has ${bytes.length} bytes; the limit is ${Limits.blobBytesMax} bytes; ` +
          "keep it as a file instead"
      })
    : Effect.succeed({ sha256: hash("sha256", bytes, "hex"), sizeBytes: bytes.length })

/**
 * The error for a hash that no blob has.
 */
export const missing = (sha256: string, where: string): BlobError =>
  new BlobError({ reason: "NotFound", message: `${where} has no blob ${sha256}; check the hash` })

const unavailable = ({ message }: JournalError): BlobError => new BlobError({ reason: "Unavailable", message })

/**
 * Store that only reads blobs.
 */
export const makeReadonly = (database: Database): Service => ({
  put: () =>
    new BlobError({ reason: "Unavailable", message: `${database.file} was opened for reading only; nothing was kept` }),
  get: (sha256) =>
    database.run<{ readonly bytes: Buffer }>("SELECT bytes FROM blobs WHERE sha256 = unhex(?)", [sha256]).pipe(
      database.exclusive,
      Effect.mapError(unavailable),
      Effect.flatMap(([row]) => {
        if (row === undefined) return missing(sha256, database.file)
        return hash("sha256", row.bytes, "hex") === sha256
          ? Effect.succeed(row.bytes)
          : new BlobError({
              reason: "Corrupt",
              message: `${database.file}: the blob ${sha256} was altered or damaged; put a backup in its place`
            })
      })
    )
})

/**
 * Store that reads and writes blobs. `epoch` is the fence of its writer: a process that has lost the journal to another
 * process writes no blobs either.
 */
export const make = (database: Database, epoch: number): Service => ({
  ...makeReadonly(database),
  put: (bytes) =>
    Effect.flatMap(refOf(bytes), (ref) =>
      database
        .run("INSERT OR IGNORE INTO blobs (sha256, bytes) SELECT unhex(?), ? FROM fence WHERE epoch = ?", [
          ref.sha256,
          bytes,
          epoch
        ])
        .pipe(
          Effect.zipRight(
            database.run<{ readonly found: number }>("SELECT 1 AS found FROM blobs WHERE sha256 = unhex(?)", [
              ref.sha256
            ])
          ),
          database.exclusive,
          Effect.mapError(unavailable),
          Effect.flatMap(({ length }) =>
            length === 1
              ? Effect.succeed(ref)
              : new BlobError({
                  reason: "Unavailable",
                  message: `${database.file}: another process took this journal over; stop this one`
                })
          )
        )
    )
})

/**
 * Store of a journal whose schema is too old for blobs.
 */
export const none = (file: string): Service => ({
  put: () => new BlobError({ reason: "Unavailable", message: `${file} was opened for reading only; nothing was kept` }),
  get: (sha256) => missing(sha256, file)
})
