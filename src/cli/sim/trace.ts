/**
 * Runs one seed again and prints every durable record.
 *
 * @since 0.1.0
 */
import { FileSystem } from "@effect/platform"
import { Effect } from "effect"
import { toJsonLine } from "../../layers/aios/index.js"
import { failure } from "../CliError.js"
import { Output } from "../Output.js"
import { count } from "../render/text.js"
import { failureLines, type Setting } from "./report.js"
import { runSeed } from "./sweep.js"

/** Writes each record as a line to a file or the standard output, in the order in which the records became durable. */
export const trace = Effect.fnUntraced(function* (seed: number, setting: Setting, file: string | undefined) {
  const output = yield* Output
  const lines: Array<string> = []
  const result = runSeed(seed, setting, (record) => lines.push(toJsonLine(record)))
  if (file === undefined) yield* Effect.forEach(lines, output.json, { discard: true })
  else yield* write(file, lines)
  yield* output.note(
    `seed ${seed}: ${count(result.events, "event")}${file === undefined ? "" : ` in ${file}`}, digest ${result.digest}`
  )
  if (result.violations.length === 0) return
  yield* Effect.forEach(failureLines(result, setting), output.note, { discard: true })
  return yield* failure(`seed ${seed} violated an invariant`)
})

const write = (file: string, lines: ReadonlyArray<string>) =>
  Effect.flatMap(FileSystem.FileSystem, (files) =>
    files.writeFileString(file, lines.map((line) => `${line}\n`).join(""))
  ).pipe(
    Effect.catchTags({
      SystemError: ({ reason }) => unwritable(file, reason),
      BadArgument: ({ message }) => unwritable(file, message)
    })
  )

const unwritable = (file: string, why: string) =>
  failure(`the trace cannot be written to ${file} (${why}). Name a file in a folder that exists and may be written.`)
