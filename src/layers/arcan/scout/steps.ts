/**
 * The calls the scout can make, and the schemas of their outputs.
 */
import { Either, ParseResult, Schema } from "effect"
import { cut } from "./markdown.js"
import type { Step } from "./notebook.js"

const step = <A, I>(toolName: string, input: Step<A>["input"], schema: Schema.Schema<A, I>): Step<A> => ({
  toolName,
  input,
  decode: (output) =>
    Either.mapLeft(
      Schema.decodeUnknownEither(schema)(output),
      (error) => `its output could not be read: ${cut(ParseResult.TreeFormatter.formatErrorSync(error), 300)}`
    )
})

const Listing = Schema.Struct({
  entries: Schema.Array(Schema.Struct({ name: Schema.String, kind: Schema.String, sizeBytes: Schema.Number })),
  truncated: Schema.Boolean
})

/** Lists a directory, `depth` levels down; names are relative to the directory. */
export const listDirectory = (path: string, depth: number): Step<typeof Listing.Type> =>
  step("list_dir", { path, depth }, Listing)

const Paths = Schema.Struct({ matches: Schema.Array(Schema.String), truncated: Schema.Boolean })

/** Finds every file that the workspace does not ignore. */
export const findFiles: Step<typeof Paths.Type> = step("glob", { pattern: "**/*" }, Paths)

const Lines = Schema.Struct({
  matches: Schema.Array(Schema.Struct({ file: Schema.String, line: Schema.Number, text: Schema.String })),
  truncated: Schema.Boolean
})

/** A line that grep found. */
export type Line = (typeof Lines.Type)["matches"][number]

/** Finds three times as many notes as a report shows, so that matches in an earlier report do not displace others. */
export const findNotes: Step<typeof Lines.Type> = step(
  "grep",
  { pattern: "\\b(TODO|FIXME)\\b", maxMatches: 300 },
  Lines
)

const Text = Schema.Struct({
  content: Schema.String,
  totalLines: Schema.Number,
  truncated: Schema.Boolean,
  sha256: Schema.optional(Schema.String)
})

/** The beginning of a text file. */
export type Text = typeof Text.Type

/** Reads the beginning of a file. */
export const readText = (path: string): Step<Text> => step("read_file", { path }, Text)

/** Writes a file into the workspace. `sha256` is that of the content that the file replaces. */
export const writeText = (path: string, content: string, sha256: string | undefined): Step<{ readonly path: string }> =>
  step(
    "write_file",
    { path, content, ...(sha256 === undefined ? {} : { sha256 }) },
    Schema.Struct({ path: Schema.String })
  )
