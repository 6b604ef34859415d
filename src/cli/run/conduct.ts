/**
 * Conducts a run: starts or resumes it, shows its events, answers its approvals, and cancels it at a signal.
 *
 * @since 0.1.0
 */
import { Clock, Deferred, Effect, Fiber, Ref, Schedule, Stream } from "effect"
import { ActorSystem, type Agent } from "../../actors/index.js"
import { type EventRecord, Journal, mainBranch, type ModelDelta, toJsonLine } from "../../layers/aios/index.js"
import { type CliError, failure } from "../CliError.js"
import { isKind } from "../kinds.js"
import { Output } from "../Output.js"
import { eventLines, statusLine } from "../render/progress.js"
import { printable } from "../render/text.js"
import { Signals } from "../Signals.js"
import { answer, type Approval, waiting } from "./approvals.js"
import { headerLines } from "./header.js"
import { failureOf, outcomeLines, waitingFor } from "./outcome.js"
import type { Plan } from "./Plan.js"
import { advance, initialProgress, isAtRest, type Progress, progressOf } from "./Progress.js"

const agentName = "life"
const statusEvery = "100 millis"
// A run that ended because its agent gave up has no tick to complete.
const restMsMax = 5_000

/** Runs a plan to its end. Fails unless the run completed. */
export const conduct = (plan: Plan) => Effect.scoped(run(plan))

const run = Effect.fnUntraced(function* (plan: Plan) {
  const output = yield* Output
  const signals = yield* Signals
  const journal = yield* Journal
  const start =
    plan.existing === undefined || plan.sessionId === undefined
      ? initialProgress
      : yield* progressOf(journal, { sessionId: plan.sessionId, branchId: mainBranch })
  const agent = yield* agentOf(plan)
  const watch = yield* makeWatch(plan, agent, start)
  if (!plan.options.json) {
    for (const line of headerLines(plan, agent.sessionId, output.paint)) yield* output.line(line)
    yield* Effect.forkScoped(Effect.repeat(watch.redraw, Schedule.spaced(statusEvery)))
    if (plan.provider !== "scout") yield* Effect.forkScoped(Stream.runForEach(agent.deltas, watch.onDelta))
  }
  for (const approval of yield* waiting(journal, agent.sessionId, start)) yield* watch.approve(approval)
  const following = yield* Effect.forkScoped(Stream.runForEach(agent.eventsAfter(start.sequence), watch.onRecord))
  const {
    objective,
    options: { budget, resume }
  } = plan
  const work = yield* Effect.forkScoped(resume ? agent.outcome : agent.run(objective, { budget }))

  let interruption: CliError | undefined
  const cancelling = Effect.gen(function* () {
    interruption = yield* signals.first
    yield* Deferred.await(watch.begun)
    yield* agent.cancel(interruption.message).pipe(
      // It ended by itself in the same moment.
      Effect.catchTag("AgentError", (error) => (error.reason === "NotRunning" ? Effect.void : Effect.fail(error)))
    )
  })
  yield* Effect.raceFirst(
    Deferred.await(watch.over),
    // These end the wait by failing only.
    Effect.zipRight(Effect.all([Fiber.join(following), Fiber.join(work), cancelling], { concurrency: 3 }), Effect.never)
  )
  yield* Effect.timeoutOption(Deferred.await(watch.rested), restMsMax)
  return yield* conclude(plan, agent, watch, interruption)
})

const agentOf = Effect.fnUntraced(function* ({ existing, options, sessionId }: Plan) {
  const system = yield* ActorSystem
  if (existing === undefined) {
    return yield* system.spawn({ name: agentName, ...(sessionId === undefined ? {} : { sessionId }) })
  }
  return yield* options.resume
    ? system.spawn({ name: existing.name, sessionId: existing.sessionId })
    : system.get(existing.sessionId)
})

type Watch = Effect.Effect.Success<ReturnType<typeof makeWatch>>

const makeWatch = Effect.fnUntraced(function* (plan: Plan, agent: Agent, start: Progress) {
  const output = yield* Output
  const latest = yield* Ref.make(start)
  const begun = yield* Deferred.make<void>()
  const over = yield* Deferred.make<void>()
  const rested = yield* Deferred.make<void>()
  const startedAt = yield* Clock.currentTimeMillis
  const elapsed = Effect.map(Clock.currentTimeMillis, (now) => now - startedAt)
  const left = new Map<string, Approval>()
  let streamed = false
  let thinking = false
  // Where nobody looks on, thoughts are only shown to who asked for everything.
  const showsThinking = plan.options.verbose || output.interactive

  const show = Effect.fnUntraced(function* (before: Progress, record: EventRecord, after: Progress) {
    if (plan.options.json) return yield* output.line(toJsonLine(record))
    const elapsedMs = yield* elapsed
    if (isKind(record.kind, "AssistantMessage")) {
      const { content } = record.kind
      if (!streamed && content.trim() !== "") yield* output.line(printable(content))
      else if (streamed) yield* output.text("\n")
      streamed = thinking = false
    }
    for (const line of eventLines(before, record, after, elapsedMs, output.paint)) yield* output.line(line)
    yield* output.status(statusLine(after, elapsedMs))
  })

  const approve = (approval: Approval) =>
    Effect.map(answer(plan, agent, approval), (answered) => {
      if (!answered) left.set(approval.approvalId, approval)
    })

  // Whoever waits only for approvals that were left for later is done here.
  const isParked = (progress: Progress): boolean =>
    progress.agent.run !== undefined &&
    isAtRest(progress) &&
    progress.agent.calls.every(({ approvalId = "" }) => left.has(approvalId))

  const onRecord = Effect.fnUntraced(function* (record: EventRecord) {
    const before = yield* Ref.get(latest)
    const after = advance(before, record)
    yield* Ref.set(latest, after)
    yield* show(before, record, after)
    if (isKind(record.kind, "ApprovalRequested")) yield* approve(record.kind)
    if (after.agent.run !== undefined) yield* Deferred.succeed(begun, undefined)
    if (after.closed || isParked(after)) yield* Deferred.succeed(over, undefined)
    if ((after.closed && isAtRest(after)) || isParked(after)) yield* Deferred.succeed(rested, undefined)
  })

  return {
    latest: Ref.get(latest),
    elapsed,
    left,
    begun,
    over,
    rested,
    approve,
    onRecord,
    onDelta: ({ text, type }: ModelDelta) => {
      const breaks = thinking && type === "text"
      thinking = type === "thinking" && showsThinking
      if (type === "thinking") return showsThinking ? output.text(text, "dim") : Effect.void
      streamed = true
      return output.text(breaks ? `\n${text}` : text)
    },
    redraw: Effect.flatMap(Effect.all([Ref.get(latest), elapsed]), ([progress, elapsedMs]) =>
      output.status(statusLine(progress, elapsedMs))
    )
  }
})

const conclude = Effect.fnUntraced(function* (
  plan: Plan,
  agent: Agent,
  watch: Watch,
  interruption: CliError | undefined
) {
  const output = yield* Output
  const progress = yield* watch.latest
  const { lastRun } = progress.agent
  if (!progress.closed) return yield* waitingFor(plan, agent.sessionId, [...watch.left.values()])
  if (lastRun === undefined) return yield* failure("the run ended without an outcome; `life log` shows its events")
  if (!plan.options.json) {
    for (const line of outcomeLines(plan, agent.sessionId, progress, yield* watch.elapsed, output.paint)) {
      yield* output.line(line)
    }
  }
  const failed = failureOf(lastRun, interruption)
  if (failed !== undefined) return yield* failed
})
