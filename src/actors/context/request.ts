/**
 * The request for the next turn of the model: the compiled context and the conversation.
 *
 * Everything in the prompt is fixed when a run begins. So each request of a run starts with the text of the one before,
 * and a provider can cache it.
 *
 * @since 0.1.0
 */
import {
  type AgentState,
  askedModel,
  type ModelInfo,
  type ModelRequest,
  type SoulProfile,
  timeOfUlid,
  timestampOf
} from "../../layers/aios/index.js"
import {
  compileBlocks,
  type CompiledContext,
  type ContextTooSmall,
  type ContributedBlock,
  isTooSmall
} from "../../machines/index.js"
import type { Mind, TickPorts } from "../tick/Tick.js"

/**
 * Compiles the context of the open run.
 */
export const compileContext = (
  { state, transcript }: Mind,
  { context, model }: Pick<TickPorts, "context" | "model">,
  contributed: ReadonlyArray<ContributedBlock> = []
): CompiledContext | ContextTooSmall =>
  compileBlocks(
    {
      Persona: persona(state.soul),
      Rules: context.instructions === undefined ? rules : `${rules}\n\n${context.instructions}`,
      Workspace: workspaceBlock(state, context.workspace),
      Task: transcript.objectiveText
    },
    askedModel(model, state.model).contextWindowTokens,
    contributed
  )

/**
 * The request, with the conversation as it stands.
 */
export const requestOf = (
  { sessionId, state: { model }, transcript }: Mind,
  { tools }: TickPorts,
  { system }: CompiledContext
): ModelRequest => ({
  sessionId,
  system,
  messages: transcript.messages(),
  tools: tools.definitions,
  ...(model === undefined ? {} : { model })
})

/**
 * Message about a window that is too small, for the person who started the run.
 */
export const tooSmallMessage = (
  { personaTokens, taskTokens }: ContextTooSmall,
  { contextWindowTokens, model }: ModelInfo
): string =>
  `${model} has a context window of ${contextWindowTokens} tokens, and the agent's persona (about ${personaTokens}) and ` +
  `its objective (about ${taskTokens}) do not fit; use a model with a larger window, or shorten the agent's mission, its ` +
  "preferences or the objective"

export { isTooSmall }

const persona = ({ mission, name, preferences }: SoulProfile): string =>
  [`You are ${name}. ${mission}.`, ...Object.entries(preferences).map(([key, value]) => `${key}: ${value}`)].join("\n")

const rules = `You work in one workspace folder through tools; paths are relative to it.
Read before you change: while you are uncertain, or after errors, only read-only tools are allowed. After several changes
in a row, make a read-only check before the next change. The result of a refused call says what to do next.
When the objective is met, or cannot be met, end your turn with a short answer that says so.`

const workspaceBlock = ({ run }: AgentState, workspace: string | undefined): string => {
  const began = run === undefined ? undefined : timeOfUlid(run.runId)
  return [
    ...(workspace === undefined ? [] : [`The workspace is the folder ${workspace}.`]),
    ...(began === undefined ? [] : [`This run began on ${timestampOf(began).slice(0, 10)} (UTC).`])
  ].join("\n")
}
