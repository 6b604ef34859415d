/**
 * The runner of contributions: asks one after the other, each within its time limit, and handles their defects.
 *
 * INVARIANTS
 * - A contribution that is a plain function costs a call. Only a contribution that gives an Effect costs an Effect.
 * - A defect, a self-interruption and an exceeded time limit of a contribution have the same result: `broke` is called,
 *   the cause is logged, and the next contribution is asked. An interruption of the agent goes on to the caller.
 * - The first defect of a contribution is logged as a warning, later ones on debug level.
 */
import { type Cause, Effect, Exit, Fiber, Runtime } from "effect"
import type { Subsystem } from "../../layers/aios/index.js"
import type { Contribution } from "./Contribution.js"
import { served, type Services } from "./services.js"

/**
 * A question to the contributions of a socket, and the handling of their answers.
 */
export interface Question<F, A> {
  readonly ask: (contribution: Contribution<F>) => Subsystem.Result<A>
  /** May throw; then the contribution counts as broken. */
  readonly take: (answer: A, contribution: Contribution<F>) => void
  readonly broke?: (contribution: Contribution<F>) => void
}

export class Runner {
  private readonly warned = new Set<string>()

  /** Asks all of a list. */
  ask<F, A>(
    contributions: ReadonlyArray<Contribution<F>>,
    question: Question<F, A>,
    from = 0
  ): Effect.Effect<void, never, Services> {
    for (let index = from; index < contributions.length; index++) {
      const contribution = contributions[index]
      if (contribution === undefined) continue
      try {
        const answer = question.ask(contribution)
        if (Effect.isEffect(answer)) {
          // The cast is safe: only the Effect form of an answer passes this check.
          const limited = inTime(served(answer as Effect.Effect<A, never, unknown>), contribution.msMax)
          return Effect.flatMap(limited, (exit) =>
            Effect.zipRight(this.settle(exit, contribution, question), this.rest(contributions, question, index))
          )
        }
        question.take(answer as A, contribution)
      } catch (cause) {
        const settled = this.settle(Exit.die(cause), contribution, question)
        return Effect.zipRight(settled, this.rest(contributions, question, index))
      }
    }
    return Effect.void
  }

  private rest<F, A>(contributions: ReadonlyArray<Contribution<F>>, question: Question<F, A>, index: number) {
    return Effect.suspend(() => this.ask(contributions, question, index + 1))
  }

  private settle<F, A>(
    exit: Exit.Exit<A>,
    contribution: Contribution<F>,
    { broke, take }: Question<F, A>
  ): Effect.Effect<void> {
    const taken = Exit.isSuccess(exit) ? attempt(() => take(exit.value, contribution)) : exit
    if (Exit.isSuccess(taken)) return Effect.void
    broke?.(contribution)
    return this.report(contribution, taken.cause, broke === undefined ? undefined : "the call is denied")
  }

  /** Logs that a contribution broke. */
  report(
    { rule, subsystem }: Contribution<unknown>,
    cause: Cause.Cause<unknown>,
    outcome = "it is left out"
  ): Effect.Effect<void> {
    const message = `the contribution ${rule} of the subsystem ${subsystem} broke: ${outcome}`
    if (this.warned.has(rule)) return Effect.logDebug(message, cause)
    this.warned.add(rule)
    return Effect.logWarning(`${message}; this is the only warning of it`, cause)
  }
}

const attempt = (run: () => void): Exit.Exit<void> => {
  try {
    return Exit.succeed(run())
  } catch (cause) {
    return Exit.die(cause)
  }
}

// A timer costs many times as much as a contribution. The fiber starts at once, and most contributions end before a
// timer is needed.
const inTime = <A>(
  effect: Effect.Effect<A, never, Services>,
  msMax: number
): Effect.Effect<Exit.Exit<A>, never, Services> =>
  Effect.uninterruptibleMask((restore) =>
    Effect.flatMap(Effect.runtime<Services>(), (runtime) => {
      const fiber = Runtime.runFork(runtime)(Effect.interruptible(effect))
      const exit = fiber.unsafePoll()
      return exit === null ? restore(awaited(fiber, msMax)) : Effect.succeed(exit)
    })
  )

const awaited = <A>(fiber: Fiber.RuntimeFiber<A>, msMax: number): Effect.Effect<Exit.Exit<A>> =>
  Fiber.await(fiber).pipe(
    Effect.timeoutTo({
      duration: msMax,
      onSuccess: (exit: Exit.Exit<A>) => exit,
      onTimeout: () => Exit.die(new Error(`it took longer than ${msMax} ms`))
    }),
    // The fiber does not wait for the interruption: a contribution that ignores it must not hold the agent up.
    Effect.ensuring(Fiber.interruptFork(fiber))
  )
