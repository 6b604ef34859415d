/**
 * Conducts a run: starts or resumes it, shows its events, answers its approvals, and cancels it at a signal.
 *
 * @since 0.1.0
 */
import { Clock, Deferred, Effect, Fiber, Ref, Schedule, Stream } from "effect"
import { ActorSystem, type Agent } from "../../actors/index.js"
import { type EventRecord, Journal, mainBranch, type ModelDelta, toJsonLine } from "../../layers/aios/index.js"
import { type ClosedRun, isIdle, type RunView, sessionFold, viewAfter, viewFrom } from "../../machines/index.js"
import type { CliError } from "../CliError.js"
import { Output } from "../Output.js"
import { eventLines, statusLine } from "../render/progress.js"
import { Signals } from "../Signals.js"
import { answer, type Approval, waiting } from "./approvals.js"
import { headerLines } from "./header.js"
import { failureOf, outcomeLines, waitingFor } from "./outcome.js"
import type { RunSetup } from "./RunSetup.js"
import { progressOf } from "./Progress.js"

const agentName = "life"
const statusEvery = "100 millis"
// The wait for the end of the tick is limited, because an agent that gave up never completes it.
const restMsMax = 5_000

/** Runs a setup to its end. Fails unless the run completed. */
export const conduct = (setup: RunSetup) => Effect.scoped(run(setup))

const run = Effect.fnUntraced(function* (setup: RunSetup) {
  const output = yield* Output
  const signals = yield* Signals
  const journal = yield* Journal
  const start =
    setup.existing === undefined || setup.sessionId === undefined
      ? viewFrom(sessionFold.initial)
      : yield* progressOf(journal, { sessionId: setup.sessionId, branchId: mainBranch })
  const agent = yield* agentOf(setup)
  const watch = yield* makeWatch(setup, agent, start)
  if (!setup.options.json) {
    for (const line of headerLines(setup, agent.sessionId)) yield* output.line(line)
    yield* Effect.forkScoped(Effect.repeat(watch.redraw, Schedule.spaced(statusEvery)))
    if (setup.provider !== "scout") yield* Effect.forkScoped(Stream.runForEach(agent.deltas, watch.onDelta))
  }
  for (const approval of yield* waiting(journal, agent.sessionId, start)) yield* watch.approve(approval)
  // Follows the events until the agent rests: its run has ended, or waits for approvals that were left for later.
  const following = yield* Effect.forkScoped(
    Stream.runForEachWhile(agent.eventsAfter(start.session.sequence), watch.onRecord)
  )
  const {
    objective,
    options: { budget, resume }
  } = setup
  const work = yield* Effect.forkScoped(resume ? agent.outcome : agent.run(objective, { budget, outcome: true }))

  let interruption: CliError | undefined
  const cancelling = Effect.gen(function* () {
    interruption = yield* signals.first
    yield* Deferred.await(watch.begun)
    yield* agent.cancel(interruption.message).pipe(
      // The run ended by itself before the cancellation.
      Effect.catchTag("RunError", (error) => (error.reason === "NotRunning" ? Effect.void : Effect.fail(error)))
    )
  })
  const parked = Fiber.join(following).pipe(
    Effect.zipRight(watch.latest),
    Effect.flatMap(({ isOver }) => (isOver ? Effect.never : Effect.void))
  )
  const end = yield* Effect.raceFirst(
    Effect.raceFirst(Fiber.join(work), parked),
    Effect.zipRight(cancelling, Effect.never)
  )
  if (end === undefined) return yield* waitingFor(setup, agent.sessionId, [...watch.left.values()])
  yield* Effect.timeoutOption(Fiber.await(following), restMsMax)
  return yield* conclude(setup, agent, watch, end, interruption)
})

const agentOf = Effect.fnUntraced(function* ({ existing, options, sessionId }: RunSetup) {
  const system = yield* ActorSystem
  if (existing === undefined) {
    return yield* system.spawn({ name: agentName, ...(sessionId === undefined ? {} : { sessionId }) })
  }
  return yield* options.resume
    ? system.spawn({ name: existing.name, sessionId: existing.sessionId })
    : system.get(existing.sessionId)
})

type Watch = Effect.Effect.Success<ReturnType<typeof makeWatch>>

const makeWatch = Effect.fnUntraced(function* (setup: RunSetup, agent: Agent, start: RunView) {
  const output = yield* Output
  const latest = yield* Ref.make(start)
  const begun = yield* Deferred.make<void>()
  const startedAt = yield* Clock.currentTimeMillis
  const elapsed = Effect.map(Clock.currentTimeMillis, (now) => now - startedAt)
  const left = new Map<string, Approval>()
  let streamed = false
  let thinking = false
  // Without a terminal, the thoughts of the model are shown only with --verbose.
  const showsThinking = setup.options.verbose || output.interactive

  const show = Effect.fnUntraced(function* (before: RunView, record: EventRecord, after: RunView) {
    if (setup.options.json) return yield* output.json(toJsonLine(record))
    const elapsedMs = yield* elapsed
    if (record.kind.type === "AssistantMessage") {
      const { content } = record.kind
      if (!streamed && content.trim() !== "") yield* output.lines(content)
      else if (streamed) yield* output.text("\n")
      streamed = thinking = false
    }
    for (const line of eventLines(before, record, after, elapsedMs)) yield* output.line(line)
    yield* output.status(statusLine(after, elapsedMs))
  })

  const approve = (approval: Approval) =>
    Effect.map(answer(setup, agent, approval), (answered) => {
      if (!answered) left.set(approval.approvalId, approval)
    })

  // A run that waits only for approvals left for later rests as well.
  const rests = ({ isOver, session: { sequence, state } }: RunView): boolean =>
    isIdle(state) &&
    // A tick that ends a run or asks a person ends with a checkpoint.
    (state.checkpointSequence === sequence - 1 || state.tick === start.session.state.tick) &&
    (isOver || (state.run !== undefined && state.calls.every(({ approvalId = "" }) => left.has(approvalId))))

  // Gives `true` while more events are expected.
  const onRecord = Effect.fnUntraced(function* (record: EventRecord) {
    const before = yield* Ref.get(latest)
    const after = viewAfter(before, record)
    yield* Ref.set(latest, after)
    yield* show(before, record, after)
    if (record.kind.type === "ApprovalRequested") yield* approve(record.kind)
    if (after.session.state.run !== undefined) yield* Deferred.succeed(begun, undefined)
    return !rests(after)
  })

  return {
    latest: Ref.get(latest),
    elapsed,
    left,
    begun,
    approve,
    onRecord,
    onDelta: ({ text, type }: ModelDelta) => {
      const breaks = thinking && type === "text"
      thinking = type === "thinking" && showsThinking
      if (type === "thinking") return showsThinking ? output.text(text, "dim") : Effect.void
      streamed = true
      return output.text(breaks ? `\n${text}` : text)
    },
    redraw: Effect.flatMap(Effect.all([Ref.get(latest), elapsed]), ([view, elapsedMs]) =>
      output.status(statusLine(view, elapsedMs))
    )
  }
})

const conclude = Effect.fnUntraced(function* (
  setup: RunSetup,
  agent: Agent,
  watch: Watch,
  end: ClosedRun,
  interruption: CliError | undefined
) {
  const output = yield* Output
  if (!setup.options.json) {
    const view = yield* watch.latest
    for (const line of outcomeLines(setup, agent.sessionId, end, view, yield* watch.elapsed)) {
      yield* output.line(line)
    }
  }
  const failed = failureOf(end, interruption)
  if (failed !== undefined) return yield* failed
})
