/**
 * Types of hooks: what a user may do around sessions, runs, model turns and tool calls, and what each hook is given.
 *
 * @since 0.1.0
 */
import type { Effect } from "effect"
import type { Json, ModelRequest, ModelTurn, ToolContext, ToolOutput } from "../../aios/index.js"
import type { HookError } from "../HookError.js"

/**
 * A call as hooks see it.
 *
 * @since 0.1.0
 * @category models
 */
export interface HookedCall extends ToolContext {
  readonly toolName: string
  readonly input: Json
}

/**
 * One user's hooks; each is optional.
 *
 * Hooks named `before…` can refuse: a refused model call ends the run with an error; a refused tool call is denied, and
 * the model reads why. Hooks named `after…` may change the result, or withhold it by failing: an answer then becomes a
 * refusal, and an output an error; both still count. A hook that throws, or takes longer than `HookLimits.hookMsMax`,
 * fails as well. A hook cannot change the arguments of a call, because the policy has decided on those arguments.
 *
 * The other hooks are told about durable events, in the order of the journal. Their failures are logged and change
 * nothing. Each event is told at most once: events that a process did not tell before it died are never told.
 *
 * @since 0.1.0
 * @category models
 */
export interface Hooks {
  /** Name of the hooks in errors and logs. */
  readonly name: string
  /** Absolute paths of what the hooks run. @default none */
  readonly files?: ReadonlyArray<string>
  readonly sessionStart?: (session: {
    readonly sessionId: string
    readonly resumed: boolean
  }) => Effect.Effect<void, HookError>
  readonly sessionEnd?: (session: {
    readonly sessionId: string
    readonly reason: string
  }) => Effect.Effect<void, HookError>
  readonly runStart?: (run: HookedRun) => Effect.Effect<void, HookError>
  readonly runEnd?: (run: EndedRun) => Effect.Effect<void, HookError>
  readonly beforeModel?: (request: ModelRequest) => Effect.Effect<ModelRequest, HookError>
  readonly afterModel?: (turn: ModelTurn, request: ModelRequest) => Effect.Effect<ModelTurn, HookError>
  readonly beforeTool?: (call: HookedCall) => Effect.Effect<void, HookError>
  /** Changes or withholds the output. Files, events and costs of the call stay on record, because the call happened. */
  readonly afterTool?: (output: ToolOutput, call: HookedCall) => Effect.Effect<ToolOutput, HookError>
}

/**
 * A run that has begun.
 *
 * @since 0.1.0
 * @category models
 */
export interface HookedRun {
  readonly sessionId: string
  readonly runId: string
  readonly provider: string
  readonly model: string
}

/**
 * A run that has ended: `reason` is the one in the journal, or `error`.
 *
 * @since 0.1.0
 * @category models
 */
export interface EndedRun {
  readonly sessionId: string
  readonly runId: string
  readonly reason: string
  readonly finalAnswer?: string
  readonly error?: string
}
