/**
 * How a tail learns that its stream has grown.
 */
import { Effect, type Scope } from "effect"
import type { StreamId } from "../aios/index.js"
import type { Signal } from "./reader.js"
import { keyOf } from "./records.js"

/**
 * The tails of one process, by stream.
 */
export interface Signals {
  /** A signal that opens with each commit to a stream, until the scope closes. */
  readonly subscribe: (stream: StreamId) => Effect.Effect<Signal, never, Scope.Scope>
  readonly committed: (stream: StreamId) => void
}

/**
 * Signals for the process that writes the journal.
 */
export const make = (): Signals => {
  const subscribers = new Map<string, Set<Effect.Latch>>()
  const add = (key: string) =>
    Effect.sync(() => {
      const latch = Effect.unsafeMakeLatch(false)
      const latches = subscribers.get(key) ?? new Set()
      subscribers.set(key, latches.add(latch))
      return latch
    })
  const remove = (key: string, latch: Effect.Latch) =>
    Effect.sync(() => {
      const latches = subscribers.get(key)
      latches?.delete(latch)
      if (latches?.size === 0) subscribers.delete(key)
    })
  return {
    subscribe: (stream) => {
      const key = keyOf(stream)
      return Effect.map(
        Effect.acquireRelease(add(key), (latch) => remove(key, latch)),
        (latch) => ({ close: () => latch.unsafeClose(), await: latch.await })
      )
    },
    committed: (stream) => subscribers.get(keyOf(stream))?.forEach((latch) => latch.unsafeOpen())
  }
}

const pollEvery = "100 millis"

/**
 * The signal of a process that only reads: SQLite tells it nothing of other processes' commits, so it looks again.
 */
export const polling: Effect.Effect<Signal> = Effect.succeed({ close: () => {}, await: Effect.sleep(pollEvery) })
