/**
 * From durable records to the messages of Stately's inspector.
 *
 * A record gives an event message and, if a watcher would see a difference, a snapshot message of the state after it.
 * An entry into a phase gives the event of the machine that led there, so the messages of an agent replay its machine
 * step by step.
 *
 * @since 0.1.0
 */
import {
  type ActorInspection,
  type AgentState,
  defaultModeThresholds,
  defaultRedaction,
  type EventKindOf,
  type EventRecord,
  type InspectedEvent,
  type InspectedSnapshot,
  type Inspection,
  inspectionVersion,
  type Json,
  type OperatingMode,
  phasesOf,
  type Redaction,
  rootActorId
} from "../layers/aios/index.js"
import type { AnyStateMachine } from "xstate"
import { eventLeadingTo } from "./agent/facts.js"
import { agentMachine, contextAt } from "./agent/machine.js"
import { modes } from "./agent/modes.js"
import type { AgentEvent } from "./agent/modeRules.js"
import { approvalsOf } from "./rest.js"
import { type Folded, sessionFold } from "./SessionFold.js"
import { unverifiedNames } from "./unverified.js"
import { supervisorMachine, type SupervisorSnapshot } from "./supervisor.js"

/**
 * The configuration of a machine as JSON text. A function becomes `{ "type": <its name> }`. `createMachine` and Stately
 * Studio read it.
 *
 * @since 0.1.0
 * @category encoding
 */
export const definitionOf = (machine: AnyStateMachine): string =>
  JSON.stringify(machine.config, (_, value: unknown) => (typeof value === "function" ? { type: value.name } : value))

const agentDefinition = definitionOf(agentMachine)
const supervisorDefinition = definitionOf(supervisorMachine)

const envelope = (sessionId: string, at: number) => ({
  sessionId,
  rootId: rootActorId,
  createdAt: String(at),
  id: null,
  _version: inspectionVersion
})

// Fields of a state that a watcher sees, beside its mode.
const shown = [
  "phase",
  "tick",
  "plan",
  "unperceived",
  "vector",
  "budget",
  "run",
  "lastRun",
  "calls",
  "grants",
  "queue"
] as const

// Shared objects, because a redaction looks at each object once.
const none: ReadonlyArray<Json> = []
// The default thresholds, because the thresholds of an agent are not in its journal.
const thresholds: Json = { ...defaultModeThresholds }

const contextOf = (state: AgentState): InspectedSnapshot["context"] => {
  const waiting = approvalsOf(state)
  const context: { [key: string]: Json } = {
    approvals:
      waiting.length === 0
        ? none
        : waiting.map(({ approvalId = null, callId, toolName }) => ({ approvalId, callId, toolName })),
    changes: state.unverified === undefined ? none : unverifiedNames(state),
    unverified: state.unverified?.length ?? 0,
    checkOwed: state.checkOwed ?? false,
    thresholds
  }
  if (state.modeRule !== undefined) context["modeRule"] = state.modeRule
  for (const key of shown) {
    const part = state[key]
    // The cast is safe: a state is JSON, and its optional fields are present or absent.
    if (part !== undefined) context[key] = part as Json
  }
  return context
}

/**
 * The snapshot of an agent as its machine would persist it: `createActor(agentMachine, { snapshot })` takes it. Beside
 * the machine's own context, it holds the tick, the run, the calls and other fields of the state.
 *
 * @since 0.1.0
 * @category conversions
 */
export const inspectedSnapshot = (state: AgentState): InspectedSnapshot => ({
  status: state.closed ? "stopped" : "active",
  value: state.mode,
  context: contextOf(state),
  children: {},
  historyValue: {},
  tags: modes[state.mode].tags
})

/**
 * The message that introduces an agent. `at` is in milliseconds since the epoch.
 *
 * @since 0.1.0
 * @category conversions
 */
export const actorInspection = (sessionId: string, state: AgentState, at: number): ActorInspection => ({
  type: "@xstate.actor",
  ...envelope(sessionId, at),
  name: state.name,
  parentId: state.parentId ?? rootActorId,
  definition: agentDefinition,
  snapshot: inspectedSnapshot(state)
})

/**
 * The messages of a record. `before` and `after` are the session before and after the record.
 *
 * @since 0.1.0
 * @category conversions
 * @example
 * ```ts
 * import { type Event, Inspector, SessionFold } from "life-agent-os"
 *
 * const tell = (records: ReadonlyArray<Event.Record>) => {
 *   let session = SessionFold.sessionFold.initial
 *   return records.flatMap((record) => {
 *     const before = session
 *     session = SessionFold.sessionFold.step(before, record)
 *     return Inspector.inspectionsOf(before, record, session)
 *   })
 * }
 * ```
 */
export const inspectionsOf = (
  before: Folded,
  record: EventRecord,
  after: Folded,
  redact: Redaction = defaultRedaction
): ReadonlyArray<Inspection> => {
  const { kind, sessionId } = record
  if (kind.type === "PhaseEntered") return phaseInspections(before, record, kind).map(redact)
  const { at, state } = after
  return [
    ...(kind.type === "SessionCreated" ? [actorInspection(sessionId, state, at)] : []),
    ...happening(
      sessionId,
      at,
      eventOf(record),
      sourceOf(record, state),
      isSeen(before.state, state) ? inspectedSnapshot(state) : undefined
    )
  ].map(redact)
}

const happening = (
  sessionId: string,
  at: number,
  event: InspectedEvent,
  sourceId: string | undefined,
  snapshot: InspectedSnapshot | undefined
): ReadonlyArray<Inspection> => {
  const common = envelope(sessionId, at)
  const received: Inspection = {
    type: "@xstate.event",
    ...common,
    event,
    ...(sourceId === undefined ? {} : { sourceId })
  }
  return snapshot === undefined ? [received] : [received, { type: "@xstate.snapshot", ...common, event, snapshot }]
}

const phaseInspections = (
  before: Folded,
  record: EventRecord,
  kind: EventKindOf<"PhaseEntered">
): ReadonlyArray<Inspection> => {
  const { sequence, sessionId, timestamp } = record
  const at = Date.parse(timestamp)
  const { mode } = before.state
  // The record of a change of mode comes directly before the record of its phase.
  const change = before.previous?.kind.type === "ModeChanged" ? before.previous.kind : undefined
  let session = before
  let from = { value: change?.from ?? mode, context: contextAt(before.state, defaultModeThresholds) }
  return phasesOf(kind).flatMap((phase) => {
    const event = eventLeadingTo(mode, from, session.state)
    const chosen = "gauges" in event ? choiceOf(event, kind, mode, change) : {}
    const { passed: _, ...entered } = { ...kind, phase }
    session = sessionFold.step(session, { sequence, at, kind: entered })
    from = { value: session.state.mode, context: contextAt(session.state, defaultModeThresholds) }
    const told = { ...event, ...chosen, sequence } as InspectedEvent // a body is JSON
    return happening(sessionId, at, told, undefined, inspectedSnapshot(session.state))
  })
}

// Fields of a choice for a watcher: the mode, and the rule that chose it.
const choiceOf = (
  { type }: AgentEvent,
  { plan = "rest" }: EventKindOf<"PhaseEntered">,
  mode: OperatingMode,
  change: EventKindOf<"ModeChanged"> | undefined
) => ({
  ...(type === "Decide" ? { plan } : {}),
  mode,
  ...(change === undefined
    ? {}
    : { reason: change.reason, ...(change.rule === undefined ? {} : { rule: change.rule }) })
})

const eventOf = ({ kind, sequence }: EventRecord): InspectedEvent =>
  kind.type === "Raw"
    ? { type: kind.of === "" ? "Unreadable" : kind.of, raw: kind.raw, flaw: kind.flaw, sequence }
    : ({ ...kind, sequence } as InspectedEvent) // a body is JSON; its optional fields are absent or there

const sourceOf = ({ actor, kind, sessionId }: EventRecord, { parentId = rootActorId }: AgentState) => {
  if (actor.type === "system" || kind.type === "SessionCreated") return parentId
  return actor.type === "agent" && actor.component !== sessionId ? actor.component : undefined
}

// A change of the mode alone is not shown here: the message of the next phase shows it.
const isSeen = (before: AgentState, after: AgentState): boolean =>
  before.closed !== after.closed || shown.some((key) => before[key] !== after[key])

/**
 * The message that introduces the root actor. `at` is in milliseconds since the epoch.
 *
 * @since 0.1.0
 * @category conversions
 */
export const rootInspection = (snapshot: SupervisorSnapshot, at: number): ActorInspection => ({
  type: "@xstate.actor",
  ...envelope(rootActorId, at),
  name: rootActorId,
  definition: supervisorDefinition,
  snapshot: supervisorSnapshot(snapshot)
})

/**
 * The messages of a supervisor: an event, and for the root actor also the state after it. An agent that supervises
 * others shows its own state, so `snapshot` is left out.
 *
 * @since 0.1.0
 * @category conversions
 */
export const supervisionInspections = (
  sessionId: string,
  event: InspectedEvent,
  at: number,
  { sourceId, snapshot }: { readonly sourceId?: string; readonly snapshot?: SupervisorSnapshot }
): ReadonlyArray<Inspection> =>
  happening(sessionId, at, event, sourceId, snapshot === undefined ? undefined : supervisorSnapshot(snapshot))

const supervisorSnapshot = ({ context, status, value }: SupervisorSnapshot): InspectedSnapshot => ({
  status,
  value,
  context: { ...context, restarts: context.restarts.map(({ at, child }) => ({ at, child })) } satisfies {
    readonly [key: string]: Json
  },
  children: {},
  historyValue: {},
  tags: []
})
