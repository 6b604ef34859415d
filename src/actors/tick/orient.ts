/**
 * Orient: recalls what is known.
 *
 * @since 0.1.0
 */
import { estimateTokens } from "../../machines/context/tokens.js"
import type { Mind, Outcome } from "./Tick.js"

export const orient = ({ state }: Mind): Outcome<"Orient"> => {
  const starts = state.run?.ticks === 0 && state.memories.length > 0
  return {
    kinds: starts
      ? [
          {
            type: "MemoryRetrieved",
            source: "session",
            memoryIds: state.memories.map((memory) => memory.memoryId),
            tokens: estimateTokens(state.memories.reduce((sum, memory) => sum + memory.text.length, 0))
          }
        ]
      : [],
    event: { type: "Orient" }
  }
}
