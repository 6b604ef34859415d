/**
 * Mutual exclusion in the order of arrival, at a constant cost however many fibers wait.
 *
 * @since 0.1.0
 */
import { Effect } from "effect"

/**
 * Lets one effect run at a time.
 *
 * - The fiber that has waited longest is next. A fiber that arrives later never overtakes it.
 * - Acquire, release and interruption of a waiting fiber cost O(1). `Effect.Semaphore` wakes every waiting fiber on
 *   each release, which makes n waiting fibers cost n² wake-ups.
 * - The lock is free again when the effect ends, fails or is interrupted.
 * - A fiber that holds the lock must not ask for it again: it would wait for itself.
 *
 * @since 0.1.0
 * @category models
 */
export interface Lock {
  /** Runs an effect while the lock is held. */
  readonly withLock: <A, E, R>(effect: Effect.Effect<A, E, R>) => Effect.Effect<A, E, R>
}

/** Link of a ring of waiting fibers. `wake` takes effect once the fiber waits; `granted` says that it owns the lock. */
class Place {
  previous: Place = this
  next: Place = this
  granted = false
  wake: (effect: Effect.Effect<void>) => void = () => {}

  joinBefore(head: Place): void {
    this.previous = head.previous
    this.next = head
    head.previous.next = this
    head.previous = this
  }

  leave(): void {
    this.previous.next = this.next
    this.next.previous = this.previous
  }
}

/**
 * Makes a free lock.
 *
 * @since 0.1.0
 * @category constructors
 */
export const unsafeMakeLock = (): Lock => {
  const head = new Place()
  let held = false
  // Release passes the lock on. It is not free in between, so a fiber that arrives later cannot overtake.
  const release = Effect.sync(() => {
    const first = head.next
    if (first === head) {
      held = false
      return
    }
    first.leave()
    first.granted = true
    first.wake(Effect.void)
  })
  const wait = (place: Place) =>
    Effect.async<void>((resume) => {
      place.wake = resume
      // The fiber may have yielded between joining and waiting.
      if (place.granted) resume(Effect.void)
    })
  const withLock: Lock["withLock"] = (effect) =>
    Effect.uninterruptibleMask((restore) =>
      Effect.suspend(() => {
        const run = Effect.ensuring(restore(effect), release)
        if (!held) {
          held = true
          return run
        }
        const place = new Place()
        place.joinBefore(head)
        // An interrupted fiber may own the lock already and must pass it on.
        const leave = Effect.suspend(() => (place.granted ? release : Effect.sync(() => place.leave())))
        return Effect.zipRight(
          Effect.onInterrupt(restore(wait(place)), () => leave),
          run
        )
      })
    )
  return { withLock }
}
