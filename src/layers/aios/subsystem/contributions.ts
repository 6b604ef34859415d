/**
 * Contributions: what a subsystem plugs into the phases of a tick.
 *
 * A contribution is a plain function or an Effect over services, and it does not fail: what can go wrong is part of its
 * answer. The socket handles a defect, a self-interruption and an exceeded time limit: a gate denies, and every other
 * contribution is left out.
 *
 * @since 0.1.0
 */
import type { Effect } from "effect"
import type { ModelError, ModelRequest, ModelTurn } from "../ports/Model.js"
import type { ToolError, ToolEvent, ToolOutput } from "../ports/ToolHarness.js"
import type { EventKindOf } from "../events/EventKind.js"
import type { RawKind } from "../events/RawKind.js"
import type { Json } from "../schema/Json.js"
import type { ToolDefinition } from "../schema/Tool.js"
import type { Capability } from "../schema/Capability.js"
import type { CommittedRecord } from "./kinds.js"
import type { View } from "./projection.js"
import type { MakeTool, Output, Tool } from "./tool.js"

/**
 * The answer of a contribution: a value, or an Effect that gives one. `make` infers `R`, so it is open here.
 *
 * @since 0.1.0
 * @category models
 */
export type Result<A> = A | Effect.Effect<A, never, unknown>

/**
 * Contributions by id. The id is part of the rule id, `<subsystem>:<id>`, under which events, warnings and
 * `life doctor --sockets` name the contribution.
 *
 * @since 0.1.0
 * @category models
 */
export interface ById<out F> {
  readonly [id: string]: F
}

/**
 * A signal that a source perceived. It stands in the journal as an ExternalSignal called `<subsystem>.<signal>`.
 *
 * @since 0.1.0
 * @category models
 */
export interface Signal {
  readonly signal: string
  readonly data: Json
}

/**
 * A part of the context. Its text is a pure function of the view, so that the same journal always gives the same
 * prompt. If it needs data of a service, `recall` must record the data first.
 *
 * @since 0.1.0
 * @category models
 */
export interface Block<in S> {
  /** 1 to `Limits.contextTokensMax`. If the text is longer, its beginning is shown. */
  readonly tokensMax: number
  /** 0 to 199. The block with the lowest number is dropped first; the kernel's rules have 200, its workspace 80. */
  readonly priority: number
  /** `run`: the text stays the same during a run and belongs to the cached head of the prompt; `tick`: it follows. */
  readonly changes: "run" | "tick"
  readonly text: (view: View<S>) => string | undefined
}

/**
 * A call that gates decide about.
 *
 * @since 0.1.0
 * @category models
 */
export interface GatedCall {
  readonly callId: string
  readonly input: Json
  readonly definition: ToolDefinition
  readonly capabilities: ReadonlyArray<Capability>
}

/**
 * Record of what a call has done so far besides its output. Events are as they are stored.
 *
 * @since 0.1.0
 * @category models
 */
export interface Done extends Omit<ToolOutput, "output" | "events"> {
  readonly events?: ReadonlyArray<RawKind | ToolEvent>
}

/**
 * The answer of a gate. `reason` is for the model and for the person who is asked.
 *
 * @since 0.1.0
 * @category models
 */
export interface Verdict {
  readonly decision: "allow" | "ask" | "deny"
  readonly reason: string
}

/**
 * Findings of a meter: dollars besides the cost of calls and turns, and events.
 *
 * @since 0.1.0
 * @category models
 */
export interface Metered<out K> {
  readonly costUsd?: number
  readonly events?: ReadonlyArray<K>
}

/**
 * Effects that an adviser may withhold, the least restrictive first, in the words of the machine's tags.
 *
 * @since 0.1.0
 * @category constants
 */
export const withholdable = ["destroys", "changes"] as const

/**
 * Advice of an adviser: numbers for gauges, and a fact that the machine weighs when it chooses the mode. An adviser
 * never names a mode.
 *
 * @since 0.1.0
 * @category models
 */
export interface Advice {
  readonly withhold?: (typeof withholdable)[number]
  /** Text that names the gauge and the threshold. */
  readonly reason: string
  /** Gauges by name; outside of the subsystem, a gauge is called `<subsystem>.<gauge>`. */
  readonly gauges?: { readonly [gauge: string]: number }
  /** Makes a mode in an advice a compile error, because the mode would be ignored. */
  readonly mode?: never
}

/**
 * Log of the events since the last Learn, in the order of the journal.
 *
 * @since 0.1.0
 * @category models
 */
export interface TickLog {
  /** Sequence of the first event in the log; 0 if nothing has happened. */
  readonly from: number
  /** Files that calls wrote: path from the workspace root, lowercase hex SHA-256 of the content. */
  readonly files: ReadonlyArray<{ readonly path: string; readonly sha256: string }>
  /** Calls and model turns that failed, in words. */
  readonly failures: ReadonlyArray<string>
  /** Tools whose calls succeeded. */
  readonly successes: ReadonlyArray<string>
  /** Answers of people to approvals, in words. */
  readonly answers: ReadonlyArray<string>
  /** The first change of mode, and its sequence. */
  readonly change: { readonly kind: EventKindOf<"ModeChanged">; readonly sequence: number } | undefined
}

/**
 * The sockets of a subsystem with the projection `S` and the kinds `K`, without its tools.
 *
 * @since 0.1.0
 * @category models
 */
export interface Contributions<in S, out K> {
  /** Sources of what the agent perceives; asked once a tick. */
  readonly perceive?: ById<(view: View<S>) => Result<ReadonlyArray<Signal>>>
  readonly orient?: {
    /**
     * Recalls, asked with the objective of a run: in its first tick, and in further ticks until the model was asked.
     * The events of a recall are recorded before any block is compiled.
     */
    readonly recall?: ById<(view: View<S>, objective: string) => Result<ReadonlyArray<K>>>
    readonly blocks?: ById<Block<S>>
  }
  /** Gates; the strictest verdict wins. */
  readonly decide?: ById<(call: GatedCall, view: View<S>) => Result<Verdict | undefined>>
  readonly act?: {
    /**
     * Middleware around a call. `next` may run more than once. `done` gives what `next` did, which is recorded even if
     * the middleware replaces the output. Values that the middleware returns besides `output` are recorded, too.
     */
    readonly aroundTool?: ById<
      (
        call: GatedCall,
        next: Effect.Effect<Json, ToolError>,
        view: View<S>,
        done: () => Done
      ) => Effect.Effect<Output<K>, ToolError, unknown>
    >
    /** Middleware around a model turn. The turn that it returns counts the cost of every request. */
    readonly aroundModel?: ById<
      (
        request: ModelRequest,
        next: (request: ModelRequest) => Effect.Effect<ModelTurn, ModelError>,
        view: View<S>
      ) => Effect.Effect<ModelTurn, ModelError, unknown>
    >
  }
  /** Meters of what the act cost or did; the act is `view.agent.act`. */
  readonly observe?: ById<(view: View<S>) => Result<Metered<K>>>
  /** Learners; `log` has the events since they were asked last. */
  readonly learn?: ById<(view: View<S>, log: TickLog) => Result<ReadonlyArray<K>>>
  readonly regulate?: ById<(view: View<S>) => Result<Advice | undefined>>
  /** Reporters, told of durable records in the order of the journal, at most once. The agent never waits for them. */
  readonly report?: ById<(committed: ReadonlyArray<CommittedRecord>, view: View<S>) => Result<void>>
}

/**
 * The tools of a subsystem as a function, so that the compiler knows `S` and `K` before it checks the tools.
 *
 * @since 0.1.0
 * @category models
 */
export interface ToolsSocket<S, K> {
  readonly act?: { readonly tools?: (tool: MakeTool<S, K>) => ReadonlyArray<Tool<S, K, unknown>> }
}

// The services of each socket are written out, because a walk over any object would also take the R of other functions.
type RequiredBy<F> = F extends (...args: never) => infer O
  ? O extends Effect.Effect<unknown, unknown, infer R>
    ? R
    : never
  : never
type RequiredIn<M> = M extends object ? RequiredBy<M[keyof M]> : never
type At<C, P extends string> = C extends { readonly [K in P]: infer V } ? V : never
type RequiredByTool<T> = T extends Tool<never, unknown, infer R> ? R : never
type ToolsIn<F> = F extends (tool: never) => ReadonlyArray<infer T> ? T : never

/**
 * Services that the contributions `C` require together.
 *
 * @since 0.1.0
 * @category models
 */
export type RequiredFor<C> =
  | RequiredIn<At<C, "perceive">>
  | RequiredIn<At<At<C, "orient">, "recall">>
  | RequiredIn<At<C, "decide">>
  | RequiredByTool<ToolsIn<At<At<C, "act">, "tools">>>
  | RequiredIn<At<At<C, "act">, "aroundTool">>
  | RequiredIn<At<At<C, "act">, "aroundModel">>
  | RequiredIn<At<C, "observe">>
  | RequiredIn<At<C, "learn">>
  | RequiredIn<At<C, "regulate">>
  | RequiredIn<At<C, "report">>
