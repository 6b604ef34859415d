/**
 * Runs of tools, both of the harness and of subsystems.
 *
 * @since 0.1.0
 */
import { Cause, Effect, Schema } from "effect"
import { canonicalJson, type Json } from "../schema/Json.js"
import { Limits } from "../schema/Limits.js"
import { TokenUsage } from "../schema/TokenUsage.js"
import type { ToolDefinition } from "../schema/Tool.js"
import { deadline } from "./deadline.js"
import { ToolError } from "./ToolHarness.js"

/**
 * Runs a call within the time limit of its tool and the size limit of its output. A defect fails the call and not the
 * agent.
 *
 * @since 0.1.0
 * @category combinators
 */
export const toolRun = <A extends { readonly output: Json; readonly files?: unknown; readonly used?: unknown }, R>(
  { name, timeoutMs }: Pick<ToolDefinition, "name" | "timeoutMs">,
  run: Effect.Effect<A, ToolError, R>
): Effect.Effect<A, ToolError, R> =>
  contained(
    name,
    Effect.filterOrElse(
      deadline(run, {
        ms: timeoutMs,
        name: `the tool ${name}`,
        onTimeout: () =>
          new ToolError({
            toolName: name,
            reason: "Timeout",
            message: `${name} took longer than ${timeoutMs} ms and was stopped; ask for less at once`
          })
      }),
      ({ output }) => bytesOf(output) <= Limits.toolOutputBytesMax,
      ({ output }) =>
        new ToolError({
          toolName: name,
          reason: "TooLarge",
          message: `${name} gave ${bytesOf(output)} bytes and at most ${Limits.toolOutputBytesMax} fit; ask for a smaller part`
        })
    ).pipe(Effect.tap(checkExtras))
  )

const Extras = Schema.Struct({
  files: Schema.optional(
    Schema.Array(
      Schema.Struct({
        path: Schema.String,
        sha256: Schema.String.pipe(Schema.pattern(/^[0-9a-f]{64}$/)),
        sizeBytes: Schema.NonNegativeInt
      })
    )
  ),
  used: Schema.optional(
    Schema.Struct({
      usage: TokenUsage,
      costUsd: Schema.JsonNumber.pipe(Schema.nonNegative()),
      ticks: Schema.optional(Schema.NonNegativeInt),
      toolCalls: Schema.optional(Schema.NonNegativeInt)
    })
  )
})

const decodeExtras = Schema.decodeUnknownSync(Extras)

// A tool that was not type-checked may give anything. The throw is a defect of the tool, so it fails the call.
const checkExtras = (result: { readonly files?: unknown; readonly used?: unknown }): Effect.Effect<void> =>
  result.files === undefined && result.used === undefined
    ? Effect.void
    : Effect.sync(() => void decodeExtras({ files: result.files, used: result.used }))

// Throws for a value without a JSON form, such as `NaN`: the journal would refuse it.
const bytesOf = (output: Json): number => Buffer.byteLength(canonicalJson(output))

/**
 * Turns a defect of a tool into a failure of the call, because a broken tool must not fail its agent.
 *
 * @since 0.1.0
 * @category combinators
 */
export const contained = <A, R>(
  toolName: string,
  run: Effect.Effect<A, ToolError, R>
): Effect.Effect<A, ToolError, R> =>
  Effect.catchAllDefect(run, (defect) => {
    const message = `${toolName} is broken (${defect instanceof Error ? defect.message : String(defect)}); do without it`
    return Effect.zipRight(
      Effect.logError(`the tool ${toolName} is broken`, Cause.die(defect)),
      new ToolError({ toolName, reason: "Unavailable", message })
    )
  })
