/**
 * The past of sessions from a journal.
 *
 * @since 0.1.0
 */
import { Effect, Stream } from "effect"
import {
  encodeInspection,
  type Inspection,
  type Journal,
  Limits,
  mainBranch,
  maskSecrets,
  type Redaction
} from "../../layers/aios/index.js"
import { actorInspection, inspectionsOf, sessionFold } from "../../machines/index.js"
import { type History, type MessagesQuery, outOfRange, unknownSession } from "./History.js"
import { SessionOutline } from "./SessionOutline.js"
import { SessionStates } from "./SessionStates.js"

interface Session {
  readonly states: SessionStates
  readonly outline: SessionOutline
}

/** Answers from a journal. A viewer gets the messages that it would have got while the session ran. */
export const journalHistory = (journal: typeof Journal.Service, redact: Redaction): History => {
  const cache = new Map<string, Session>()
  const streamOf = (sessionId: string) => ({ sessionId, branchId: mainBranch })
  const cached = (sessionId: string): Session => {
    const found = cache.get(sessionId) ?? {
      states: new SessionStates(journal, streamOf(sessionId)),
      outline: new SessionOutline(journal, streamOf(sessionId))
    }
    // The session that was used longest ago comes first.
    cache.delete(sessionId)
    cache.set(sessionId, found)
    const [oldest] = cache.keys()
    if (cache.size > Limits.inspectedSessionsMax && oldest !== undefined) cache.delete(oldest)
    return found
  }
  const open = (sessionId: string) =>
    Effect.flatMap(journal.head(streamOf(sessionId)), ({ sequence: head }) =>
      head === 0 ? Effect.fail(unknownSession(sessionId)) : Effect.succeed({ ...cached(sessionId), head })
    )
  // Gives the messages of some records, in order, and the session after them.
  const told = (sessionId: string, states: SessionStates, after: number, through: number) =>
    Effect.gen(function* () {
      const messages: Array<Inspection> = []
      const session = yield* journal.stream({ ...streamOf(sessionId), after, through }).pipe(
        Stream.runFold(yield* states.at(after), (before, record) => {
          const next = sessionFold.step(before, record)
          messages.push(...inspectionsOf(before, record, next, redact))
          return next
        })
      )
      return { messages, session }
    })
  return {
    sessions: Effect.map(journal.sessions, (all) => {
      const own = all.filter(({ branchId }) => branchId === mainBranch)
      return {
        sessions: own.slice(0, Limits.listedSessionsMax).map(({ agentId: _, branchId: __, ...session }) => ({
          ...session,
          name: maskSecrets(session.name)
        })),
        more: Math.max(0, own.length - Limits.listedSessionsMax)
      }
    }),
    messages: (sessionId, query) =>
      Effect.gen(function* () {
        const { head, states } = yield* open(sessionId)
        const through = Math.min(query.after + query.limit, head)
        if (through <= query.after) return { messages: [], through, head }
        const { messages } = yield* told(sessionId, states, query.after, through)
        return { messages: messages.filter(matches(query)), through, head }
      }),
    at: (sessionId, sequence) =>
      Effect.gen(function* () {
        const { head, outline, states } = yield* open(sessionId)
        if (sequence > head) return yield* outOfRange(sessionId, sequence, head)
        yield* outline.through(head)
        const { messages, session } = yield* told(sessionId, states, Math.max(0, sequence - 1), sequence)
        const { at, state } = session
        const actor = redact(actorInspection(sessionId, state, at))
        const snapshot = actor.type === "@xstate.event" ? undefined : actor.snapshot
        return {
          sequence,
          head,
          at: session.sequence === 0 ? null : at,
          name: maskSecrets(state.name),
          snapshot: snapshot ?? { status: "active", value: state.mode, context: {} },
          events: messages.flatMap((message) => (message.type === "@xstate.event" ? [message.event] : [])),
          change: outline.changeAt(sequence) ?? null,
          granted: outline.grantedAt(sequence) ?? null
        }
      }),
    outline: (sessionId) =>
      Effect.gen(function* () {
        const { head, outline } = yield* open(sessionId)
        yield* outline.through(head)
        return outline.outline(head)
      })
  }
}

/** Tells whether a message matches a query. */
export const matches =
  ({ only, text, type }: MessagesQuery) =>
  (message: Inspection): boolean => {
    if (only !== undefined && message.type !== `@xstate.${only}`) return false
    if (type !== undefined && (message.type === "@xstate.actor" || message.event.type !== type)) return false
    return text === undefined || encodeInspection(message).toLowerCase().includes(text.toLowerCase())
  }
