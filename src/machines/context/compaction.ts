/**
 * Plan of a compaction: the cut after which a conversation fills no more of the context window than it should.
 *
 * @since 0.1.0
 */
import { Limits } from "../../layers/aios/index.js"
import type { Transcript } from "../transcript.js"
import { targetOf } from "./pressure.js"

/**
 * A cut. All tokens are estimates.
 *
 * @since 0.1.0
 * @category models
 */
export interface Compaction {
  /** The first event that stays, and how many messages go. */
  readonly fromSequence: number
  readonly droppedCount: number
  /** Limit on each kept text; longer texts are cut. Absent if the kept texts fit as they are. */
  readonly outputCharactersMax: number | undefined
  /** Limit on the summary. */
  readonly summaryCharactersMax: number
  /** Tokens of the request without the summary. */
  readonly keptTokens: number
}

/**
 * The cut for a ruling, or nothing if the gain is too small. `fixed` are the tokens of system prompt and tools,
 * `windowTokens` the tokens of the context window.
 *
 * The newest turn always stays. If that turn alone is too large, its texts are cut, because a request that does not fit
 * ends the run.
 *
 * @since 0.1.0
 * @category constructors
 */
export const planCompaction = (
  transcript: Transcript,
  ruling: "compress" | "emergency",
  fixed: number,
  windowTokens: number
): Compaction | undefined => {
  const { entryTokens, objectiveTokens } = transcript.sizes
  const room = Math.max(windowTokens * targetOf(ruling) - fixed - objectiveTokens, 0)
  const summaryCharactersMax = Math.min(Limits.summaryCharactersMax, Math.floor(room * Limits.summaryShareMax) * 4)
  const entriesRoom = Math.max(room - summaryCharactersMax / 4, 0)
  const { droppedCount, fromSequence } = transcript.cutTo(entryTokens === 0 ? 1 : entriesRoom / entryTokens)
  const whole = transcript.keptBy(fromSequence)
  const besides = fixed + (whole.needsObjective ? objectiveTokens : 0)
  const isTooLarge = besides + whole.tokens + summaryCharactersMax / 4 > windowTokens * Limits.pressureHard
  const outputCharactersMax = isTooLarge
    ? Math.max(Math.floor((entriesRoom * 4) / Math.max(whole.pieces, 1)), Limits.outputExcerptCharactersMin)
    : undefined
  const keptTokens = besides + transcript.keptBy(fromSequence, outputCharactersMax).tokens
  // If the gain is below `Limits.compactGainMin`, the conversation stays as it is.
  const most = (fixed + transcript.tokens) * (1 - Limits.compactGainMin)
  return keptTokens + summaryCharactersMax / 4 > most
    ? undefined
    : { fromSequence, droppedCount, outputCharactersMax, summaryCharactersMax, keptTokens }
}
