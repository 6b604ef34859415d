/**
 * The sockets of a system: the functions by which the phases of a tick ask the merged subsystems.
 *
 * Contributions have the order of the list, and within a subsystem the order in which their ids are written. The order
 * decides ties and the nesting of middleware (the first is the outermost), and nothing else.
 */
import type { Effect } from "effect"
import type {
  EventKindOf,
  EventRecord,
  Json,
  ModelError,
  ModelRequest,
  ModelTurn,
  PreparedCall,
  RawKind,
  Subsystem,
  ToolCallRequest,
  ToolContext,
  ToolDefinition,
  ToolError
} from "../../layers/aios/index.js"
import type { KindCodec, Projections } from "../../machines/index.js"
import type { Moment } from "./Contribution.js"
import type { Services } from "./services.js"

/**
 * A verdict with the rule that gave it.
 */
export interface RuledVerdict extends Subsystem.Verdict {
  readonly ruleId: string
}

/**
 * An advice with the rule that gave it, and with gauges by `<subsystem>.<gauge>`.
 */
export interface Advised extends Subsystem.Advice {
  readonly ruleId: string
  readonly gauges: { readonly [gauge: string]: number }
}

/**
 * Result of the meters, beside the cost of turns and calls: US dollars, and events.
 */
export interface Metered {
  readonly costUsd: number
  readonly events: ReadonlyArray<RawKind>
}

/**
 * A block with its text. If the block does not fit, the prompt names its `rule` instead.
 */
export interface ContextBlock extends Pick<Subsystem.Block<never>, "priority" | "changes"> {
  readonly rule: string
  readonly text: string
  /** Tokens of the text, as an estimate. */
  readonly tokens: number
}

/**
 * Output of a call of any tool, with kinds of subsystems in their stored form.
 */
export interface CallOutput extends Subsystem.Done {
  readonly output: Json
}

/**
 * A contribution of a subsystem, as it is listed. `rule` is `<subsystem>:<id>`, `<subsystem>:<tool>`, or for a
 * projection the subsystem alone.
 *
 * @since 0.1.0
 * @category models
 */
export interface SocketEntry {
  readonly socket:
    | "fold"
    | "perceive"
    | "recall"
    | "blocks"
    | "decide"
    | "tools"
    | "aroundModel"
    | "aroundTool"
    | "observe"
    | "learn"
    | "regulate"
    | "report"
  readonly rule: string
  readonly subsystem: string
  readonly detail?: string
}

/**
 * A call of a subsystem's tool, ready to be gated and run. A `PreparedCall` of the tool harness has this type as well.
 */
export interface PreparedTool extends Omit<PreparedCall, "execute"> {
  readonly execute: (context: ToolContext) => Effect.Effect<CallOutput, ToolError, Services>
}

type Kinds = ReadonlyArray<RawKind>
type Asked<A> = Effect.Effect<A, never, Services>

/**
 * The merged sockets. An effect that requires `Services` must run inside an effect that was passed to `provide`.
 *
 * Kinds of subsystems are given in their stored form, checked against owner and schema. `kinds.decode` turns them into
 * the kinds that projections fold, live and in a replay, so both fold the same kinds.
 */
export interface Sockets {
  /** The subsystems by name, in order. */
  readonly names: ReadonlyArray<string>
  readonly projections: Projections
  readonly kinds: KindCodec
  /** Definitions of the tools of subsystems, sorted by name. */
  readonly definitions: ReadonlyArray<ToolDefinition>
  /** Provides the services of contributions and the late ports to an agent's fiber: once, when it starts. */
  readonly provide: <A, E, R>(effect: Effect.Effect<A, E, R>) => Effect.Effect<A, E, Exclude<R, Services>>
  readonly perceive: (at: Moment) => Asked<ReadonlyArray<EventKindOf<"ExternalSignal">>>
  /** `objective` is the objective of the run. */
  readonly recall: (at: Moment, objective: string) => Asked<Kinds>
  /** Blocks with a text, within their budgets: first the blocks that stay during a run, then those of each tick. */
  readonly blocks: (at: Moment) => Asked<ReadonlyArray<ContextBlock>>
  /** True if a subsystem has a gate. */
  readonly hasGates: boolean
  /** The strictest verdict, and the first of equal ones; `undefined` if no gate gives one. */
  readonly decide: (call: Subsystem.GatedCall, at: Moment) => Asked<RuledVerdict | undefined>
  /** Gives `undefined` for a tool that no subsystem brings. `now` is called while the call runs. */
  readonly prepare: (
    call: ToolCallRequest,
    now: () => Moment
  ) => Effect.Effect<PreparedTool, ToolError, Services> | undefined
  readonly aroundTool: (
    call: Subsystem.GatedCall,
    execute: Effect.Effect<CallOutput, ToolError, Services>,
    at: Moment
  ) => Effect.Effect<CallOutput, ToolError, Services>
  readonly aroundModel: (
    request: ModelRequest,
    generate: (request: ModelRequest) => Effect.Effect<ModelTurn, ModelError, Services>,
    at: Moment
  ) => Effect.Effect<ModelTurn, ModelError, Services>
  readonly observe: (at: Moment) => Asked<Metered>
  /** `log` holds the events since the last Learn. */
  readonly learn: (at: Moment, log: Subsystem.TickLog) => Asked<Kinds>
  /** Advice, the most restrictive first; equal advice in the order of the list. */
  readonly regulate: (at: Moment) => Asked<ReadonlyArray<Advised>>
  /** Tells the reporters of an append; returns at once. */
  readonly report: (committed: ReadonlyArray<EventRecord>, at: Moment) => void
  /** Every contribution in the order in which it is asked, for `life doctor --sockets`. */
  readonly describe: () => ReadonlyArray<SocketEntry>
}
