/**
 * A life of an agent that writes notes with a tool that must not be repeated: `node launch.cjs notesWorker.cjs WORKSPACE DATA_DIR`.
 *
 * Every execution leaves one line with its call id in `notes.txt` of the workspace.
 */
import { closeSync, fsyncSync, openSync, writeSync } from "node:fs"
import { join } from "node:path"
import { Effect, Schema } from "effect"
import { type Message, type ToolCallRequest, type ToolStatus } from "../../src/layers/aios/index.js"
import { ScriptedModel } from "../../src/layers/arcan/index.js"
import { Tool } from "../../src/layers/praxis/index.js"
import { live } from "./live.js"

const [, , , workspace = "", dataDir = ""] = process.argv

/** Enough for more ticks than lie between two checkpoints. */
const notesCount = 48

const append = (line: string): void => {
  const file = openSync(join(workspace, "notes.txt"), "a")
  writeSync(file, `${line}\n`)
  fsyncSync(file)
  closeSync(file)
}

const takeNote = Tool.make({
  name: "take_note",
  description: "Appends a line to the notes.",
  input: Schema.Struct({ note: Schema.Int.annotations({ description: "its number" }) }),
  annotations: { readOnly: false, destructive: false, idempotent: false, openWorld: false },
  capabilities: () => ["fs:write:/notes.txt"],
  // The waits make the moments before and behind the effect long enough to be hit.
  execute: (_, { callId }) =>
    Effect.sleep("2 millis").pipe(
      Effect.zipRight(Effect.sync(() => append(callId))),
      Effect.zipRight(Effect.sleep("2 millis")),
      Effect.as({ output: { noted: callId } })
    )
})

const statuses = (messages: ReadonlyArray<Message>): ReadonlyMap<string, ToolStatus> =>
  new Map(
    messages
      .flatMap((message) => (message.role === "tool" ? message.results : []))
      .map(({ callId, status }) => [callId, status])
  )

const look = (turn: number): ToolCallRequest => ({
  callId: `look-${turn}`,
  toolName: "list_dir",
  input: { path: "." }
})

// One or two notes a turn, now and then behind a look; after anything but a success, only a look.
const nextCalls = (messages: ReadonlyArray<Message>, turn: number): ReadonlyArray<ToolCallRequest> => {
  const known = statuses(messages)
  const last = messages.at(-1)
  const isSmooth = last?.role === "tool" && last.results.every(({ status }) => status === "ok")
  const open = Array.from({ length: notesCount }, (_, note) => {
    const attempts = [...known].filter(([callId]) => callId.startsWith(`note-${note}-`))
    const isSettled = attempts.some(([, status]) => status === "ok" || status === "unknown")
    return { note, callId: `note-${note}-${attempts.length}`, isSettled }
  }).filter(({ isSettled }) => !isSettled)
  if (open.length === 0) return []
  if (!isSmooth) return [look(turn)]
  return [
    ...(turn % 4 === 0 ? [look(turn)] : []),
    ...open
      .slice(0, turn % 3 === 0 ? 2 : 1)
      .map(({ callId, note }) => ({ callId, toolName: "take_note", input: { note } }))
  ]
}

const provider = ScriptedModel.layer(({ messages }, turn) => {
  const toolCalls = nextCalls(messages, turn)
  return { toolCalls, content: toolCalls.length === 0 ? "Every note is taken or accounted for." : "" }
})

void live(
  "Take the notes",
  { workspace, dataDir, provider, tools: [takeNote] },
  { toolCallsRemaining: 1_000, ticksRemaining: 1_000, errorBudgetRemaining: 100 }
)
