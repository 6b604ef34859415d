/**
 * Orient: asks subsystems for their recall, once at the beginning of a run.
 *
 * @since 0.1.0
 */
import { Effect } from "effect"
import type { AgentState } from "../../layers/aios/index.js"
import type { Services } from "../sockets/services.js"
import type { Mind, Outcome, TickPorts } from "./Tick.js"

export const recall = (
  mind: Mind,
  { sockets }: TickPorts
): Effect.Effect<Outcome<"Orient">["kinds"], never, Services> =>
  hasJustBegun(mind.state) ? sockets.recall(mind, mind.transcript.objectiveText ?? "") : nothing

export const orient = (recalled: Outcome<"Orient">["kinds"]): Outcome<"Orient"> => ({
  kinds: recalled,
  event: { type: "Orient" }
})

const nothing = Effect.succeed([])

// True until the model was asked, so that the recall stays the same throughout the run. The number of the tick does not
// tell: a run that a crash interrupted before its first model call is in a later tick.
const hasJustBegun = ({ act, run }: AgentState): boolean =>
  run !== undefined && run.answer === undefined && act.modelFailures === 0
