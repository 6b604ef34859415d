import { type Context, Effect } from "effect"
import type {
  Json,
  Message,
  Model,
  ModelRequest,
  ModelTurn,
  ToolCallRequest,
  ToolDefinition,
  ToolResultMessage,
  ToolStatus
} from "../../../src/layers/aios/index.js"

/** A workspace in memory that answers the five file tools as their contract says. */
export interface Workspace {
  readonly files: Map<string, string>
  readonly listEntriesMax: number
  /** Answers instead of the tool when it gives something. */
  readonly refuse?: (call: ToolCallRequest) => { readonly status: ToolStatus; readonly output: Json } | undefined
}

export const workspaceOf = (
  files: Readonly<Record<string, string>>,
  options: Partial<Omit<Workspace, "files">> = {}
): Workspace => ({ files: new Map(Object.entries(files)), listEntriesMax: 5_000, ...options })

const names = ["glob", "grep", "list_dir", "read_file", "write_file"]

export const tools: ReadonlyArray<ToolDefinition> = names.map((name) => ({
  name,
  description: name,
  inputSchema: { type: "object" },
  annotations: { readOnly: name !== "write_file", destructive: false, idempotent: true, openWorld: false },
  timeoutMs: 1_000
}))

const sorted = (items: Iterable<string>): ReadonlyArray<string> => [...new Set(items)].toSorted()
const isSkipped = (path: string) => path.split("/").some((name) => name === ".git" || name === "node_modules")

const list = (world: Workspace, directory: string, depth: number): Json => {
  const prefix = directory === "." ? "" : `${directory}/`
  const below = [...world.files.keys()]
    .filter((path) => path.startsWith(prefix))
    .map((path) => path.slice(prefix.length))
  const all = sorted(
    below.flatMap((path) => path.split("/").map((_, i, parts) => parts.slice(0, i + 1).join("/")))
  ).filter((path) => path.split("/").length <= depth)
  const entries = all.slice(0, world.listEntriesMax).map((name) => {
    const text = world.files.get(prefix + name)
    return {
      name,
      kind: text === undefined ? "dir" : "file",
      sizeBytes: text === undefined ? 0 : Buffer.byteLength(text)
    }
  })
  return { path: directory, entries, total: all.length, truncated: all.length > entries.length }
}

const answer = (world: Workspace, call: ToolCallRequest): { readonly status: ToolStatus; readonly output: Json } => {
  const input = call.input as { path?: string; depth?: number; content?: string; pattern?: string; maxMatches?: number }
  const visible = sorted(world.files.keys()).filter((path) => !isSkipped(path))
  const max = world.listEntriesMax
  switch (call.toolName) {
    case "list_dir":
      return { status: "ok", output: list(world, input.path ?? ".", input.depth ?? 1) }
    case "glob":
      return {
        status: "ok",
        output: {
          matches: visible.slice(0, max),
          count: Math.min(max, visible.length),
          truncated: visible.length > max
        }
      }
    case "grep": {
      const pattern = new RegExp(input.pattern ?? "")
      const all = visible.flatMap((file) =>
        (world.files.get(file) ?? "")
          .split("\n")
          .flatMap((text, i) => (pattern.test(text) ? [{ file, line: i + 1, text }] : []))
      )
      const matches = all.slice(0, input.maxMatches ?? 100)
      return {
        status: "ok",
        output: { matches, count: matches.length, truncated: all.length > matches.length, skipped: 0 }
      }
    }
    case "read_file": {
      const content = world.files.get(input.path ?? "")
      if (content === undefined) return { status: "error", output: "there is no such file" }
      const totalLines = content.split("\n").length - (content.endsWith("\n") || content === "" ? 1 : 0)
      return {
        status: "ok",
        output: {
          path: input.path ?? "",
          content,
          startLine: 1,
          endLine: totalLines,
          totalLines,
          truncated: false,
          sha256: ""
        }
      }
    }
    case "write_file": {
      const path = input.path ?? ""
      const content = input.content ?? ""
      const created = !world.files.has(path)
      world.files.set(path, content)
      return { status: "ok", output: { path, bytes: Buffer.byteLength(content), sha256: "", created } }
    }
    default:
      return { status: "error", output: "there is no such tool" }
  }
}

/** A finished run: its turns and the conversation they make. */
export interface Run {
  readonly turns: ReadonlyArray<ModelTurn>
  readonly messages: ReadonlyArray<Message>
}

/** Drives a model against a workspace until it asks for nothing more, at most 40 turns. */
export const drive = Effect.fnUntraced(function* (
  model: Context.Tag.Service<typeof Model>,
  world: Workspace,
  history: ReadonlyArray<Message>,
  offered: ReadonlyArray<ToolDefinition> = tools
) {
  const messages = [...history]
  const turns: Array<ModelTurn> = []
  while (turns.length < 40) {
    const request: ModelRequest = { sessionId: "s", system: "You are life.", messages: [...messages], tools: offered }
    const turn = yield* model.generate(request, () => {})
    turns.push(turn)
    messages.push({ role: "assistant", content: turn.content, toolCalls: turn.toolCalls })
    if (turn.toolCalls.length === 0) break
    const results = turn.toolCalls.map(
      (call): ToolResultMessage => ({
        callId: call.callId,
        toolName: call.toolName,
        ...(world.refuse?.(call) ?? answer(world, call))
      })
    )
    messages.push({ role: "tool", results })
  }
  const run: Run = { turns, messages }
  return run
})
