/**
 * The conversation as the model sees it, read off the journal event by event.
 *
 * @since 0.1.0
 */
import { isRawKind } from "../layers/aios/EventKind.js"
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
  private objective: string | undefined

  /** Names the objective of the open run, for a conversation that is read from behind it. */
  setObjective(content: string): void {
    this.objective = content
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
        const last = this.held.at(-1)?.message
        if (last?.role === "user") this.objective = last.content
        return
      }
      case "PhaseEntered":
        if (kind.phase === "orient") this.release()
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
        return this.answer(sequence, kind.callId, { status: kind.status, output: kind.output })
      case "ContextCompacted":
        return this.dropBefore(kind.fromSequence)
    }
  }

  /** The conversation, oldest first. When its beginning was dropped, the objective still opens it. */
  messages(): ReadonlyArray<Message> {
    const first = this.visible[0]
    if (this.objective !== undefined && first !== undefined && first.role !== "user") {
      const message: Message = { role: "user", content: this.objective }
      this.entries.unshift({ sequence: 0, message, tokens: 0 })
      this.visible.unshift(message)
    }
    return this.visible
  }

  /**
   * Where to cut so that about `tokens` remain: the sequence of the first entry to keep, how many go, and the tokens
   * left. The newest turn always stays, and a result is never parted from its call.
   */
  cutTo(tokens: number): { readonly fromSequence: number; readonly droppedCount: number; readonly tokensAfter: number } {
    let left = 0
    let index = this.entries.length
    while (index > 0) {
      const entry = this.entries[index - 1]
      if (entry === undefined || (left + entry.tokens > tokens && index < this.entries.length)) break
      left += entry.tokens
      index--
    }
    while (this.entries[index]?.message.role === "tool") index++
    const first = this.entries[index]
    return {
      fromSequence: first?.sequence ?? 0,
      droppedCount: index,
      tokensAfter: this.entries.slice(index).reduce((sum, entry) => sum + entry.tokens, 0)
    }
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
  }
}
