/**
 * Asking of hooks: each within its time, and every way to break is an error of the hook.
 */
import { Cause, Effect, Option } from "effect"
import { HookError } from "../HookError.js"
import type { Hooks } from "./Hook.js"
import { HookLimits } from "./limits.js"

/**
 * Asks one hook; `otherwise` is the answer of a hook that has nothing to say there. A hook that throws, that interrupts
 * itself or that ignores its interruption fails as one that refuses.
 */
export const inTime = <A>(
  { name }: Hooks,
  ask: () => Effect.Effect<A, HookError> | undefined,
  otherwise: A
): Effect.Effect<A, HookError> =>
  Effect.suspend(() => ask() ?? Effect.succeed(otherwise)).pipe(
    // A hook that does not heed its interruption must not hold up an agent or the end of a system.
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

/** Asks one hook after the other, each with what the one before gave. */
export const inOrder = <A>(
  hooks: ReadonlyArray<Hooks>,
  first: A,
  ask: (hook: Hooks, value: A) => Effect.Effect<A, HookError> | undefined
): Effect.Effect<A, HookError> =>
  Effect.reduce(hooks, first, (value, hook) => inTime(hook, () => ask(hook, value), value))
