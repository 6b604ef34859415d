/**
 * The conversation as the model sees it, read off the journal event by event.
 *
 * @since 0.1.0
 */
import { isRawKind, phasesOf } from "../layers/aios/EventKind.js"
import type { Json } from "../layers/aios/Json.js"
import type { Message, ToolResultMessage } from "../layers/aios/Model.js"
import type { ToolCallRequest } from "../layers/aios/Tool.js"
import { estimateTokens, type FoldEvent } from "./fold.js"

/**
 * The types of events that make up a conversation.
 *
 * @since 0.1.0
 * @category constants
 */
export const transcriptTypes = [
  "UserMessage",
  "RunStarted",
  "AssistantMessage",
  "ToolCall",
  "ToolResult",
  "PhaseEntered",
  "ContextCompacted"
] as const

interface Entry {
  readonly sequence: number
  readonly message: Message
  tokens: number
}

/**
 * A growing conversation. It appends in place, so that a round costs the same however long the session is; the array it
 * hands out must not be kept across a phase.
 *
 * Messages of the user are held back until they are perceived: they never come between a call and its result.
 *
 * @since 0.1.0
 * @category models
 */
export class Transcript {
  private entries: Array<Entry> = []
  private visible: Array<Message> = []
  private held: Array<Entry> = []
  private open: { readonly calls: Array<ToolCallRequest>; readonly results: Map<string, ToolResultMessage> } | undefined
  private objective: { readonly sequence: number; readonly message: Message } | undefined
  /** The objective was dropped from the entries, or stands at the head of what is visible without being one. */
  private dropped = false
  private restated = false

  /** Names the objective of the open run, for a conversation that is read from behind it. */
  setObjective(sequence: number, content: string): void {
    this.objective = { sequence, message: { role: "user", content } }
    this.dropped = true
  }

  /** Takes one more event into account. */
  add(event: FoldEvent): void {
    const { kind, sequence } = event
    if (isRawKind(kind)) return
    switch (kind.type) {
      case "UserMessage":
        this.held.push({
          sequence,
          message: { role: "user", content: kind.content },
          tokens: estimateTokens(kind.content.length)
        })
        return
      case "RunStarted": {
        this.objective = this.held.at(-1)
        this.dropped = false
        if (this.restated) this.visible.shift()
        this.restated = false
        return
      }
      case "PhaseEntered":
        if (phasesOf(kind).includes("orient")) this.release()
        return
      case "AssistantMessage": {
        const { content, other } = kind
        const calls: Array<ToolCallRequest> = []
        this.open = { calls, results: new Map() }
        this.push(
          sequence,
          { role: "assistant", content, toolCalls: calls, ...(other === undefined ? {} : { other }) },
          content.length
        )
        if (other !== undefined) this.grow(JSON.stringify(other).length)
        return
      }
      case "ToolCall": {
        const { type: _, ...call } = kind
        this.open?.calls.push(call)
        this.grow(JSON.stringify(kind.input).length)
        return
      }
      case "ToolResult":
        return this.answer(sequence, kind.callId, { status: kind.status, output: withNote(kind.output, kind.note) })
      case "ContextCompacted":
        return this.dropBefore(kind.fromSequence)
    }
  }

  /** The conversation, oldest first. When its beginning was dropped, the objective still opens it. */
  messages(): ReadonlyArray<Message> {
    if (this.objective !== undefined && !this.restated && (this.dropped || this.visible[0]?.role !== "user")) {
      this.visible.unshift(this.objective.message)
      this.restated = true
    }
    return this.visible
  }

  /**
   * Where to cut so that about `share` (0 to 1) of the conversation remains: the sequence of the first entry to keep,
   * how many go, and the share left. The newest turn always stays, and a result is never parted from its call.
   */
  cutTo(share: number): { readonly fromSequence: number; readonly droppedCount: number; readonly shareAfter: number } {
    const tokensOf = (entries: ReadonlyArray<Entry>) => entries.reduce((sum, { tokens }) => sum + tokens, 0)
    const total = tokensOf(this.entries)
    let left = 0
    let index = this.entries.length
    while (index > 0) {
      left += this.entries[index - 1]?.tokens ?? 0
      if (left > total * share && index < this.entries.length) break
      index--
    }
    while (index > 0 && !this.canCutAt(index)) index--
    return {
      fromSequence: this.entries[index]?.sequence ?? 0,
      droppedCount: index,
      shareAfter: total === 0 ? 1 : tokensOf(this.entries.slice(index)) / total
    }
  }

  // A cut is a sequence, and a message that was held back stands behind events that are younger than it.
  private canCutAt(index: number): boolean {
    const at = this.entries[index]
    return (
      at !== undefined &&
      at.message.role !== "tool" &&
      this.entries.every(({ sequence }, i) => (i < index ? sequence < at.sequence : sequence >= at.sequence)) &&
      this.held.every(({ sequence }) => sequence > at.sequence)
    )
  }

  private push(sequence: number, message: Message, characters: number): void {
    this.entries.push({ sequence, message, tokens: estimateTokens(characters) })
    this.visible.push(message)
  }

  private grow(characters: number): void {
    const last = this.entries.at(-1)
    if (last !== undefined) last.tokens += estimateTokens(characters)
  }

  private answer(sequence: number, callId: string, result: Pick<ToolResultMessage, "status" | "output">): void {
    const open = this.open
    const call = open?.calls.find((candidate) => candidate.callId === callId)
    if (open === undefined || call === undefined) return
    open.results.set(callId, { callId, toolName: call.toolName, ...result })
    if (open.results.size < open.calls.length) return
    const results = open.calls.flatMap((each) => open.results.get(each.callId) ?? [])
    this.open = undefined
    this.push(sequence, { role: "tool", results }, JSON.stringify(results).length)
  }

  private release(): void {
    if (this.open !== undefined && this.open.calls.length > 0) return
    for (const entry of this.held) {
      this.entries.push(entry)
      this.visible.push(entry.message)
    }
    this.held = []
  }

  private dropBefore(fromSequence: number): void {
    this.entries = this.entries.filter((entry) => entry.sequence >= fromSequence)
    this.visible = this.entries.map((entry) => entry.message)
    this.restated = false
    this.dropped ||= this.objective !== undefined && this.objective.sequence < fromSequence
  }
}

// A note stands inside the result it is about, so that a call and its result stay together.
const withNote = (output: Json, note: string | undefined): Json => {
  if (note === undefined) return output
  return typeof output === "object" && output !== null && !isList(output) ? { ...output, note } : { output, note }
}

const isList = (value: Json): value is ReadonlyArray<Json> => Array.isArray(value)
