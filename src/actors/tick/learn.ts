/**
 * Learn: what subsystems keep because it will matter later.
 *
 * @since 0.1.0
 */
import { Effect } from "effect"
import type { Services } from "../sockets/services.js"
import type { Mind, Outcome, TickPorts } from "./Tick.js"

export const learn = (mind: Mind, { sockets }: TickPorts): Effect.Effect<Outcome<"Learn">, never, Services> =>
  Effect.map(sockets.learn(mind, mind.log), (kinds) => ({ kinds, event: { type: "Learn" } }))
