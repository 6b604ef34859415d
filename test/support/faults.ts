/**
 * Journals that fail, hang or are watched, on top of real ones.
 */
import { Deferred, Effect, Layer } from "effect"
import { type Append, Journal, JournalError } from "../../src/layers/aios/index.js"

type AppendEffect = ReturnType<(typeof Journal.Service)["append"]>

/** A journal whose appends go through `around`, which is given the number (from 1) and the append itself. */
export const intercepted = (
  journal: Layer.Layer<Journal, JournalError>,
  around: (number: number, append: Append, run: AppendEffect) => AppendEffect
): Layer.Layer<Journal, JournalError> =>
  Layer.effect(
    Journal,
    Effect.map(Journal, (inner) => {
      let number = 0
      return {
        ...inner,
        append: (append: Append) => Effect.suspend(() => around(++number, append, inner.append(append)))
      }
    })
  ).pipe(Layer.provide(journal))

/** Side of the fault: before the events are durable, or after that, in place of the acknowledgement. */
export type Side = "before" | "after"

/** A journal whose append number `at` fails, once. */
export const failing = (journal: Layer.Layer<Journal, JournalError>, at: number, side: Side) =>
  intercepted(journal, (number, _, run) => {
    if (number !== at) return run
    const error = new JournalError({ reason: "Failed", message: `append ${at} fails ${side} it is durable` })
    return side === "before" ? error : Effect.zipRight(run, error)
  })

/**
 * A journal that dies with its process at the first append that `when` names: that append and all later ones never come
 * back, and `died` is completed.
 */
export const dying = (
  journal: Layer.Layer<Journal, JournalError>,
  when: (number: number, append: Append) => boolean,
  side: Side,
  died: Deferred.Deferred<void>
) => {
  let dead = false
  const death = Effect.zipRight(
    Deferred.succeed(died, undefined),
    Effect.async<never>(() => {})
  )
  return intercepted(journal, (number, append, run) => {
    if (dead) return death
    dead = when(number, append)
    if (!dead) return run
    return side === "after" ? Effect.zipRight(run, death) : death
  })
}
