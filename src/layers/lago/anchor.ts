/**
 * The anchor: the last sealed heads of streams, kept outside of the database, so that an older copy of the database is
 * noticed.
 *
 * The file has a line of JSON for each head, the newest last. It is written after the commit, so it is never ahead of the
 * database.
 */
import {
  closeSync,
  constants,
  fchmodSync,
  fstatSync,
  fsyncSync,
  ftruncateSync,
  openSync,
  readFileSync,
  renameSync,
  writeSync
} from "node:fs"
import { Effect, type Scope, Schema } from "effect"
import { type AnchoredHead, JournalError, Limits } from "../aios/index.js"
import { codeOf } from "./errors.js"
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

// A pipe in the place of the file must not block, and a directory has no lines.
const open = (file: string, flags: number): number => {
  const descriptor = openSync(file, flags | (constants.O_NONBLOCK ?? 0), 0o600)
  const stats = fstatSync(descriptor)
  if (stats.isFile() && stats.size <= anchorBytesHard) return descriptor
  closeSync(descriptor)
  throw new Error(stats.isFile() ? `it has ${stats.size} bytes` : "it is not a file")
}

// Far above the size that the writer lets the file reach.
const anchorBytesHard = 256 * Limits.anchorBytesMax

const unusable = (file: string, cause: unknown): JournalError =>
  new JournalError({
    reason: "Unwritable",
    message: `${file} cannot be used (${String(cause)}). Check its permissions and its disk, or put a backup in its place.`
  })

/**
 * Reads an anchor's file; there are no heads if there is no file.
 */
export const read = (file: string): Effect.Effect<ReadonlyMap<string, AnchoredHead>, JournalError> =>
  Effect.suspend(() => {
    let descriptor: number | undefined
    try {
      descriptor = open(file, constants.O_RDONLY)
      return Effect.succeed(parse(readFileSync(descriptor, "utf8")))
    } catch (cause) {
      return codeOf(cause) === "ENOENT" ? Effect.succeed(new Map<string, AnchoredHead>()) : unusable(file, cause)
    } finally {
      if (descriptor !== undefined) closeSync(descriptor)
    }
  })

const writeAll = (descriptor: number, text: string): number => {
  const bytes = Buffer.from(text)
  for (let written = 0; written < bytes.length; ) written += writeSync(descriptor, bytes, written)
  return bytes.length
}

/**
 * The anchor in a file, which is made if there is none.
 */
export const make = (file: string): Effect.Effect<Anchor, JournalError, Scope.Scope> =>
  Effect.map(
    Effect.acquireRelease(
      Effect.try({
        try: () => {
          const descriptor = open(file, constants.O_RDWR | constants.O_CREAT | constants.O_APPEND)
          fchmodSync(descriptor, 0o600)
          const text = readFileSync(descriptor, "utf8")
          // A line that a power cut has torn must not take the next one with it.
          if (text !== "" && !text.endsWith("\n")) writeAll(descriptor, "\n")
          return { descriptor, heads: parse(text) }
        },
        catch: (cause) => unusable(file, cause)
      }),
      ({ descriptor }) => Effect.sync(() => closeSync(descriptor))
    ),
    (opened) => {
      const { heads } = opened
      let bytes = fstatSync(opened.descriptor).size

      // The old file stays until the new one is complete.
      const compact = (): void => {
        const next = openSync(`${file}.new`, "a", 0o600)
        ftruncateSync(next)
        writeAll(next, [...heads.values()].map(lineOf).join(""))
        fsyncSync(next)
        renameSync(`${file}.new`, file)
        closeSync(opened.descriptor)
        opened.descriptor = next
        bytes = fstatSync(next).size
      }

      return {
        add: (added) => {
          for (const head of added) heads.set(keyOf(head), plain(head))
          try {
            bytes += writeAll(opened.descriptor, added.map(lineOf).join(""))
            fsyncSync(opened.descriptor)
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
