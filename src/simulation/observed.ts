/**
 * The system of agents as a simulated program gets it: the real system, with an observer in front. The observer records
 * what the system acknowledges, and compares what it shows with the durable records.
 *
 * @since 0.1.0
 */
import { Effect, Layer } from "effect"
import { isDeepStrictEqual } from "node:util"
import { ActorSystem, type Agent, type AgentView, viewOf } from "../actors/index.js"
import { type ClosedRun, Journal, type JournalError, mainBranch } from "../layers/aios/index.js"
import { sessionFold } from "../Life.js"
import { endOf, type Folded } from "../machines/index.js"
import type { SessionHistory } from "./History.js"
import type { Watch } from "./Watch.js"

/**
 * Name of the violation when a view of an agent is not the fold of its journal.
 */
export const snapshotsFold = "what a snapshot shows is what the journal folds to"

/**
 * Name of the violation when a caller gets another end of a run than the journal has.
 */
export const outcomesStand = "the outcome of a run is the one in the journal"

/**
 * Puts the observer in front of a system.
 */
export const observed = <E, R>(system: Layer.Layer<ActorSystem, E, R>, watch: Watch) =>
  Layer.effect(
    ActorSystem,
    Effect.gen(function* () {
      const { get, list, sockets, spawn, supervise } = yield* ActorSystem
      // A caller that wakes an agent does not share its randomness: draws of an agent shift nothing in the program.
      const apart = Effect.withRandom(yield* Effect.random)
      const observe = makeObserver(yield* Journal, watch, apart)
      return {
        spawn: (options) =>
          Effect.map(apart(spawn(options)), (agent) => {
            watch.history.parents.set(agent.sessionId, options.parent?.sessionId)
            return observe(agent)
          }),
        get: (nameOrSessionId) => Effect.map(apart(get(nameOrSessionId)), observe),
        list,
        sockets,
        supervise
      }
    })
  ).pipe(Layer.provide(system))

const makeObserver = (
  journal: typeof Journal.Service,
  watch: Watch,
  apart: <A, E>(effect: Effect.Effect<A, E>) => Effect.Effect<A, E>
) => {
  const { history } = watch
  let views = 0

  // An agent that was just loaded may know records before the fibers that appended them have their replies.
  const session = Effect.fnUntraced(function* (sessionId: string, head: number) {
    const after = history.session(sessionId)?.records.length ?? 0
    if (head > after) {
      watch.committed(yield* journal.read({ sessionId, branchId: mainBranch, after, through: head }))
    }
    return history.session(sessionId)
  })

  const checkView = Effect.fnUntraced(function* (view: AgentView) {
    const { head, sessionId } = view
    const durable = yield* session(sessionId, head)
    if (durable === undefined || head > durable.records.length) {
      const has = durable?.records.length ?? 0
      return watch.note(snapshotsFold, `its head is ${head}, and ${has} records are durable`, { sessionId })
    }
    const folded = viewOf(sessionId, sessionAt(durable, head), {
      fold: sessionFold,
      thresholds: history.thresholds
    })
    const wrong = difference(view, folded, views++ % hashEvery === 0)
    watch.note(snapshotsFold, wrong, { sessionId, sequence: head })
  })

  // Reads the journal only when it must: a person who has heard of the end of a run must not be delayed.
  const checkOutcome = Effect.fnUntraced(function* (sessionId: string, closed: ClosedRun) {
    const stored =
      endIn(history.session(sessionId), closed.runId) ??
      endIn(yield* session(sessionId, Number.MAX_SAFE_INTEGER), closed.runId)
    if (isDeepStrictEqual(closed, stored)) return
    const has = stored === undefined ? "no end of it" : JSON.stringify(stored)
    watch.note(outcomesStand, `it ended with ${JSON.stringify(closed)}, and the journal has ${has}`, { sessionId })
  })

  // Skips checks for a killed process. Ends a check when a read of the journal fails, as there is nothing to compare.
  const check = (work: Effect.Effect<void, JournalError>) =>
    Effect.suspend(() => (watch.isDead() ? Effect.void : Effect.ignore(work)))

  return (agent: Agent): Agent => {
    const { sessionId } = agent
    return {
      ...agent,
      tell: (content, options) =>
        Effect.tap(apart(agent.tell(content, options)), () => {
          const isQueued = options?.mode === "collect" || options?.mode === "followup"
          history.acknowledged.push({ sessionId, content, isQueued })
        }),
      run: (objective, options) =>
        apart(agent.run(objective, options)).pipe(
          Effect.tap((closed) => check(checkOutcome(sessionId, closed))),
          Effect.tapErrorTag("RunError", ({ run }) =>
            run === undefined ? Effect.void : check(checkOutcome(sessionId, run))
          )
        ),
      outcome: Effect.tap(agent.outcome, (closed) => check(checkOutcome(sessionId, closed))),
      approve: (approvalId, answer) => apart(agent.approve(approvalId, answer)),
      deny: (approvalId, answer) => apart(agent.deny(approvalId, answer)),
      cancel: (reason) => apart(agent.cancel(reason)),
      snapshot: Effect.tap(agent.snapshot, (view) => check(checkView(view)))
    }
  }
}

// Hashing both sides is expensive, so only one view in this many compares hashes; every view compares the fields.
const hashEvery = 16

const difference = (view: AgentView, folded: AgentView, hashes: boolean): string | undefined => {
  const names = new Set([...Object.keys(view), ...Object.keys(folded)]) as ReadonlySet<keyof AgentView>
  for (const name of names) {
    if (name === "stateHash" && !hashes) continue
    if (!isDeepStrictEqual(view[name], folded[name])) {
      return `${name} is ${JSON.stringify(view[name])}, the fold gives ${JSON.stringify(folded[name])}`
    }
  }
  return undefined
}

const sessionAt = ({ folded, records }: SessionHistory, head: number): Folded =>
  head === records.length ? folded : records.slice(0, head).reduce(sessionFold.step, sessionFold.initial)

const endIn = (session: SessionHistory | undefined, runId: string): ClosedRun | undefined => {
  const end = session?.records.findLast(({ kind }) => endedBy(kind) === runId)
  return session && end && endOf(sessionAt(session, end.sequence).state, runId)
}

const endedBy = (kind: { readonly type: string; readonly runId?: string }): string | undefined =>
  kind.type === "RunFinished" || kind.type === "RunErrored" ? kind.runId : undefined
