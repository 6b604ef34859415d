/**
 * The sockets of a system: what the phases of a tick ask of the merged subsystems.
 *
 * Order: that of the list, and within a subsystem that in which ids are written. It decides ties and the nesting of
 * middleware, of which the first is the outermost, and nothing else.
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
 * What an adviser says, with the rule that says it and gauges by `<subsystem>.<gauge>`.
 */
export interface Advised extends Subsystem.Advice {
  readonly ruleId: string
  readonly gauges: { readonly [gauge: string]: number }
}

/**
 * What meters found, beside the cost of turns and calls: US dollars, and events.
 */
export interface Metered {
  readonly costUsd: number
  readonly events: ReadonlyArray<RawKind>
}

/**
 * A block with its text. `rule` names it where there is no room for it.
 */
export interface ContextBlock extends Pick<Subsystem.Block<never>, "priority" | "changes"> {
  readonly rule: string
  readonly text: string
  /** By our own count. */
  readonly tokens: number
}

/**
 * What a call hands back, whoever brought its tool: kinds of subsystems as they are stored.
 */
export interface CallOutput extends Subsystem.Done {
  readonly output: Json
}

/**
 * One line of the description. `rule` is `<subsystem>:<id>`, `<subsystem>:<tool>`, or the subsystem alone for its
 * projection.
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
 * A call of a subsystem's tool, ready to be gated and run. A `PreparedCall` of the tool harness is one as well.
 */
export interface PreparedTool extends Omit<PreparedCall, "execute"> {
  readonly execute: (context: ToolContext) => Effect.Effect<CallOutput, ToolError, Services>
}

type Kinds = ReadonlyArray<RawKind>
type Asked<A> = Effect.Effect<A, never, Services>

/**
 * The merged sockets. What has `Services` in its requirements runs in an effect that `provide` was around.
 *
 * Kinds of subsystems are given as they are stored, checked against owner and schema. Live and in a replay, `kinds.decode`
 * makes of them what projections fold, so both see the same.
 */
export interface Sockets {
  /** The subsystems by name, in order. */
  readonly names: ReadonlyArray<string>
  readonly projections: Projections
  readonly kinds: KindCodec
  /** Definitions of the tools of subsystems, sorted by name. */
  readonly definitions: ReadonlyArray<ToolDefinition>
  /** Gives an agent's fiber the services of contributions and the late ports: once, when it starts. */
  readonly provide: <A, E, R>(effect: Effect.Effect<A, E, R>) => Effect.Effect<A, E, Exclude<R, Services>>
  readonly perceive: (at: Moment) => Asked<ReadonlyArray<EventKindOf<"ExternalSignal">>>
  /** `objective` is that of the run. */
  readonly recall: (at: Moment, objective: string) => Asked<Kinds>
  /** Blocks with a text, within their budgets: those that stay during a run, then those that change with each tick. */
  readonly blocks: (at: Moment) => Asked<ReadonlyArray<ContextBlock>>
  /** Whether any subsystem has a gate. */
  readonly hasGates: boolean
  /** The strictest verdict, and the first of equal ones; `undefined` where no gate has one. */
  readonly decide: (call: Subsystem.GatedCall, at: Moment) => Asked<RuledVerdict | undefined>
  /** `undefined` for a tool that no subsystem brings. `now` is asked while the call runs. */
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
  /** `log` is what has happened since Learn was there last. */
  readonly learn: (at: Moment, log: Subsystem.TickLog) => Asked<Kinds>
  /** The most restrictive first; equal ones in the order of the list. */
  readonly regulate: (at: Moment) => Asked<ReadonlyArray<Advised>>
  /** Tells the reporters of an append; returns at once. */
  readonly report: (committed: ReadonlyArray<EventRecord>, at: Moment) => void
  /** Every contribution in the order in which it is asked, for `life doctor --sockets`. */
  readonly describe: () => ReadonlyArray<SocketEntry>
}
