/**
 * The tool contract: the definition of a tool, a call of it, and the status of its outcome.
 *
 * @since 0.1.0
 */
import { Schema } from "effect"
import { Json } from "./Json.js"

/**
 * Promises of a tool about its effects. The runtime relies on them: it runs a read-only or idempotent call again after
 * a crash has interrupted it. It records any other interrupted call with an unknown outcome and never repeats that call
 * by itself.
 *
 * @since 0.1.0
 * @category models
 */
export interface ToolAnnotations {
  /** Changes nothing outside the agent. */
  readonly readOnly: boolean
  /** May destroy what was there before. */
  readonly destructive: boolean
  /** Running it twice with the same input leaves the same world as running it once. */
  readonly idempotent: boolean
  /** Talks to things outside the workspace. */
  readonly openWorld: boolean
  /** May run beside other calls although it changes something, because no other call depends on the change. */
  readonly parallel?: boolean
}

/**
 * Definition of a tool, as the model sees it.
 *
 * @since 0.1.0
 * @category models
 */
export interface ToolDefinition {
  /** `[a-zA-Z0-9_-]{1,64}`, as model providers demand. */
  readonly name: string
  readonly description: string
  /** A JSON Schema of type object. */
  readonly inputSchema: { readonly [key: string]: unknown }
  readonly annotations: ToolAnnotations
  /** Time limit of one call in milliseconds. */
  readonly timeoutMs: number
}

/**
 * A call the model asked for. `malformed` carries the text of an input that was not JSON; `input` is then `null`.
 *
 * @since 0.1.0
 * @category models
 */
export const ToolCallRequest = Schema.Struct({
  callId: Schema.NonEmptyString,
  toolName: Schema.String,
  input: Json,
  malformed: Schema.optional(Schema.String)
})

/**
 * @since 0.1.0
 * @category models
 */
export type ToolCallRequest = typeof ToolCallRequest.Type

/**
 * Outcome of a call.
 *
 * - `ok`: it ran
 * - `error`: it ran and failed, or could not run; the output says what to do
 * - `timeout`: it was stopped at its time limit
 * - `cancelled`: it was stopped because the run ended
 * - `denied`: policy, mode, budget or a person refused it; it did not run
 * - `unknown`: the process died while the call ran, and the call may not be repeated
 *
 * @since 0.1.0
 * @category models
 */
export const ToolStatus = Schema.Literal("ok", "error", "timeout", "cancelled", "denied", "unknown")

/**
 * @since 0.1.0
 * @category models
 */
export type ToolStatus = typeof ToolStatus.Type
