/**
 * Inheritance: takes up the sessions of earlier processes.
 *
 * @since 0.1.0
 */
import { Effect, Option } from "effect"
import {
  type EventKindOf,
  type Identity,
  type Journal,
  type JournalError,
  LookupError,
  mainBranch,
  type SessionSummary
} from "../layers/aios/index.js"
import { rightsText } from "./agent/signedTexts.js"
import type { AgentActor } from "./agent/AgentActor.js"
import { refusal } from "./refusal.js"
import type { Registry } from "./Registry.js"

/**
 * Makes the functions that find and take up sessions that are in the journal alone.
 */
export const makeInheritance = (
  journal: typeof Journal.Service,
  identity: Pick<typeof Identity.Service, "publicKey" | "verify">,
  registry: Registry
) => {
  const { agents } = registry
  const sessionOf = (sessionId: string) => journal.session({ sessionId, branchId: mainBranch })

  // A session of an earlier process is added under the agent that spawned it; that agent is taken up first.
  const inherit = (
    { sessionId, name }: SessionSummary,
    heirs: ReadonlyArray<string> = []
  ): Effect.Effect<AgentActor, LookupError | JournalError> =>
    Effect.gen(function* () {
      const parentId = yield* parentOf(sessionId)
      const parent = parentId === undefined || agents.has(parentId) ? Option.none() : yield* sessionOf(parentId)
      // Life writes no cycle of parents, but a tampered journal may hold one.
      if (Option.isSome(parent) && !heirs.includes(parent.value.sessionId)) {
        yield* inherit(parent.value, [...heirs, sessionId])
      }
      // A concurrent request may have added the agent in the meantime.
      const known = agents.get(sessionId)
      if (known !== undefined) return known
      // A parent that has already stopped its children would never stop this one, and its run would stay open.
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
      created !== undefined && created.kind.type === "SessionCreated" && isOwn(sessionId, created.kind)
        ? created.kind.parentId
        : undefined
    )

  // The first record lies before all that the loading of a session checks, so its own signature has to vouch for it.
  const isOwn = (sessionId: string, kind: EventKindOf<"SessionCreated">): boolean => {
    const { signedBy } = kind
    return (
      signedBy?.publicKey === identity.publicKey &&
      identity.verify(rightsText({ sessionId, branchId: mainBranch }, 1, kind), signedBy.signature, signedBy.publicKey)
    )
  }

  return { inherit, parentOf, sessionOf }
}
