/**
 * From durable records to the messages of Stately's inspector.
 *
 * A record gives what happened and, where a watcher would see a difference, the state behind it. An entry into a phase
 * gives the event of the machine that led there: the messages of an agent are a run of its machine, step by step.
 *
 * @since 0.1.0
 */
import {
  type ActorInspection,
  type AgentState,
  defaultRedaction,
  type EventKindOf,
  type EventRecord,
  type InspectedEvent,
  type InspectedSnapshot,
  type Inspection,
  inspectionVersion,
  isRawKind,
  type Json,
  phasesOf,
  type Redaction,
  rootActorId
} from "../layers/aios/index.js"
import type { AnyStateMachine } from "xstate"
import { agentMachine, eventOfPhase } from "./agent.js"
import { foldEvent, reduce } from "./fold.js"
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

// What a watcher is shown of a state, beside its mode.
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

const contextOf = (state: AgentState): InspectedSnapshot["context"] => {
  const context: { [key: string]: Json } = { approvals: approvalsOf(state.calls) }
  for (const key of shown) {
    const part = state[key]
    // A state is JSON; what is optional in it is there or absent.
    if (part !== undefined) context[key] = part as Json
  }
  return context
}

const approvalsOf = (calls: AgentState["calls"]): Json =>
  calls.flatMap(({ approvalId = null, callId, status, toolName }) =>
    status === "gated" ? [{ approvalId, callId, toolName }] : []
  )

/**
 * The snapshot of an agent as its machine would persist it: `createActor(agentMachine, { snapshot })` takes it. Beside
 * the machine's own phase and tick, the context holds what the agent works with.
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
  tags: []
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
 * The messages a record stands for. `before` and `after` are the states the fold gives around it; `previous` is the
 * record in front of it, which has the reason for a change of mode.
 *
 * @since 0.1.0
 * @category conversions
 * @example
 * ```ts
 * import type { EventRecord } from "life-agent-os"
 * import { foldEvent, initialState, inspectionsOf, reduce } from "life-agent-os/machines"
 *
 * const tell = (records: ReadonlyArray<EventRecord>) => {
 *   let state = initialState
 *   return records.flatMap((record, index) => {
 *     const before = state
 *     state = reduce(state, foldEvent(record))
 *     return inspectionsOf(before, record, state, { previous: records[index - 1] })
 *   })
 * }
 * ```
 */
export const inspectionsOf = (
  before: AgentState,
  record: EventRecord,
  after: AgentState,
  options: { readonly redact?: Redaction; readonly previous?: EventRecord | undefined } = {}
): ReadonlyArray<Inspection> => {
  const { redact = defaultRedaction } = options
  const { kind } = record
  if (!isRawKind(kind) && kind.type === "PhaseEntered") {
    return phaseInspections(before, record, kind, options.previous).map(redact)
  }
  const { sessionId } = record
  const at = timeOf(record)
  return [
    ...(kind.type === "SessionCreated" ? [actorInspection(sessionId, after, at)] : []),
    ...happening(
      sessionId,
      at,
      eventOf(record),
      sourceOf(record, after),
      isSeen(before, after) ? inspectedSnapshot(after) : undefined
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
  before: AgentState,
  record: EventRecord,
  kind: EventKindOf<"PhaseEntered">,
  previous: EventRecord | undefined
): ReadonlyArray<Inspection> => {
  const at = timeOf(record)
  let state = before
  let reason = reasonOf(previous)
  return phasesOf(kind).flatMap((phase) => {
    const event = machineEvent(state, kind, reason, record.sequence)
    const { passed: _, ...entered } = { ...kind, phase }
    state = reduce(state, { sequence: record.sequence, at, kind: entered })
    reason = undefined
    return happening(record.sessionId, at, event, undefined, inspectedSnapshot(state))
  })
}

// The event that completes the phase an agent is in.
const machineEvent = (
  state: AgentState,
  { plan = "rest" }: EventKindOf<"PhaseEntered">,
  reason: string | undefined,
  sequence: number
): InspectedEvent => {
  const type = eventOfPhase(state.phase)
  const chosen = { mode: state.mode, ...(reason === undefined ? {} : { reason }) }
  switch (type) {
    case "Perceive":
      return { type, news: state.unperceived > 0, sequence }
    case "Decide":
      return { type, plan, ...chosen, sequence }
    case "Regulate":
      return { type, ...chosen, sequence }
    default:
      return { type, sequence }
  }
}

// A change of mode stands directly in front of the phase it comes with.
const reasonOf = (previous: EventRecord | undefined): string | undefined =>
  previous !== undefined && !isRawKind(previous.kind) && previous.kind.type === "ModeChanged"
    ? previous.kind.reason
    : undefined

const eventOf = ({ kind, sequence }: EventRecord): InspectedEvent =>
  isRawKind(kind)
    ? { type: kind.type === "" ? "Unreadable" : kind.type, raw: kind.raw, flaw: kind.flaw, sequence }
    : ({ ...kind, sequence } as InspectedEvent) // a body is JSON; its optional fields are absent or there

const sourceOf = ({ actor, kind, sessionId }: EventRecord, { parentId = rootActorId }: AgentState) => {
  if (actor.type === "system" || kind.type === "SessionCreated") return parentId
  return actor.type === "agent" && actor.component !== sessionId ? actor.component : undefined
}

// The mode is seen with the phase that follows.
const isSeen = (before: AgentState, after: AgentState): boolean =>
  before.closed !== after.closed || shown.some((key) => before[key] !== after[key])

const timeOf = (record: EventRecord): number => foldEvent(record).at

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
 * What is told of a supervisor: something has happened to it, and for the root actor also the state behind that. An agent
 * that supervises others shows its own state, so `snapshot` is left out.
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
