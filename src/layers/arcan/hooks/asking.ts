/**
 * How a hook is asked: not for ever, and what goes wrong is its own error.
 */
import { Effect } from "effect"
import { Limits } from "../../aios/index.js"
import { HookError } from "../HookError.js"
import type { Hooks } from "./Hook.js"

/** Gives a hook its time. */
export const inTime = <A>({ name }: Hooks, asked: Effect.Effect<A, HookError>): Effect.Effect<A, HookError> =>
  asked.pipe(
    Effect.timeoutFail({
      duration: Limits.hookMsMax,
      onTimeout: () => new HookError({ hook: name, message: `it took more than ${Limits.hookMsMax} ms` })
    }),
    Effect.catchAllDefect((defect) => new HookError({ hook: name, message: `it failed: ${String(defect)}` }))
  )

/** Asks one hook after the other, each with what the one before gave. */
export const inOrder = <A>(
  hooks: ReadonlyArray<Hooks>,
  first: A,
  ask: (hook: Hooks, value: A) => Effect.Effect<A, HookError> | undefined
): Effect.Effect<A, HookError> =>
  Effect.reduce(hooks, first, (value, hook) => {
    const asked = ask(hook, value)
    return asked === undefined ? Effect.succeed(value) : inTime(hook, asked)
  })
