/**
 * The tool port: prepared calls, their results and their failures.
 *
 * @since 0.1.0
 */
import { Context, Effect, Schema } from "effect"
import { effectOf } from "../schema/CallEffect.js"
import { Capability, noCapability, toolCapability } from "../schema/Capability.js"
import type { EventKindOf } from "../events/EventKind.js"
import type { Json } from "../schema/Json.js"
import type { TokenUsage } from "../schema/TokenUsage.js"
import type { ToolCallRequest, ToolDefinition } from "../schema/Tool.js"
import { lifeCode } from "../schema/lifeCode.js"

/**
 * Failure of a tool call.
 *
 * - `NotFound`: no tool of that name
 * - `InvalidInput`: the input does not fit the schema
 * - `PolicyViolation`: the call reaches outside the workspace or into protected files
 * - `TooLarge`: a size limit was exceeded
 * - `Unavailable`: the file, encoding or system state does not allow it
 * - `Timeout`: the call took longer than its tool may
 *
 * @since 0.1.0
 * @category errors
 */
export class ToolError extends Schema.TaggedError<ToolError>("life-agent-os/ToolError")("ToolError", {
  toolName: Schema.String,
  reason: Schema.Literal("NotFound", "InvalidInput", "PolicyViolation", "TooLarge", "Unavailable", "Timeout"),
  /** Description of what happened and what to do next, for the model. */
  message: Schema.String
}) {
  get code() {
    return lifeCode(this)
  }
}

/**
 * Event that every tool may record. It is the tool's own, and never an event of the runtime about runs, modes and
 * calls. A tool of a subsystem may also record the kinds of that subsystem.
 *
 * @since 0.1.0
 * @category models
 */
export type ToolEvent = EventKindOf<"Custom">

/**
 * Tells whether a body is one that every tool may record.
 *
 * @since 0.1.0
 * @category refinements
 */
export const isToolEvent = (kind: { readonly type: string }): kind is ToolEvent => kind.type === "Custom"

/**
 * Result of a call: `output` goes to the model, `files` lists what the call wrote, and `events` are recorded together
 * with the result, or not at all.
 *
 * @since 0.1.0
 * @category models
 */
export interface ToolOutput {
  readonly output: Json
  /** Files the call wrote: path from the workspace root, lowercase hex SHA-256 of the content, size in bytes. */
  readonly files?: ReadonlyArray<{ readonly path: string; readonly sha256: string; readonly sizeBytes: number }>
  readonly events?: ReadonlyArray<ToolEvent>
  /** Part of the run's budget that the call used, besides the call itself and its time. */
  readonly used?: {
    readonly usage: TokenUsage
    readonly costUsd: number
    readonly ticks?: number
    readonly toolCalls?: number
  }
}

/**
 * Context of a running tool.
 *
 * @since 0.1.0
 * @category models
 */
export interface ToolContext {
  readonly sessionId: string
  readonly runId: string
  readonly callId: string
}

/**
 * A call whose input was checked, with the capabilities it needs; ready to be gated and run.
 *
 * @since 0.1.0
 * @category models
 */
export interface PreparedCall {
  readonly definition: ToolDefinition
  readonly capabilities: ReadonlyArray<Capability>
  /** Sentences for the person who is asked to approve the call. @default none */
  readonly concerns?: ReadonlyArray<string>
  /** Runs the call. Interrupting it stops the tool. The time limit of the definition is enforced inside. */
  readonly execute: (context: ToolContext) => Effect.Effect<ToolOutput, ToolError>
}

/**
 * The tools of an agent system.
 *
 * @since 0.1.0
 * @category services
 */
export class ToolHarness extends Context.Tag("life-agent-os/ToolHarness")<
  ToolHarness,
  {
    /** Every tool, sorted by name. */
    readonly definitions: ReadonlyArray<ToolDefinition>
    /** Finds the tool, checks the input and derives the capabilities from it; nothing is run yet. */
    readonly prepare: (call: ToolCallRequest) => Effect.Effect<PreparedCall, ToolError>
  }
>() {}

const isCapability = Schema.is(Capability)

/**
 * Gives a call that a policy can decide on. A call that names no capability needs `tool:call:<name>`. A tool that
 * promises to read only keeps no such promise for a call that changes something by its capabilities. Fails with `Unavailable` if the call names something else than capabilities.
 *
 * @since 0.1.0
 * @category combinators
 */
export const decidable = <P extends Pick<PreparedCall, "capabilities" | "definition">>(
  prepared: P
): Effect.Effect<P, ToolError> => {
  const { annotations, name } = prepared.definition
  // A tool that was not type-checked may give anything.
  const asked: unknown = prepared.capabilities
  const wrong = Array.isArray(asked) ? asked.findIndex((capability) => !isCapability(capability)) : 0
  if (wrong >= 0) {
    const given = Array.isArray(asked) ? String(asked[wrong]) : String(asked)
    const message = `the tool ${name} is broken, because it asks for what a policy cannot decide on. ${noCapability(given)}`
    return Effect.zipRight(
      Effect.logError(message),
      Effect.fail(new ToolError({ toolName: name, reason: "Unavailable", message }))
    )
  }
  const reads = effectOf(annotations, prepared.capabilities) === "reads"
  const definition =
    annotations.readOnly && !reads
      ? { ...prepared.definition, annotations: { ...annotations, readOnly: false } }
      : prepared.definition
  return Effect.succeed({
    ...prepared,
    definition,
    capabilities: prepared.capabilities.length > 0 ? prepared.capabilities : [toolCapability(name)]
  })
}
