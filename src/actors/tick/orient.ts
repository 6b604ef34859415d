/**
 * Orient: recalls what is known, once at the beginning of a run.
 *
 * @since 0.1.0
 */
import { Effect } from "effect"
import type { AgentState, EventKind, EventKindOf, JournalError } from "../../layers/aios/index.js"
import { recall } from "../context/recall.js"
import type { Services } from "../sockets/services.js"
import type { Mind, Outcome, TickPorts } from "./Tick.js"

export const orient = (mind: Mind, ports: TickPorts): Effect.Effect<Outcome<"Orient">, JournalError, Services> =>
  Effect.gen(function* () {
    const { run } = mind.state
    // In the first tick of a run, so that what is recalled stays the same throughout it.
    const contributed = run?.ticks === 0 ? yield* ports.sockets.recall(mind) : []
    const known = hasJustBegun(mind.state) ? yield* remembered(mind, ports) : []
    return { kinds: [...known, ...contributed], event: { type: "Orient" } }
  })

const remembered = (mind: Mind, ports: TickPorts): Effect.Effect<ReadonlyArray<EventKind>, JournalError> =>
  Effect.map(ports.memories(mind.state.name), (shared) => {
    const recalled = recall(mind.state, shared, mind.transcript.objectiveText ?? "")
    return recalled.length === 0 ? [] : [retrieved(recalled)]
  })

// Nothing was asked yet, so that what is recalled stays the same throughout the run.
const hasJustBegun = ({ act, run }: AgentState): boolean =>
  run !== undefined && run.recalled === undefined && run.answer === undefined && act.modelFailures === 0

const retrieved = (recalled: ReturnType<typeof recall>): EventKindOf<"MemoryRetrieved"> => ({
  type: "MemoryRetrieved",
  source: [...new Set(recalled.map(({ scope }) => scope))].toSorted().join("+"),
  memoryIds: recalled.map(({ memoryId }) => memoryId),
  tokens: recalled.reduce((sum, { tokens }) => sum + tokens, 0),
  // What the session knows itself stands in its journal already; the fold fills it in.
  recalled: recalled.map(({ block, memoryId, scope, text }) => ({
    memoryId,
    scope,
    block,
    text: scope === "session" ? "" : text
  }))
})
