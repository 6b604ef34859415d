/**
 * Context blocks of subsystems: the input of the context compiler.
 */
import { cutText, estimateTokens, type Subsystem } from "../../layers/aios/index.js"
import type { Contribution } from "./Contribution.js"
import type { ContextBlock } from "./Sockets.js"

type Blocks = ReadonlyArray<Contribution<Subsystem.Block<never>>>

/**
 * Puts the blocks that change within a run behind the stable blocks, so that a provider can cache the head of the
 * prompt.
 */
export const inPromptOrder = (blocks: Blocks): Blocks => [
  ...blocks.filter(({ run }) => run.changes === "run"),
  ...blocks.filter(({ run }) => run.changes === "tick")
]

/**
 * Gives a block in the form of the prompt; none without a text.
 */
export const contextBlock = (
  { rule, run: { changes, priority, tokensMax } }: Contribution<Subsystem.Block<never>>,
  text: string | undefined
): ReadonlyArray<ContextBlock> => {
  const whole = text?.trim() ?? ""
  if (whole === "") return []
  const cut = cutText(whole, tokensMax * 4)
  const shown = cut.length < whole.length ? `${cut}\n[cut here]` : cut
  return [{ rule, text: shown, tokens: estimateTokens(shown.length), priority, changes }]
}
