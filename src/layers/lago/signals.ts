/**
 * Signals that tell a tail of new records in its stream.
 */
import { Effect, type Scope } from "effect"
import type { EventRecord, StreamId } from "../aios/index.js"
import type { Signal } from "./reader.js"
import { keyOf } from "./records.js"

/**
 * The tails of one process, by stream.
 */
export interface Signals {
  /** Gives a signal that opens with each commit to a stream, until the scope closes. */
  readonly subscribe: (stream: StreamId) => Effect.Effect<Signal, never, Scope.Scope>
  /** Tells the tails of a stream which records have become durable. */
  readonly committed: (stream: StreamId, records: ReadonlyArray<EventRecord>) => void
}

// Limit of the records kept for one tail. A tail that is further behind reads the journal, so that it costs no memory.
const freshEventsMax = 64

class Subscription implements Signal {
  private readonly latch = Effect.unsafeMakeLatch(false)
  private fresh: Array<EventRecord> | undefined
  readonly await = this.latch.await

  close(): void {
    this.latch.unsafeClose()
  }

  keep(): void {
    this.fresh = []
  }

  drop(): void {
    this.fresh = undefined
  }

  take(after: number): ReadonlyArray<EventRecord> | undefined {
    const { fresh } = this
    if (fresh === undefined || fresh.length === 0) return fresh
    this.fresh = []
    const news = fresh.filter(({ sequence }) => sequence > after)
    return news.length === 0 || news[0]?.sequence === after + 1 ? news : undefined
  }

  add(records: ReadonlyArray<EventRecord>): void {
    if (this.fresh !== undefined && this.fresh.length + records.length > freshEventsMax) this.fresh = undefined
    this.fresh?.push(...records)
    this.latch.unsafeOpen()
  }
}

/**
 * Signals for the process that writes the journal.
 */
export const make = (): Signals => {
  const subscribers = new Map<string, Set<Subscription>>()
  const add = (key: string) =>
    Effect.sync(() => {
      const subscription = new Subscription()
      const others = subscribers.get(key) ?? new Set()
      subscribers.set(key, others.add(subscription))
      return subscription
    })
  const remove = (key: string, subscription: Subscription) =>
    Effect.sync(() => {
      const others = subscribers.get(key)
      others?.delete(subscription)
      if (others?.size === 0) subscribers.delete(key)
    })
  return {
    subscribe: (stream) => {
      const key = keyOf(stream)
      return Effect.acquireRelease(add(key), (subscription) => remove(key, subscription))
    },
    committed: (stream, records) => subscribers.get(keyOf(stream))?.forEach((subscription) => subscription.add(records))
  }
}

const pollEvery = "100 millis"

/**
 * The signal of a process that only reads. SQLite does not report the commits of other processes, so the tail reads
 * again after each pause.
 */
export const polling: Effect.Effect<Signal> = Effect.succeed({
  close: () => {},
  await: Effect.sleep(pollEvery),
  keep: () => {},
  drop: () => {},
  take: () => undefined
})
