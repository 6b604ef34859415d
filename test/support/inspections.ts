/**
 * Readings of the messages of an inspector.
 */
import { assert } from "@effect/vitest"
import type { EventInspection, Inspection, OperatingMode, SnapshotInspection } from "../../src/layers/aios/index.js"
import {
  type AgentContext,
  type AgentEvent,
  agentMachine,
  agentSnapshot,
  eventOfPhase
} from "../../src/machines/index.js"
import { makeStepper } from "../../src/machines/stepper.js"
import { tickPhases } from "../../src/layers/aios/index.js"

const step = makeStepper(agentMachine)

/** The messages about one actor. */
export const about = (sessionId: string, messages: ReadonlyArray<Inspection>): ReadonlyArray<Inspection> =>
  messages.filter((message) => message.sessionId === sessionId)

/** The events, without the snapshots behind them. */
export const events = (messages: ReadonlyArray<Inspection>): ReadonlyArray<EventInspection> =>
  messages.filter((message) => message.type === "@xstate.event")

export const snapshots = (messages: ReadonlyArray<Inspection>): ReadonlyArray<SnapshotInspection> =>
  messages.filter((message) => message.type === "@xstate.snapshot")

const machineEvents: ReadonlySet<string> = new Set(tickPhases.map(eventOfPhase))

/** True if an event is one that the agent's machine takes. */
export const isMachineEvent = ({ event }: EventInspection): boolean => machineEvents.has(event.type)

interface Shown {
  readonly value: string
  readonly context: { readonly [key: string]: unknown }
}

const machineOf = ({ context: { checkOwed, phase, unverified }, value }: Shown) =>
  agentSnapshot(value as OperatingMode, { checkOwed, phase, unverified } as AgentContext)

/** Checks that the messages about an agent are a run of its machine: each event leads from one snapshot to the next. */
export const checkRun = (messages: ReadonlyArray<Inspection>): number => {
  let at: ReturnType<typeof machineOf> | undefined
  let steps = 0
  messages.forEach((message, index) => {
    if (message.type === "@xstate.actor") {
      at = machineOf(message.snapshot)
      return
    }
    if (message.type === "@xstate.event") {
      const next = messages[index + 1]
      if (!isMachineEvent(message)) return
      assert.strictEqual(next?.type, "@xstate.snapshot", `${message.event.type} has no snapshot behind it`)
      assert.isDefined(at)
      const { accepted, snapshot } = step(at ?? machineOf({ value: "", context: {} }), message.event as AgentEvent)
      assert.isTrue(accepted && snapshot !== at, `the machine refuses ${JSON.stringify(message.event)}`)
      at = snapshot
      steps++
      return
    }
    const shown = machineOf(message.snapshot)
    // The change of a call is told before Observe counts it.
    const said = JSON.stringify(message.event)
    if (machineEvents.has(message.event.type)) {
      const seen = message.event.type === "Act" ? { unverified: shown.context.unverified } : {}
      assert.deepStrictEqual([shown.value, shown.context], [at?.value, { ...at?.context, ...seen }], said)
    } else {
      const place = (snapshot: typeof at) => [snapshot?.value, snapshot?.context.phase]
      assert.deepStrictEqual(place(shown), place(at), said)
    }
  })
  return steps
}
