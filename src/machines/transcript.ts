/**
 * The conversation as the model sees it, built from the journal event by event.
 *
 * @since 0.1.0
 */
import {
  estimateTokens,
  type EventKindOf,
  excerpt,
  type Json,
  Limits,
  type Message,
  phasesOf,
  sortedJson,
  type ToolCallRequest,
  type ToolResultMessage
} from "../layers/aios/index.js"
import { messageTokens, piecesOf, trimMessage } from "./context/messages.js"
import type { FoldEvent } from "./Reducers.js"

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

interface Part {
  readonly message: Message
  readonly tokens: number
}

const partOf = (content: string): Part => ({
  message: { role: "user", content },
  tokens: estimateTokens(content.length)
})

/**
 * A growing conversation. It is the same, word for word, in the process that had it and in a process that reads it
 * back. It appends in place, so that a turn costs the same however long the session is. A caller must not keep the
 * array of `messages` across a phase.
 *
 * Messages of the user are held back until the agent perceives them, so they never come between a call and its result.
 *
 * @since 0.1.0
 * @category models
 */
export class Transcript {
  private entries: Array<Entry> = []
  private visible: Array<Message> = []
  private held: Array<Entry> = []
  private open: { readonly calls: Array<ToolCallRequest>; readonly results: Map<string, ToolResultMessage> } | undefined
  private objective: (Part & { readonly sequence: number }) | undefined
  /** Summary of the part that was left out. */
  private summary: Part | undefined
  /**
   * Tokens of the entries, and turns and calls since the last cut. Updated step by step, because a session may be long.
   */
  private entryTokens = 0
  private turnCount = 0
  private callCount = 0
  /**
   * `dropped`: the entries lost the objective. `restated`: the visible messages open with it, although it is no entry.
   */
  private dropped = false
  private restated = false

  /** Sets the objective of the open run, for a conversation that is read from a later sequence on. */
  setObjective(sequence: number, content: string): void {
    this.objective = { sequence, ...restatementOf(content) }
    this.dropped = true
  }

  /** Takes one more event into account. */
  add({ kind, sequence }: Pick<FoldEvent, "kind" | "sequence">): void {
    switch (kind.type) {
      case "UserMessage":
        this.held.push({
          sequence,
          message: { role: "user", content: kind.content },
          tokens: estimateTokens(kind.content.length)
        })
        return
      case "RunStarted": {
        const last = this.held.at(-1)
        this.objective =
          last?.message.role === "user"
            ? { sequence: last.sequence, ...restatementOf(last.message.content) }
            : undefined
        this.dropped = false
        if (this.restated) this.visible.shift()
        this.restated = false
        return
      }
      case "PhaseEntered":
        if (phasesOf(kind).includes("orient")) this.release()
        return
      case "AssistantMessage": {
        const { content } = kind
        const other = kind.other?.map(sortedJson)
        const calls: Array<ToolCallRequest> = []
        this.open = { calls, results: new Map() }
        this.push(
          sequence,
          { role: "assistant", content, toolCalls: calls, ...(other === undefined ? {} : { other }) },
          content.length
        )
        if (other !== undefined) this.grow(JSON.stringify(other).length)
        this.turnCount++
        return
      }
      case "ToolCall": {
        const { type: _, ...call } = kind
        this.open?.calls.push({ ...call, input: sortedJson(call.input) })
        this.grow(JSON.stringify(kind.input).length)
        this.callCount++
        return
      }
      case "ToolResult":
        return this.answer(sequence, kind.callId, {
          status: kind.status,
          output: sortedJson(withNote(kind.output, kind.note))
        })
      case "ContextCompacted":
        return this.compact(kind)
    }
  }

  /** The conversation, oldest first. When its beginning was dropped, the objective still opens it. */
  messages(): ReadonlyArray<Message> {
    if (this.objective !== undefined && !this.restated && this.needsRestating) {
      this.visible.unshift(this.objective.message)
      this.restated = true
    }
    return this.visible
  }

  private get needsRestating(): boolean {
    return this.dropped || this.visible[0]?.role !== "user"
  }

  /** The token estimate for the result of `messages`. */
  get tokens(): number {
    const restated = this.restated || this.needsRestating ? (this.objective?.tokens ?? 0) : 0
    return this.entryTokens + restated + (this.summary?.tokens ?? 0)
  }

  /** Turns and calls of the model since the conversation was last summarised. */
  get density(): { readonly turns: number; readonly calls: number } {
    return { turns: this.turnCount, calls: this.callCount }
  }

  /** The last summary, if there is one. */
  get summaryText(): string | undefined {
    return this.summary?.message.role === "user" ? this.summary.message.content : undefined
  }

  /** The objective of the open run, as it is restated. */
  get objectiveText(): string | undefined {
    return this.objective?.message.role === "user" ? this.objective.message.content : undefined
  }

  /** The token estimates for the restated objective, and for all entries. */
  get sizes(): { readonly objectiveTokens: number; readonly entryTokens: number } {
    return { objectiveTokens: this.objective?.tokens ?? 0, entryTokens: this.entryTokens }
  }

  /** The messages that a cut leaves out. */
  before(fromSequence: number): ReadonlyArray<Message> {
    return this.entries.filter(({ sequence }) => sequence < fromSequence).map(({ message }) => message)
  }

  /**
   * Size of the part that a cut keeps: its tokens, with every text cut to `charactersMax`, and the number of its texts.
   */
  keptBy(
    fromSequence: number,
    charactersMax?: number
  ): { readonly tokens: number; readonly pieces: number; readonly needsObjective: boolean } {
    const kept = this.entries.filter(({ sequence }) => sequence >= fromSequence)
    return {
      tokens: kept.reduce((sum, entry) => sum + trimmed(entry, charactersMax).tokens, 0),
      pieces: kept.reduce((sum, { message }) => sum + piecesOf(message), 0),
      needsObjective: this.dropped || (this.objective !== undefined && this.objective.sequence < fromSequence)
    }
  }

  /**
   * Finds the cut that keeps about `share` (0 to 1) of the conversation: the sequence of the first kept entry, the
   * number of dropped entries, and the share that is left. The newest turn always stays, and a result stays with its
   * call.
   */
  cutTo(share: number): { readonly fromSequence: number; readonly droppedCount: number; readonly shareAfter: number } {
    const tokensOf = (entries: ReadonlyArray<Entry>) => entries.reduce((sum, { tokens }) => sum + tokens, 0)
    const total = this.entryTokens
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

  // A cut is a sequence, and a held-back message comes after events with a higher sequence. A cut must not split such a
  // pair.
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
    this.append({ sequence, message, tokens: estimateTokens(characters) })
  }

  private append(entry: Entry): void {
    this.entries.push(entry)
    this.visible.push(entry.message)
    this.entryTokens += entry.tokens
  }

  private grow(characters: number): void {
    const last = this.entries.at(-1)
    if (last === undefined) return
    const tokens = estimateTokens(characters)
    last.tokens += tokens
    this.entryTokens += tokens
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
    for (const entry of this.held) this.append(entry)
    this.held = []
  }

  private compact({ fromSequence, outputCharactersMax, summary }: EventKindOf<"ContextCompacted">): void {
    this.entries = this.entries
      .filter((entry) => entry.sequence >= fromSequence)
      .map((entry) => trimmed(entry, outputCharactersMax))
    this.entryTokens = this.entries.reduce((sum, { tokens }) => sum + tokens, 0)
    this.summary = summary === undefined ? undefined : partOf(summary)
    this.visible = [...(this.summary === undefined ? [] : [this.summary]), ...this.entries].map(
      ({ message }) => message
    )
    this.restated = false
    this.dropped ||= this.objective !== undefined && this.objective.sequence < fromSequence
    this.turnCount = 0
    this.callCount = 0
  }
}

// The restated objective is shortened, so that it does not fill the room that a summary has just made.
const restatementOf = (objective: string): Part => partOf(excerpt(objective, Limits.taskTokensMax * 4))

const trimmed = (entry: Entry, charactersMax: number | undefined): Entry => {
  if (charactersMax === undefined) return entry
  const message = trimMessage(entry.message, charactersMax)
  return { sequence: entry.sequence, message, tokens: messageTokens(message) }
}

// A note is put inside its result, so that a call and its result stay together.
const withNote = (output: Json, note: string | undefined): Json => {
  if (note === undefined) return output
  return typeof output === "object" && output !== null && !isList(output) ? { ...output, note } : { output, note }
}

const isList = (value: Json): value is ReadonlyArray<Json> => Array.isArray(value)
