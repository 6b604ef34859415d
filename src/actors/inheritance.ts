/**
 * Sessions of earlier processes: how their agents come back.
 *
 * @since 0.1.0
 */
import { Effect, Option } from "effect"
import { type Journal, type JournalError, LookupError, mainBranch, type SessionSummary } from "../layers/aios/index.js"
import type { AgentActor } from "./agent/AgentActor.js"
import { refusal } from "./refusal.js"
import type { Registry } from "./Registry.js"

/**
 * The way to sessions that stand in the journal alone.
 */
export const makeInheritance = (journal: typeof Journal.Service, registry: Registry) => {
  const { agents } = registry
  const sessionOf = (sessionId: string) => journal.session({ sessionId, branchId: mainBranch })

  // A session of an earlier process comes back under the agent that spawned it, and brings that one along.
  const inherit = (
    { sessionId, name }: SessionSummary,
    heirs: ReadonlyArray<string> = []
  ): Effect.Effect<AgentActor, LookupError | JournalError> =>
    Effect.gen(function* () {
      const parentId = yield* parentOf(sessionId)
      const parent = parentId === undefined || agents.has(parentId) ? Option.none() : yield* sessionOf(parentId)
      // No journal of ours goes round in circles, but one that was tampered with may.
      if (Option.isSome(parent) && !heirs.includes(parent.value.sessionId)) {
        yield* inherit(parent.value, [...heirs, sessionId])
      }
      // Whoever asked at the same time may have been faster.
      const known = agents.get(sessionId)
      if (known !== undefined) return known
      // Under a parent that has stopped its children already, it would be left alone with its run.
      if (parentId !== undefined && agents.get(parentId)?.stopped === true) {
        return yield* refusal(
          LookupError,
          { name },
          "Stopped",
          "is being stopped with its parent; get it again when that is done"
        )
      }
      return registry.add(sessionId, { name }, parentId, true)
    })

  const parentOf = (sessionId: string): Effect.Effect<string | undefined, JournalError> =>
    Effect.map(journal.read({ sessionId, branchId: mainBranch, after: 0, through: 1 }), ([created]) =>
      created !== undefined && created.kind.type === "SessionCreated" ? created.kind.parentId : undefined
    )

  return { inherit, parentOf, sessionOf }
}
