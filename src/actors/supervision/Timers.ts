/**
 * The timers of a system: for each waiting agent the time of its next visit.
 *
 * One fiber sleeps until the earliest time of all. A waiting agent costs one entry, in memory or passivated. The
 * journal holds the times themselves, so a new process sets them again when it loads an agent.
 *
 * @since 0.1.0
 */
import { type Cause, type Clock, Deferred, Effect, FiberId } from "effect"
import { Limits } from "../../layers/aios/index.js"

interface Entry<A> {
  readonly agent: A
  /** Milliseconds since the epoch. */
  readonly at: number
  readonly order: number
  /** Failed visits of the agent at this time. */
  readonly failures: number
}

// A timer of the host can hold little more than this.
const sleepMsMax = 86_400_000

// Limit on replaced entries in the heap. Up to it, a replaced entry stays until its time comes.
const staleMax = 1_024

export class Timers<A extends { readonly name: string }> {
  private readonly current = new Map<A, Entry<A>>()
  private heap: Array<Entry<A>> = []
  private order = 0
  private changed = Deferred.unsafeMake<void>(FiberId.none)

  constructor(private readonly clock: Clock.Clock) {}

  /** Sets the time of an agent's next visit, in milliseconds since the epoch; `undefined` for never. */
  set(agent: A, at: number | undefined): void {
    const known = this.current.get(agent)
    if (at === undefined) {
      if (known !== undefined) this.current.delete(agent)
    } else if (known === undefined || (known.failures === 0 && known.at !== at)) {
      this.put(agent, at, 0)
    }
  }

  /**
   * Visits agents for ever, each at its time. `see` gives the time of the agent's next visit. If it fails, the visit is
   * repeated later.
   */
  run(see: (agent: A) => Effect.Effect<number | undefined, unknown>): Effect.Effect<never> {
    const next = Effect.suspend(() => {
      const { changed } = this
      const first = this.first()
      if (first === undefined) return Deferred.await(changed)
      const waitMs = first.at - this.clock.unsafeCurrentTimeMillis()
      if (waitMs > 0) return Effect.raceFirst(Effect.sleep(Math.min(waitMs, sleepMsMax)), Deferred.await(changed))
      this.current.delete(first.agent)
      return Effect.matchCauseEffect(see(first.agent), {
        onSuccess: (at) => Effect.sync(() => this.set(first.agent, at)),
        onFailure: (cause) => this.again(first, cause)
      })
    })
    return Effect.forever(next)
  }

  private again({ agent, failures }: Entry<A>, cause: Cause.Cause<unknown>): Effect.Effect<void> {
    if (failures >= Limits.journalRetriesMax) {
      return Effect.logError(
        `agent ${agent.name} is due, and the journal cannot record that; the next attempt is made when the agent is loaded`,
        cause
      )
    }
    return Effect.sync(() =>
      this.put(agent, this.clock.unsafeCurrentTimeMillis() + Limits.journalRetryEveryMs, failures + 1)
    )
  }

  private put(agent: A, at: number, failures: number): void {
    const entry = { agent, at, failures, order: this.order++ }
    const isFirst = at < (this.first()?.at ?? Number.POSITIVE_INFINITY)
    this.current.set(agent, entry)
    if (this.heap.length > this.current.size + staleMax) this.heap = [...this.current.values()].toSorted(byTime)
    else this.up(entry)
    if (!isFirst) return
    const { changed } = this
    this.changed = Deferred.unsafeMake(FiberId.none)
    Deferred.unsafeDone(changed, Effect.void)
  }

  // The earliest entry that was not replaced.
  private first(): Entry<A> | undefined {
    for (let [top] = this.heap; top !== undefined; [top] = this.heap) {
      if (this.current.get(top.agent) === top) return top
      this.drop()
    }
    return undefined
  }

  private up(entry: Entry<A>): void {
    const { heap } = this
    let index = heap.length
    while (index > 0) {
      const above = (index - 1) >> 1
      const parent = heap[above]
      if (parent === undefined || byTime(parent, entry) <= 0) break
      heap[index] = parent
      index = above
    }
    heap[index] = entry
  }

  private drop(): void {
    const { heap } = this
    const last = heap.pop()
    if (last === undefined || heap.length === 0) return
    let index = 0
    for (;;) {
      const left = heap[2 * index + 1]
      const right = heap[2 * index + 2]
      if (left === undefined) break
      const isRight = right !== undefined && byTime(right, left) < 0
      const child = isRight ? right : left
      if (byTime(last, child) <= 0) break
      heap[index] = child
      index = 2 * index + (isRight ? 2 : 1)
    }
    heap[index] = last
  }
}

const byTime = (a: Entry<unknown>, b: Entry<unknown>): number => a.at - b.at || a.order - b.order
