/**
 * Regulate: asks the advisers and tells the machine the agent's gauges; the machine chooses the mode.
 *
 * @since 0.1.0
 */
import { type AgentState, canonicalJson, type EventKind } from "../../layers/aios/index.js"
import { factsOf } from "../../machines/index.js"
import type { Advised } from "../sockets/Sockets.js"
import type { Mind, Outcome } from "./Tick.js"

/**
 * The advice that holds from now on; nothing if it has not changed.
 */
export const gatesUpdated = (
  { gauges, withheld }: AgentState,
  advised: ReadonlyArray<Advised>
): ReadonlyArray<EventKind> => {
  if (advised.length === 0 && withheld === undefined && gauges === undefined) return []
  const strictest = advised.find(({ withhold }) => withhold !== undefined)
  const measured = Object.assign({}, ...advised.map((advice) => advice.gauges)) as { readonly [gauge: string]: number }
  const gates = {
    ...(strictest?.withhold && {
      withheld: { effect: strictest.withhold, ruleId: strictest.ruleId, reason: strictest.reason }
    }),
    ...(Object.keys(measured).length > 0 && { gauges: measured })
  }
  const before = { ...(withheld && { withheld }), ...(gauges && { gauges }) }
  if (canonicalJson(gates) === canonicalJson(before)) return []
  return [{ type: "GatesUpdated", gates, reason: strictest?.reason ?? "nothing is withheld" }]
}

export const regulate = ({ state }: Mind): Outcome<"Regulate"> => ({
  kinds: [],
  event: { type: "Regulate", ...factsOf(state) }
})
