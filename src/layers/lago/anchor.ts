/**
 * The anchor: the last sealed heads of streams, kept outside of the database, so that an older copy of the database is
 * noticed.
 *
 * The file has a line of JSON for each head, the newest last. It is written after the commit, so it is never ahead of the
 * database.
 */
import { closeSync, fstatSync, fsyncSync, ftruncateSync, openSync, readFileSync, renameSync, writeSync } from "node:fs"
import { Effect, type Scope, Schema } from "effect"
import { type AnchoredHead, JournalError, Limits } from "../aios/index.js"
import { keyOf } from "./records.js"

/**
 * Keeps sealed heads.
 */
export interface Anchor {
  /** Adds heads, the newest last, and waits for the disk. Gives the reason if that failed. */
  readonly add: (heads: ReadonlyArray<AnchoredHead>) => string | undefined
  /** The newest head of each stream. */
  readonly heads: () => ReadonlyMap<string, AnchoredHead>
}

/**
 * An anchor in memory, which outlives the journals that are made with it.
 */
export const makeMemory = (): Anchor => {
  const heads = new Map<string, AnchoredHead>()
  return {
    add: (added) => {
      for (const head of added) heads.set(keyOf(head), plain(head))
      return undefined
    },
    heads: () => heads
  }
}

const decode = Schema.decodeUnknownOption(
  Schema.parseJson(
    Schema.Struct({
      sessionId: Schema.String,
      branchId: Schema.String,
      sequence: Schema.Int,
      digest: Schema.String,
      seal: Schema.String
    })
  )
)

// The last line may be cut off by a power cut. Lines that cannot be read say nothing.
const parse = (text: string): Map<string, AnchoredHead> => {
  const heads = new Map<string, AnchoredHead>()
  for (const line of text.split("\n")) {
    const head = line === "" ? undefined : decode(line)
    if (head?._tag === "Some") heads.set(keyOf(head.value), head.value)
  }
  return heads
}

// The head may be a record, whose body must not stay in memory.
const plain = ({ branchId, digest, seal, sequence, sessionId }: AnchoredHead): AnchoredHead => ({
  sessionId,
  branchId,
  sequence,
  digest,
  seal
})

const lineOf = (head: AnchoredHead): string => `${JSON.stringify(plain(head))}\n`

/**
 * Reads an anchor's file; there are no heads if there is no file.
 */
export const read = (file: string): ReadonlyMap<string, AnchoredHead> => {
  try {
    return parse(readFileSync(file, "utf8"))
  } catch {
    return new Map()
  }
}

/**
 * The anchor in a file, which is made if there is none.
 */
export const make = (file: string): Effect.Effect<Anchor, JournalError, Scope.Scope> =>
  Effect.map(
    Effect.acquireRelease(
      Effect.try({
        try: () => ({ descriptor: openSync(file, "a+", 0o600) }),
        catch: (cause) =>
          new JournalError({
            reason: "Unwritable",
            message: `${file} cannot be opened (${String(cause)}). Check its permissions and its disk.`
          })
      }),
      (open) => Effect.sync(() => closeSync(open.descriptor))
    ),
    (open) => {
      const heads = parse(readFileSync(open.descriptor, "utf8"))
      let bytes = fstatSync(open.descriptor).size

      // The old file stays until the new one is complete.
      const compact = (): void => {
        const next = openSync(`${file}.new`, "a", 0o600)
        ftruncateSync(next)
        writeSync(next, [...heads.values()].map(lineOf).join(""))
        fsyncSync(next)
        renameSync(`${file}.new`, file)
        closeSync(open.descriptor)
        open.descriptor = next
        bytes = fstatSync(next).size
      }

      return {
        add: (added) => {
          for (const head of added) heads.set(keyOf(head), plain(head))
          try {
            bytes += writeSync(open.descriptor, added.map(lineOf).join(""))
            fsyncSync(open.descriptor)
            if (bytes > Math.max(Limits.anchorBytesMax, heads.size * 1_024)) compact()
            return undefined
          } catch (cause) {
            return `${file} could not be written (${String(cause)}); an older copy of the journal may go unnoticed`
          }
        },
        heads: () => heads
      } satisfies Anchor
    }
  )
