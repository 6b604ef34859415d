/**
 * The calls the scout can make, and what it expects of their outputs.
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

/** What a directory holds, `depth` levels down; names are relative to it. */
export const listDirectory = (path: string, depth: number): Step<typeof Listing.Type> =>
  step("list_dir", { path, depth }, Listing)

const Paths = Schema.Struct({ matches: Schema.Array(Schema.String), truncated: Schema.Boolean })

/** Every file that the workspace does not ignore. */
export const findFiles: Step<typeof Paths.Type> = step("glob", { pattern: "**/*" }, Paths)

const Lines = Schema.Struct({
  matches: Schema.Array(Schema.Struct({ file: Schema.String, line: Schema.Number, text: Schema.String })),
  truncated: Schema.Boolean
})

/** A line that grep found. */
export type Line = (typeof Lines.Type)["matches"][number]

/** Three times as many matches as a report shows, so that the matches in an earlier report cannot crowd them out. */
export const findNotes: Step<typeof Lines.Type> = step(
  "grep",
  { pattern: "\\b(TODO|FIXME)\\b", maxMatches: 300 },
  Lines
)

const Text = Schema.Struct({ content: Schema.String, totalLines: Schema.Number, truncated: Schema.Boolean })

/** A text file, from its first line on. */
export type Text = typeof Text.Type

/** The beginning of a file. */
export const readText = (path: string): Step<Text> => step("read_file", { path }, Text)

/** Puts a file into the workspace. */
export const writeText = (path: string, content: string): Step<{ readonly path: string }> =>
  step("write_file", { path, content }, Schema.Struct({ path: Schema.String }))
