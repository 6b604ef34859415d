/**
 * The tool `write_file`.
 *
 * @since 0.1.0
 */
import { Effect, Schema } from "effect"
import { Limits } from "../../aios/index.js"
import { show } from "../boundary/paths.js"
import { requireFile } from "../boundary/readFile.js"
import { changedSince, hasContent, sha256, writeFile as writeBytes } from "../boundary/writeFile.js"
import { cooperate } from "../cooperate.js"
import { attempt, Refusal } from "../faults.js"
import * as Tool from "../Tool.js"
import { type Location, scopes, shownPath, type Workspace } from "../Workspace.js"

const name = "write_file"

const Input = Schema.Struct({
  path: Schema.NonEmptyString.annotations({
    description: "the file, from the workspace root; missing directories are made"
  }),
  content: Schema.String.annotations({ description: "the whole new content" }),
  sha256: Schema.optional(
    Schema.String.pipe(Schema.pattern(/^[0-9a-f]{64}$/)).annotations({
      description: "to replace a file: its sha256, as read_file or write_file gave it"
    })
  )
}).annotations({ examples: [{ path: "notes/plan.md", content: "# Plan\n" }] })

/**
 * Writes a whole file: `{ path, bytes, sha256 }`.
 *
 * At every instant the file holds either the old content or the new. A call needs `fs:overwrite` instead of `fs:write`
 * when it destroys something: when the file exists with other content. It then has to give the `sha256` of the content
 * that it replaces, so that no change is lost that the agent has not seen. The content is compared when the call is
 * planned, and again when it runs. A call needs `exec:file` too when other programs run or obey the file.
 *
 * The output does not mention the earlier content, so that a write that is run again after a crash gives the same
 * output as a write that was not interrupted.
 *
 * @since 0.1.0
 * @category constructors
 */
export const writeFile = (workspace: Workspace): Tool.Tool =>
  Tool.makePlanned({
    name,
    description:
      "Writes a UTF-8 text file of the workspace, whole; makes missing directories. To replace a file, read it first and " +
      "give its sha256: if the file has changed since then, nothing is written.",
    input: Input,
    annotations: { readOnly: false, destructive: true, idempotent: true, openWorld: false },
    plan: ({ content, path, sha256: replaced }) =>
      attempt(name, path, () => {
        const bytes = encode(content)
        const location = locateTarget(workspace, path)
        const replaces = location.stats !== undefined && !hasContent(workspace, location.names, sha256(bytes))
        if (replaces) requireKnown(workspace, location, replaced)
        const concerns = workspace.sensitivityOf(location, "write")
        return {
          concerns: concerns.map((concern) => `${scopes(location)[0]} ${concern}`),
          capabilities: scopes(location).flatMap((scope) => [
            `fs:${replaces ? "overwrite" : "write"}:${scope}`,
            ...(concerns.length === 0 ? [] : [`exec:file:${scope}`])
          ]),
          execute: ({ callId }) =>
            workspace.writing.withLock(
              write(workspace, location, bytes, { tag: callId, replaced: replaces ? replaced : undefined })
            )
        }
      })
  })

const requireKnown = (workspace: Workspace, location: Location, replaced: string | undefined): void => {
  const path = shownPath(location)
  if (replaced === undefined) {
    throw new Refusal(
      "InvalidInput",
      `"${path}" exists, and a call that replaces a file gives the sha256 of what it replaces; read it with read_file first`
    )
  }
  if (!hasContent(workspace, location.names, replaced)) throw changedSince(path)
}

const encode = (content: string): Buffer => {
  if (/\p{Surrogate}/u.test(content))
    throw new Refusal("InvalidInput", `"content" holds half a character; write it anew`)
  const bytes = Buffer.from(content)
  if (bytes.length <= Limits.writeFileBytesMax) return bytes
  throw new Refusal(
    "TooLarge",
    `"content" has ${bytes.length} bytes; the limit is ${Limits.writeFileBytesMax} bytes; write several smaller files`
  )
}

const locateTarget = (workspace: Workspace, path: string): Location => {
  const location = workspace.locate(path, "write")
  if (location.stats !== undefined) requireFile(path, location.stats)
  if (location.endsInSlash)
    throw new Refusal("InvalidInput", `"${path}" ends in a slash and so names a directory; add the name of a file`)
  return location
}

const write = (workspace: Workspace, location: Location, bytes: Buffer, options: Parameters<typeof writeBytes>[3]) => {
  const path = shownPath(location)
  const hash = sha256(bytes)
  return cooperate(name, path, () => writeBytes(workspace, location.names, bytes, options)).pipe(
    Effect.as({
      output: { path, bytes: bytes.length, sha256: hash },
      files: [{ path: show(location.names), sha256: hash, sizeBytes: bytes.length }]
    })
  )
}
