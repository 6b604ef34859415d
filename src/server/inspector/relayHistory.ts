/**
 * The past that a relay has kept, for an inspector without a journal.
 *
 * @since 0.1.0
 */
import { Effect } from "effect"
import { type ActorInspection, type Inspection, Limits, rootActorId, timestampOf } from "../../layers/aios/index.js"
import { type History, outOfRange, unknownSession } from "./History.js"
import { matches } from "./journalHistory.js"
import type { ModeChange } from "./page/wire.js"
import type { Relay } from "./relay.js"

type Told = Exclude<Inspection, ActorInspection>

const sequenceOf = (message: Told): number => message.event.sequence ?? 0

/** Answers from the messages a relay has kept. */
export const relayHistory = (relay: Relay): History => {
  const open = (sessionId: string) =>
    Effect.suspend(() => {
      const actor = relay.latest(sessionId)
      if (actor === undefined) return Effect.fail(unknownSession(sessionId))
      const told = [...relay.kept()].filter(
        (message): message is Told => message.sessionId === sessionId && message.type !== "@xstate.actor"
      )
      return Effect.succeed({
        actor,
        told,
        head: told.reduce((head, message) => Math.max(head, sequenceOf(message)), 0)
      })
    })
  const changes = (told: ReadonlyArray<Told>): ReadonlyArray<ModeChange> =>
    told.flatMap(({ event, type }) =>
      type === "@xstate.event" && event.type === "ModeChanged"
        ? [
            {
              sequence: event.sequence ?? 0,
              from: String(event["from"]),
              to: String(event["to"]),
              reason: String(event["reason"]),
              ...(typeof event["rule"] === "string" ? { rule: event["rule"] } : {})
            }
          ]
        : []
    )
  return {
    sessions: Effect.sync(() => {
      const actors = [...relay.actors()].filter(({ sessionId }) => sessionId !== rootActorId)
      return {
        sessions: actors.slice(0, Limits.listedSessionsMax).map(({ createdAt, name, sessionId, snapshot }) => ({
          sessionId,
          name,
          head: 0,
          createdAt: timestampOf(Number(createdAt)),
          updatedAt: timestampOf(Number(createdAt)),
          runOpen: snapshot.context["run"] !== undefined
        })),
        more: Math.max(0, actors.length - Limits.listedSessionsMax)
      }
    }),
    messages: (sessionId, query) =>
      Effect.map(open(sessionId), ({ head, told }) => {
        const through = Math.min(query.after + query.limit, head)
        const wanted = told.filter((message) => sequenceOf(message) > query.after && sequenceOf(message) <= through)
        return { messages: wanted.filter(matches(query)), through, head }
      }),
    at: (sessionId, sequence) =>
      Effect.flatMap(open(sessionId), ({ actor, head, told }) => {
        if (sequence > head) return Effect.fail(outOfRange(sessionId, sequence, head))
        const before = told.filter((message) => sequenceOf(message) <= sequence)
        const last = before.at(-1)
        const snapshot = before.findLast((message) => message.type === "@xstate.snapshot")
        return Effect.succeed({
          sequence,
          head,
          at: last === undefined ? null : Number(last.createdAt),
          name: actor.name,
          snapshot: snapshot?.type === "@xstate.snapshot" ? snapshot.snapshot : actor.snapshot,
          events: before.flatMap((message) =>
            message.type === "@xstate.event" && sequenceOf(message) === sequence ? [message.event] : []
          ),
          change: changes(before).at(-1) ?? null,
          granted: null
        })
      }),
    outline: (sessionId) =>
      Effect.map(open(sessionId), ({ head, told }) => ({
        head,
        modes: changes(told).map(({ sequence, to }) => ({ sequence, mode: to })),
        runs: []
      }))
  }
}
