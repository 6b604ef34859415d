/**
 * Signals that end a command from outside: Ctrl-C, a request to terminate, and a standard output that is closed.
 *
 * @since 0.1.0
 */
import { Context, Deferred, Effect, Layer } from "effect"
import { CliError, exitCodes } from "./CliError.js"

/**
 * The first signal to this process.
 */
export class Signals extends Context.Tag("life-agent-os/cli/Signals")<
  Signals,
  {
    /** Waits for the first signal, and gives the failure that the command then ends with. */
    readonly first: Effect.Effect<CliError>
  }
>() {
  /**
   * Listens to this process. A second Ctrl-C, or a second request to terminate, ends it at once.
   */
  static readonly layer: Layer.Layer<Signals> = Layer.effect(
    Signals,
    Effect.gen(function* () {
      const first = yield* Deferred.make<CliError>()
      const end = (error: CliError) => Deferred.unsafeDone(first, Effect.succeed(error))
      let signalled = false
      for (const signal of ["SIGINT", "SIGTERM"] as const) {
        process.on(signal, () => {
          if (signalled) process.exit(exitCodes[signal])
          signalled = true
          end(new CliError({ message: `interrupted by ${signal}`, exitCode: exitCodes[signal] }))
        })
      }
      process.stdout.on("error", ({ code, message }: NodeJS.ErrnoException) =>
        end(
          code === "EPIPE"
            ? new CliError({ message: "stdout was closed (EPIPE)", exitCode: exitCodes.SIGPIPE })
            : new CliError({
                message: `the output cannot be written: ${message}. Send it somewhere else.`,
                exitCode: exitCodes.failure
              })
        )
      )
      // An error of the standard error cannot be reported anywhere.
      process.stderr.on("error", () => {})
      return { first: Deferred.await(first) }
    })
  )
}

/**
 * Ends an effect that only reads at the first signal. A closed standard output is no failure.
 */
export const interruptible = <E, R>(
  effect: Effect.Effect<void, E, R>
): Effect.Effect<void, E | CliError, R | Signals> =>
  Effect.flatMap(Signals, ({ first }) =>
    Effect.raceFirst(
      effect,
      Effect.flatMap(first, (error) => (error.exitCode === exitCodes.SIGPIPE ? Effect.void : Effect.fail(error)))
    )
  )
