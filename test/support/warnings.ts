/** Log of a test while it runs. */
import { Cause, Effect, Logger, LogLevel } from "effect"

/** Warnings that an effect logs, as one text each. */
export const warningsOf = <A, E, R>(
  effect: Effect.Effect<A, E, R>
): Effect.Effect<readonly [A, ReadonlyArray<string>], E, R> =>
  Effect.suspend(() => {
    const warnings: Array<string> = []
    const logger = Logger.add(
      Logger.make(({ cause, logLevel, message }) => {
        if (LogLevel.greaterThanEqual(logLevel, LogLevel.Warning)) {
          warnings.push(Cause.isEmpty(cause) ? String(message) : `${String(message)} ${Cause.pretty(cause)}`)
        }
      })
    )
    return Effect.map(Effect.provide(effect, logger), (value) => [value, warnings] as const)
  })
