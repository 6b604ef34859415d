/**
 * Orient: recalls what is known and compiles what the model will see.
 *
 * @since 0.1.0
 */
import type { ModelRequest } from "../../layers/aios/Model.js"
import type { ToolDefinition } from "../../layers/aios/Tool.js"
import { estimateTokens } from "../../machines/fold.js"
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

/**
 * The request for the next model turn. The system prompt stays the same throughout a run, so that providers can cache
 * it.
 */
export const compileContext = (mind: Mind, tools: ReadonlyArray<ToolDefinition>): ModelRequest => ({
  sessionId: mind.sessionId,
  system: systemPrompt(mind),
  messages: mind.transcript.messages(),
  tools,
  ...(mind.state.model === undefined ? {} : { model: mind.state.model })
})

const systemPrompt = ({ state: { soul, memories } }: Mind): string =>
  [
    `You are ${soul.name}. ${soul.mission}.`,
    ...Object.entries(soul.preferences).map(([name, value]) => `${name}: ${value}`),
    rules,
    ...(memories.length === 0
      ? []
      : ["What you remember from earlier runs:", ...memories.map(({ text }) => `- ${text}`)])
  ].join("\n")

const rules = `You work in one workspace folder through tools; paths are relative to it.
Look before you change anything: while you are uncertain, or after errors, only read-only tools are allowed, and after
several changes in a row a read-only check is asked for before the next one. A refused call says what to do instead.
When the objective is met, or cannot be met, end your turn with a short answer that says so.`
