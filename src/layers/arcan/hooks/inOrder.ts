/**
 * Requests to hooks, each with a time limit. Any way in which a hook fails becomes a `HookError`.
 */
import { Cause, Effect, Option } from "effect"
import { HookError } from "../HookError.js"
import type { Hooks } from "./Hook.js"
import { HookLimits } from "./limits.js"

/**
 * Asks one hook; `otherwise` is the answer when the hook has no function for this point. A hook that throws, interrupts
 * itself or ignores its interruption fails like one that refuses.
 */
export const inTime = <A>(
  { name }: Hooks,
  ask: () => Effect.Effect<A, HookError> | undefined,
  otherwise: A
): Effect.Effect<A, HookError> =>
  Effect.suspend(() => ask() ?? Effect.succeed(otherwise)).pipe(
    // A hook that ignores its interruption must not delay an agent or the end of a system.
    Effect.disconnect,
    Effect.timeoutFail({
      duration: HookLimits.hookMsMax,
      onTimeout: () => new HookError({ hook: name, message: `it took more than ${HookLimits.hookMsMax} ms` })
    }),
    Effect.catchAllCause((cause) =>
      Option.getOrElse(
        Cause.failureOption(cause),
        () => new HookError({ hook: name, message: `it failed: ${String(Cause.squash(cause))}` })
      )
    )
  )

/** Asks the hooks in sequence; each gets the result of the one before. */
export const inOrder = <A>(
  hooks: ReadonlyArray<Hooks>,
  first: A,
  ask: (hook: Hooks, value: A) => Effect.Effect<A, HookError> | undefined
): Effect.Effect<A, HookError> =>
  Effect.reduce(hooks, first, (value, hook) => inTime(hook, () => ask(hook, value), value))
