/**
 * The handle of an actor: everything its users can ask for.
 *
 * @since 0.1.0
 */
import { Deferred, Effect, Either, Fiber, Option, Stream } from "effect"
import {
  type ClosedRun,
  type EventRecord,
  type EventRecordOf,
  type EventType,
  defaultBudget,
  type JournalError,
  Limits,
  type Model,
  type ModelDelta,
  RunError
} from "../../layers/aios/index.js"
import { type Agent, type RunOptions, viewOf } from "../Agent.js"
import type { AgentActor } from "../agent/AgentActor.js"
import { deliver } from "../agent/mailbox.js"
import type { Runtime } from "../agent/Runtime.js"
import { refusal } from "../refusal.js"
import { runStarted } from "../tick/queue.js"
import { takeApprovals } from "./answers.js"
import { makeApprovals } from "./approvals.js"
import { makeCancel } from "./cancel.js"
import { checkBudget, checkMessage, makeTell } from "./messages.js"

/**
 * Makes the handle of an actor.
 */
export const makeAgent = (
  runtime: Runtime,
  agent: AgentActor,
  stop: Effect.Effect<void, JournalError>,
  model: typeof Model.Service
): Agent => {
  const waitFor = (runId: string) =>
    Deferred.await(agent.waitFor(runId, () => Deferred.unsafeMake(Fiber.id(Fiber.void))))
  const approvals = makeApprovals(runtime, agent)
  const eventsAfter = (after: number) => runtime.pen.journal.tail({ ...agent.stream, after })
  const deltas = Stream.asyncPush<ModelDelta>(
    (emit) =>
      Effect.acquireRelease(
        Effect.sync(() => agent.listen((delta) => emit.single(delta))),
        (unlisten) => Effect.sync(unlisten)
      ),
    { bufferSize: Limits.mailboxMessagesMax, strategy: "sliding" }
  )
  // Starts a run. `prepare` gets the id of the run before the run can end.
  const start = <A, E, R>(
    objective: string,
    given: RunOptions["budget"],
    prepare: (runId: string) => Effect.Effect<A, E, R>
  ) =>
    Effect.gen(function* () {
      const content = yield* checkMessage(agent, objective)
      const budget = yield* checkBudget(agent, { ...defaultBudget, ...given })
      const runId = yield* runtime.pen.ids.ulid
      const prepared = yield* prepare(runId)
      yield* deliver(runtime, agent, { type: "user" }, RunError, (state) =>
        state.run === undefined
          ? Either.right({
              kinds: [{ type: "UserMessage", content }, runStarted(state, { model }, runId, budget)],
              value: undefined
            })
          : Either.left(
              refusal(RunError, agent, "Busy", `has an open run, ${state.run.runId}; wait for its end or cancel it`)
            )
      ).pipe(Effect.onError(() => Effect.sync(() => agent.takeWaiters(runId))))
      return prepared
    })
  return {
    sessionId: agent.sessionId,
    name: agent.name,
    start: (objective, { budget } = {}) => start(objective, budget, Effect.succeed),
    run: (objective, { budget, onApproval, outcome: isValue = false } = {}) =>
      Effect.gen(function* () {
        const { answers, outcome } = yield* start(objective, budget, (runId) =>
          Effect.map(
            onApproval === undefined
              ? Effect.succeed(undefined)
              : takeApprovals(runtime, agent, runId, approvals, onApproval),
            // The waiter is registered before the run can end.
            (answers) => ({ answers, outcome: waitFor(runId) })
          )
        )
        const closed = yield* answers === undefined ? outcome : Effect.raceFirst(outcome, answers)
        return isValue || closed.error === undefined ? closed : yield* errored(agent, closed, closed.error)
      }).pipe(Effect.scoped),
    outcome: Effect.flatMap(runtime.load(agent), ({ committed: { run, lastRun } }) => {
      if (run !== undefined) return waitFor(run.runId)
      return lastRun === undefined
        ? Effect.fail(refusal(RunError, agent, "NotRunning", "has not run yet; start a run first"))
        : Effect.succeed(lastRun)
    }),
    tell: makeTell(runtime, agent),
    ...approvals,
    cancel: makeCancel(runtime, agent),
    events: eventsAfter(0),
    eventsAfter,
    eventsOf: (...types) => Stream.filter(eventsAfter(0), isOf(types)),
    deltas,
    text: Stream.filterMap(deltas, ({ text, type }) => (type === "text" ? Option.some(text) : Option.none())),
    projection: (subsystem) =>
      Effect.map(runtime.load(agent), ({ durable }) => {
        const value = runtime.pen.fold.projections.valueOf(durable.values, subsystem)
        return value === undefined ? Option.none() : Option.some(value)
      }),
    state: Effect.map(runtime.load(agent), ({ committed }) => committed),
    snapshot: Effect.map(runtime.load(agent), (live) => viewOf(agent.sessionId, live.durable, runtime.pen)),
    stop
  }
}

const isOf =
  <T extends EventType>(types: ReadonlyArray<T>) =>
  (record: EventRecord): record is EventRecordOf<T> =>
    types.some((type) => type === record.kind.type)

const errored = ({ name }: AgentActor, run: ClosedRun, error: string): RunError =>
  new RunError({
    agent: name,
    reason: "Errored",
    run,
    message: `agent ${name} ended its run ${run.runId} in an error: ${error.replace(/\.$/, "")}. Mend the cause and start another run.`
  })
