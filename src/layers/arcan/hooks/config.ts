/**
 * Hooks as a configuration file lists them.
 *
 * @since 0.1.0
 */
import { Effect, Either, ParseResult, Schema } from "effect"
import { basename, resolve } from "node:path"
import { parse, TomlError } from "smol-toml"
import { lifeCode } from "../../aios/index.js"
import type { HookedCall, Hooks } from "./Hook.js"
import { type Command, run } from "./command.js"
import { HookLimits } from "./limits.js"

/**
 * Error in a configuration file. The message names the file and says what is wrong in it.
 *
 * @since 0.1.0
 * @category errors
 */
export class HookConfigError extends Schema.TaggedError<HookConfigError>("life-agent-os/HookConfigError")(
  "HookConfigError",
  { file: Schema.String, message: Schema.String }
) {
  get code() {
    return lifeCode(this)
  }
}

const points = [
  "sessionStart",
  "sessionEnd",
  "runStart",
  "runEnd",
  "beforeModel",
  "afterModel",
  "beforeTool",
  "afterTool"
] as const

const Config = Schema.Struct({
  hooks: Schema.optionalWith(
    Schema.Array(
      Schema.Struct({
        name: Schema.optional(Schema.NonEmptyString),
        on: Schema.Literal(...points),
        tools: Schema.optional(Schema.NonEmptyArray(Schema.NonEmptyString)),
        command: Schema.NonEmptyArray(Schema.NonEmptyString),
        timeoutSeconds: Schema.optionalWith(Schema.Int.pipe(Schema.between(1, HookLimits.hookMsMax / 1_000)), {
          default: () => HookLimits.hookMsMax / 1_000
        })
      }).pipe(
        Schema.filter(
          ({ on, tools }) => tools === undefined || on.endsWith("Tool") || `tools go with a hook on a tool, not ${on}`
        )
      )
    ),
    { default: () => [] }
  )
})

const decode = Schema.decodeUnknownEither(Config, { errors: "all", onExcessProperty: "error" })

/**
 * The hooks of a `life.toml`. Each is a command that runs without a shell, in `directory`, with the event as JSON on
 * its standard input and `LIFE_HOOK`, `LIFE_SESSION_ID`, `LIFE_RUN_ID`, `LIFE_CALL_ID` and `LIFE_TOOL_NAME` in its
 * environment, which holds no keys of this process. Exit code 0 agrees; with any other code the hook refuses, and its
 * output on the standard error is the message.
 *
 * @since 0.1.0
 * @category constructors
 * @example
 * ```ts
 * import { Hooks } from "life-agent-os"
 *
 * const text = `
 * [[hooks]]
 * on = "beforeTool"
 * tools = ["write_file"]
 * command = ["./check.sh", "--strict"]
 * timeoutSeconds = 10
 * `
 *
 * export const hooks = Hooks.fromToml(text, { file: "life.toml", directory: "." })
 * ```
 */
export const fromToml = (
  text: string,
  { directory, file }: { readonly file: string; readonly directory: string }
): Either.Either<ReadonlyArray<Hooks>, HookConfigError> =>
  Either.try({
    try: () => parse(text),
    catch: (cause) =>
      new HookConfigError({
        file,
        message:
          cause instanceof TomlError
            ? `${file}:${cause.line}:${cause.column}: ${cause.message.split("\n")[0]}`
            : `${file}: ${String(cause)}`
      })
  }).pipe(
    Either.flatMap((value) =>
      Either.mapLeft(
        decode(value),
        (error) =>
          new HookConfigError({ file, message: `${file}: ${ParseResult.TreeFormatter.formatErrorSync(error)}` })
      )
    ),
    Either.map(({ hooks }) =>
      hooks.map(({ command, name = basename(command[0]), on, timeoutSeconds, tools }) => ({
        ...hookOf(on, { name, words: command, directory, timeoutMs: timeoutSeconds * 1_000 }, tools),
        files: command.map((word) => resolve(directory, word))
      }))
    )
  )

type Point = (typeof points)[number]

const hookOf = (on: Point, command: Command, tools: ReadonlyArray<string> | undefined): Hooks => {
  const { name } = command
  const ask = (event: object, ids: { readonly sessionId: string; readonly runId?: string }, call?: HookedCall) =>
    run(
      command,
      {
        LIFE_HOOK: on,
        LIFE_SESSION_ID: ids.sessionId,
        ...(ids.runId === undefined ? {} : { LIFE_RUN_ID: ids.runId }),
        ...(call === undefined ? {} : { LIFE_CALL_ID: call.callId, LIFE_TOOL_NAME: call.toolName })
      },
      { on, ...event }
    )
  const askOf = (event: object, call: HookedCall) =>
    tools === undefined || tools.includes(call.toolName) ? ask(event, call, call) : Effect.void
  switch (on) {
    case "sessionStart":
      return { name, sessionStart: (session) => ask({ session }, session) }
    case "sessionEnd":
      return { name, sessionEnd: (session) => ask({ session }, session) }
    case "runStart":
      return { name, runStart: (started) => ask({ run: started }, started) }
    case "runEnd":
      return { name, runEnd: (ended) => ask({ run: ended }, ended) }
    case "beforeModel":
      return { name, beforeModel: (request) => Effect.as(ask({ request }, request), request) }
    case "afterModel":
      return { name, afterModel: (turn, request) => Effect.as(ask({ turn }, request), turn) }
    case "beforeTool":
      return { name, beforeTool: (call) => askOf({ call }, call) }
    case "afterTool":
      return { name, afterTool: (output, call) => Effect.as(askOf({ call, output }, call), output) }
  }
}
