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
 * Those named `before…` are asked, and what they refuse does not happen: a refused model call ends the run with an error, a
 * refused tool call is denied, and the model reads why. Those named `after…` may change what came out, or withhold it by
 * failing: an answer then is a refusal, and an output an error; both stay counted. Taking longer than `HookLimits.hookMsMax`
 * and throwing are failures, too. The arguments of a call cannot be changed: the policy has decided on those.
 *
 * The others are told, in the order of the journal, of what is durable. Their failures are logged and change nothing. A
 * process that dies has told them of everything before or never will: at most once.
 *
 * @since 0.1.0
 * @category models
 */
export interface Hooks {
  /** Stands in errors and logs. */
  readonly name: string
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
  /** Files, events and costs of the output are what the call did: they stay on record whatever the hook returns. */
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
 * How a run ended: `reason` is the one in the journal, or `error`.
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
