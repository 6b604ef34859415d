/** A tool that must not be repeated: every execution leaves one line with its call id in `notes.txt` of the workspace. */
import { closeSync, fsyncSync, openSync, writeSync } from "node:fs"
import { join } from "node:path"
import { Effect, Schema } from "effect"
import type { Capability } from "../../src/layers/aios/index.js"
import { Tool } from "../../src/layers/praxis/index.js"

const append = (file: string, line: string): void => {
  const descriptor = openSync(file, "a")
  writeSync(descriptor, `${line}\n`)
  fsyncSync(descriptor)
  closeSync(descriptor)
}

/** The tool. Its waits make the moments before and behind the effect long enough to be hit. */
export const noteTool = (workspace: string, capability: Capability, waitMs: number) =>
  Tool.make({
    name: "take_note",
    description: "Appends a line to the notes.",
    input: Schema.Struct({ note: Schema.Int.annotations({ description: "its number" }) }),
    annotations: { readOnly: false, destructive: false, idempotent: false, openWorld: false },
    capabilities: () => [capability],
    execute: (_, { callId }) =>
      Effect.sleep(waitMs).pipe(
        Effect.zipRight(Effect.sync(() => append(join(workspace, "notes.txt"), callId))),
        Effect.zipRight(Effect.sleep(waitMs)),
        Effect.as({ output: { noted: callId } })
      )
  })
