/**
 * The tool `read_file`.
 *
 * @since 0.1.0
 */
import { Effect, Schema } from "effect"
import { Limits, outputBudget, type ToolOutput } from "../../aios/index.js"
import { decodeText, readFile as readBytes, requireFile } from "../boundary/readFile.js"
import { sha256 } from "../boundary/writeFile.js"
import { cooperate, type Work } from "../cooperate.js"
import { Refusal } from "../faults.js"
import * as Tool from "../Tool.js"
import { type Location, shownPath, type Workspace } from "../Workspace.js"
import { planRead } from "./planRead.js"

const name = "read_file"

const Input = Schema.Struct({
  path: Schema.NonEmptyString.annotations({ description: "the file, from the workspace root" }),
  offset: Schema.optional(
    Schema.Int.pipe(Schema.positive()).annotations({
      description: "the first line, counted from 1; default: 1"
    })
  ),
  limit: Schema.optional(
    Schema.Int.pipe(Schema.positive()).annotations({
      description: `number of lines; default: ${Limits.readLinesDefault}`
    })
  )
}).annotations({ examples: [{ path: "src/index.ts" }] })

/**
 * Reads a text file, or some lines of it: `{ path, content, startLine, endLine, totalLines, truncated, sha256 }`.
 *
 * `content` holds the lines with their line ends, exactly as they stand in the file; `truncated` says that lines
 * follow; `sha256` is that of the whole file. An empty file has `totalLines` 0 and `endLine` 0.
 *
 * @since 0.1.0
 * @category constructors
 */
export const readFile = (workspace: Workspace): Tool.Tool =>
  Tool.makePlanned({
    name,
    description:
      "Reads a UTF-8 text file of the workspace, whole or by lines. When truncated is true, call again with " +
      "offset = endLine + 1.",
    input: Input,
    annotations: { readOnly: true, destructive: false, idempotent: true, openWorld: false },
    plan: (input) =>
      Effect.map(planRead(workspace, name, input.path), ({ location, ...needs }) => ({
        ...needs,
        execute: () => cooperate(name, input.path, () => read(workspace, location, input))
      }))
  })

function* read(workspace: Workspace, location: Location, { limit, offset = 1 }: typeof Input.Type): Work<ToolOutput> {
  const path = shownPath(location)
  if (location.stats !== undefined) requireFile(path, location.stats)
  if (location.endsInSlash) {
    throw new Refusal("Unavailable", `"${path}/" names a directory, and it is not one; leave out the slash at the end`)
  }
  const bytes = yield* readBytes(workspace, location.names, Limits.readFileBytesMax)
  const text = decodeText(bytes)
  if (text === undefined) {
    throw new Refusal(
      "Unavailable",
      `"${path}" is not UTF-8 text (${bytes.length} bytes, binary or another encoding); it cannot be read here`
    )
  }
  yield
  return { output: { ...take(path, text, offset, limit ?? Limits.readLinesDefault), sha256: sha256(bytes) } }
}

// A line includes its line end, and a final line end opens no further line.
const take = (path: string, text: string, offset: number, limit: number) => {
  const fits = outputBudget()
  const taken: Array<string> = []
  let totalLines = 0
  let isFull = false
  for (let start = 0; start < text.length; ) {
    const end = text.indexOf("\n", start) + 1 || text.length
    totalLines += 1
    isFull ||= taken.length === limit
    if (totalLines >= offset && !isFull) {
      const line = text.slice(start, end)
      isFull = !fits(line)
      if (!isFull) taken.push(line)
    }
    start = end
  }
  const offsetMax = Math.max(totalLines, 1)
  if (offset > offsetMax)
    throw new Refusal("InvalidInput", `"${path}" has ${totalLines} lines; use an offset from 1 to ${offsetMax}`)
  if (taken.length === 0 && totalLines > 0) {
    throw new Refusal(
      "TooLarge",
      `line ${offset} of "${path}" is too long to hand back; use grep on the file, or a higher offset`
    )
  }
  const endLine = offset - 1 + taken.length
  return { path, content: taken.join(""), startLine: offset, endLine, totalLines, truncated: endLine < totalLines }
}
