/**
 * The interpreter: drives an agent through its phases until there is nothing to do.
 *
 * Effect drives, XState decides. A phase gives an outcome. The interpreter folds its events in, steps the machine and
 * records the transition. Everything is durable before Act begins, because Act is the only phase that reaches outside.
 *
 * @since 0.1.0
 */
import { Cause, Effect, Exit, Fiber, Option, type Tracer } from "effect"
import {
  agentActor,
  type EventKind,
  type JournalError,
  type ModelDelta,
  type RawKind
} from "../../layers/aios/index.js"
import { type AgentEvent, isIdle, type RefusedEvent } from "../../machines/index.js"
import type { LiveAgent } from "./Session.js"
import { act } from "../tick/act.js"
import { decide } from "../tick/decide.js"
import { cutOff, isCutOff } from "../tick/interruption.js"
import { learn } from "../tick/learn.js"
import { observe } from "../tick/observe.js"
import { orient, recall } from "../tick/orient.js"
import { perceive } from "../tick/perceive.js"
import { queuedRun } from "../tick/queue.js"
import { gatesUpdated, regulate } from "../tick/regulate.js"
import { report } from "../tick/report.js"
import type { Services } from "../sockets/services.js"
import type { TickPorts } from "../tick/Tick.js"

/**
 * Runs ticks until the agent is idle and everything is durable. The driver calls `onIdle` in the same step in which it
 * finds the agent idle, so a later message finds the agent either driven or free to be driven again.
 */
export const drive = Effect.fnUntraced(function* (
  live: LiveAgent,
  ports: TickPorts,
  onDelta: (delta: ModelDelta) => void,
  onIdle: () => void
) {
  while (true) {
    const { phase } = live.snapshot.context
    if (phase === "perceive" && isIdle(live.state)) {
      yield* live.flush()
      if (isIdle(live.state)) {
        live.telemetry?.rest(live.state)
        return onIdle()
      }
    }
    live.telemetry?.enter(live.state)
    switch (phase) {
      case "perceive":
        live.emit(yield* ports.sockets.perceive(live))
        yield* complete(live, perceive(live))
        break
      case "orient":
        yield* complete(live, orient(yield* recall(live, ports)))
        break
      case "decide": {
        const { conclude, event, kinds } = yield* decide(live, ports)
        live.emit(kinds)
        yield* live.complete(event, conclude)
        break
      }
      case "act":
        if (live.state.plan === "think" || live.state.plan === "tools") {
          yield* live.flush()
          // Everything is durable here, so a checkpoint needs no append of its own.
          if (live.isCheckpointDue) yield* live.addCheckpoint()
          yield* carryOut(live, ports, onDelta)
        }
        live.inDoubt = false
        live.prepared.clear()
        yield* live.complete({ type: "Act" })
        break
      case "observe":
        yield* complete(live, observe(live, ports, yield* ports.sockets.observe(live)))
        break
      case "learn":
        yield* complete(live, learn(yield* ports.sockets.learn(live, live.log)))
        break
      case "regulate":
        live.emit(gatesUpdated(live.state, yield* ports.sockets.regulate(live)))
        yield* complete(live, regulate(live))
        break
      case "report": {
        const outcome = report(live)
        // Trust changes hands when a run ends and when a person is asked: the journal is signed up to there.
        const due = outcome.kinds.length > 0 || live.state.plan === "ask"
        const budget = live.state.run?.budget
        live.emit(outcome.kinds)
        const next = queuedRun(live.state, ports, budget)
        // The end of a run and the start of the next are one append: no process finds a queue without an open run.
        yield* live.complete(outcome.event)
        live.emit(next)
        // Last in the tick, so that an agent that rests has nothing behind its checkpoint.
        if (due && next.length === 0) yield* live.addCheckpoint()
        break
      }
    }
  }
})

const complete = (
  live: LiveAgent,
  outcome: { readonly kinds: ReadonlyArray<EventKind | RawKind>; readonly event: AgentEvent }
): Exit.Exit<void, RefusedEvent> => {
  live.emit(outcome.kinds)
  return live.complete(outcome.event)
}

// Calls that an earlier process started: their tools may declare less than the calls do.
const preparedAgain = (live: LiveAgent, { tools }: TickPorts) =>
  Effect.map(
    Effect.forEach(
      live.state.calls.filter(({ status }) => status === "started"),
      (call) =>
        Effect.map(Effect.option(tools.prepare(call, () => live)), (ready) =>
          Option.map(ready, (prepared) => [call.callId, prepared] as const)
        )
    ),
    (calls) => new Map(calls.flatMap(Option.toArray))
  )

// The act runs in a fiber of its own, so that its cancellation does not stop the agent.
const carryOut = (
  live: LiveAgent,
  ports: TickPorts,
  onDelta: (delta: ModelDelta) => void
): Effect.Effect<void, JournalError, Services> =>
  Effect.gen(function* () {
    const { inDoubt } = live
    // The act was cut off while the decision became durable, or before the process died in this act: it must not begin
    // (again).
    if (isCutOff(live.state)) {
      const prepared = inDoubt ? yield* preparedAgain(live, ports) : live.prepared
      return live.emit(cutOff(live.state, ports, { begun: false, inDoubt }, prepared))
    }
    const emit = (kinds: ReadonlyArray<EventKind | RawKind>, span?: Tracer.Span) => live.emit(kinds, agentActor, span)
    live.acting = yield* Effect.fork(act({ mind: live, emit, flush: live.flush(), onDelta, inDoubt }, ports))
    const exit = yield* Fiber.await(live.acting)
    live.acting = undefined
    if (Exit.isSuccess(exit)) return
    if (!Cause.isInterruptedOnly(exit.cause)) return yield* exit
    if (!isCutOff(live.state)) {
      return yield* Effect.dieMessage("the model or a tool interrupted itself; it has to fail with its error instead")
    }
    live.emit(cutOff(live.state, ports, { begun: true, inDoubt }, live.prepared))
  })
