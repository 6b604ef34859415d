/**
 * Queue of the events that hooks are told: durable events of sessions and runs.
 */
import { Context, Deferred, Effect, Layer, Option, Queue } from "effect"
import type { Subsystem } from "../../aios/index.js"
import type { HookError } from "../HookError.js"
import type { Hooks } from "./Hook.js"
import { inTime } from "./inOrder.js"
import { HookLimits } from "./limits.js"

/**
 * The queue of a system. Only events of sessions and runs take a place in it.
 */
export class HookQueue extends Context.Tag("life-agent-os/HookQueue")<
  HookQueue,
  { readonly tell: (committed: ReadonlyArray<Subsystem.CommittedRecord>) => Effect.Effect<void> }
>() {}

type Notice = (hook: Hooks) => Effect.Effect<void, HookError> | undefined

/**
 * Starts the fiber that tells the hooks one event at a time. The end of the layer waits at most `hookFlushMsMax` until
 * the queue is empty.
 */
export const queueOf = (hooks: ReadonlyArray<Hooks>): Layer.Layer<HookQueue> =>
  Layer.scoped(
    HookQueue,
    Effect.gen(function* () {
      const { hookEventsMax, hookFlushMsMax } = HookLimits
      const queue = yield* Queue.unbounded<Effect.Effect<unknown>>()
      yield* Effect.forkScoped(Effect.interruptible(Effect.forever(Effect.flatten(Queue.take(queue)))))
      yield* Effect.addFinalizer(() =>
        Effect.gen(function* () {
          const told = yield* Deferred.make<void>()
          yield* Queue.offer(queue, Deferred.succeed(told, undefined))
          // A finalizer is uninterruptible, but the time limit works by interruption.
          const done = yield* Effect.timeoutOption(Effect.interruptible(Deferred.await(told)), hookFlushMsMax)
          if (Option.isNone(done)) {
            yield* Effect.logWarning(`hooks were not told of everything within ${hookFlushMsMax} ms`)
          }
        })
      )
      const offer = (notice: Notice) =>
        Effect.flatMap(Queue.size(queue), (waiting) =>
          waiting < hookEventsMax
            ? Queue.offer(
                queue,
                Effect.forEach(hooks, (hook) => told(hook, notice), { discard: true })
              )
            : Effect.logWarning(`hooks are not told of an event: ${hookEventsMax} others wait`)
        )
      return {
        tell: (committed) =>
          Effect.forEach(
            committed.flatMap((record) => noticeOf(record) ?? []),
            offer,
            { discard: true }
          )
      }
    })
  )

const told = (hook: Hooks, notice: Notice): Effect.Effect<void> =>
  Effect.catchTag(
    inTime<void>(hook, () => notice(hook), undefined),
    "HookError",
    ({ hook, message }) => Effect.logWarning(`the hook ${hook} failed: ${message}`)
  )

const noticeOf = ({ kind, sessionId }: Subsystem.CommittedRecord): Notice | undefined => {
  switch (kind.type) {
    case "SessionCreated":
      return (hook) => hook.sessionStart?.({ sessionId, resumed: false })
    case "SessionResumed":
      return (hook) => hook.sessionStart?.({ sessionId, resumed: true })
    case "SessionClosed":
      return (hook) => hook.sessionEnd?.({ sessionId, reason: kind.reason })
    case "RunStarted": {
      const { model, provider, runId } = kind
      return (hook) => hook.runStart?.({ sessionId, runId, provider, model })
    }
    case "RunFinished": {
      const { finalAnswer, reason, runId } = kind
      const answer = finalAnswer === undefined ? {} : { finalAnswer }
      return (hook) => hook.runEnd?.({ sessionId, runId, reason, ...answer })
    }
    case "RunErrored":
      return (hook) => hook.runEnd?.({ sessionId, runId: kind.runId, reason: "error", error: kind.error })
    default:
      return undefined
  }
}
