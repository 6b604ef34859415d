/**
 * Hooks that are told of what has become durable.
 *
 * @since 0.1.0
 */
import { Effect, Layer, Option, Queue } from "effect"
import { type EventRecord, Journal, Limits } from "../../aios/index.js"
import type { HookError } from "../HookError.js"
import type { Hooks } from "./Hook.js"
import { inTime } from "./asking.js"

/**
 * Lets hooks hear of sessions and runs. They are told one event at a time, and hold up nobody: an event that finds
 * `Limits.hookEventsMax` others waiting is dropped with a warning. The end of the layer waits for those that wait, for
 * `Limits.hookFlushMsMax` at most.
 *
 * @since 0.1.0
 * @category layers
 */
export const besideJournal = (hooks: ReadonlyArray<Hooks>): Layer.Layer<Journal, never, Journal> =>
  hooks.length === 0
    ? Layer.effect(Journal, Journal)
    : Layer.scoped(
        Journal,
        Effect.gen(function* () {
          const journal = yield* Journal
          const queue = yield* Queue.dropping<Effect.Effect<void>>(Limits.hookEventsMax)
          const turn = Effect.unsafeMakeSemaphore(1)
          yield* Effect.forkScoped(Effect.forever(Effect.flatMap(Queue.take(queue), turn.withPermits(1))))
          const rest = Effect.flatMap(Queue.takeAll(queue), (left) =>
            turn.withPermits(1)(Effect.all(left, { discard: true }))
          )
          yield* Effect.addFinalizer(() =>
            Effect.flatMap(Effect.timeoutOption(rest, Limits.hookFlushMsMax), (done) =>
              Option.isSome(done)
                ? Effect.void
                : Effect.logWarning(`hooks were not told of everything within ${Limits.hookFlushMsMax} ms`)
            )
          )
          const tell = (record: EventRecord) =>
            Effect.forEach(
              hooks.flatMap((hook) => tellingOf(hook, record) ?? []),
              (telling) => Effect.flatMap(Queue.offer(queue, telling), (taken) => (taken ? Effect.void : dropped)),
              { discard: true }
            )
          return {
            ...journal,
            append: (append) =>
              Effect.tap(journal.append(append), (records) => Effect.forEach(records, tell, { discard: true }))
          }
        })
      )

const dropped = Effect.logWarning(`a hook is not told of an event: ${Limits.hookEventsMax} others wait`)

const tellingOf = (hook: Hooks, record: EventRecord): Effect.Effect<void> | undefined => {
  const told = askToTell(hook, record)
  return (
    told &&
    inTime(hook, told).pipe(
      Effect.catchTag("HookError", ({ hook, message }) => Effect.logWarning(`the hook ${hook} failed: ${message}`))
    )
  )
}

const askToTell = (
  { runEnd, runStart, sessionEnd, sessionStart }: Hooks,
  { kind, sessionId }: EventRecord
): Effect.Effect<void, HookError> | undefined => {
  switch (kind.type) {
    case "SessionCreated":
      return sessionStart?.({ sessionId, resumed: false })
    case "SessionResumed":
      return sessionStart?.({ sessionId, resumed: true })
    case "SessionClosed":
      return sessionEnd?.({ sessionId, reason: kind.reason })
    case "RunStarted": {
      const { model, provider, runId } = kind
      return runStart?.({ sessionId, runId, provider, model })
    }
    case "RunFinished": {
      const { finalAnswer, reason, runId } = kind
      return runEnd?.({ sessionId, runId, reason, ...(finalAnswer === undefined ? {} : { finalAnswer }) })
    }
    case "RunErrored":
      return runEnd?.({ sessionId, runId: kind.runId, reason: "error", error: kind.error })
    default:
      return undefined
  }
}
