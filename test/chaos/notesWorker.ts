/**
 * A life of an agent that writes notes with a tool that must not be repeated: `node launch.cjs notesWorker.cjs WORKSPACE DATA_DIR`.
 */
import type { Message, ToolCallRequest, ToolStatus } from "../../src/layers/aios/index.js"
import { ScriptedModel } from "../../src/layers/arcan/index.js"
import { live } from "./live.js"
import { noteTool } from "./noteTool.js"

const [, , , workspace = "", dataDir = ""] = process.argv

/** Enough for more ticks than lie between two checkpoints. */
const notesCount = 48

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

// Reads the notes that Verify wants to have read before more notes are taken.
const reread = (turn: number): ToolCallRequest => ({
  callId: `reread-${turn}`,
  toolName: "read_file",
  input: { path: "notes.txt" }
})

// Asks for one or two notes a turn, sometimes after a look; after anything but a success, only for looks.
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
  if (!isSmooth) {
    const isNoted = [...known].some(([callId, status]) => callId.startsWith("note-") && status === "ok")
    return [look(turn), ...(isNoted ? [reread(turn)] : [])]
  }
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
  { workspace, dataDir, provider, tools: [noteTool(workspace, "fs:write:/notes.txt", 2)] },
  { toolCallsRemaining: 1_000, ticksRemaining: 1_000, errorBudgetRemaining: 100 }
)
