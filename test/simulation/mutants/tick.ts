/**
 * Mutants of what an agent decides and does.
 */
import { Effect } from "effect"
import { vi } from "vitest"
import * as Act from "../../../src/actors/tick/act.js"
import * as Decide from "../../../src/actors/tick/decide.js"
import * as RunEnd from "../../../src/layers/aios/schema/runEnd.js"
import * as Rest from "../../../src/machines/rest.js"
import * as Observe from "../../../src/actors/tick/observe.js"
import * as Report from "../../../src/actors/tick/report.js"
import type { Acting, Mind } from "../../../src/actors/tick/Tick.js"
import { LiveAgent } from "../../../src/actors/agent/Session.js"
import type { EventKind, RawKind } from "../../../src/layers/aios/index.js"
import type { AgentState } from "../../../src/layers/aios/schema/AgentState.js"
import type { Mutant } from "./Mutant.js"

const { act } = Act
const { decide } = Decide
const { observe } = Observe
const { report } = Report
const { isIdle } = Rest
const { endingOf } = RunEnd
const { flush } = LiveAgent.prototype

const seenAs = (
  { log, prepared, sequence, sessionId, snapshot, telemetry, transcript, values }: Mind,
  state: AgentState
): Mind => ({
  log,
  prepared,
  sequence,
  sessionId,
  snapshot,
  telemetry,
  transcript,
  values,
  state
})

const decideAs = (change: (state: AgentState) => AgentState): void =>
  void vi.spyOn(Decide, "decide").mockImplementation((mind, ports) => decide(seenAs(mind, change(mind.state)), ports))

const actAs = (change: <E>(acting: Acting<E>) => Acting<E>): void =>
  void vi.spyOn(Act, "act").mockImplementation((acting, ports) => act(change(acting), ports))

const reportAs = (change: (kind: EventKind | RawKind) => ReadonlyArray<EventKind | RawKind>): void =>
  void vi.spyOn(Report, "report").mockImplementation((mind) => {
    const outcome = report(mind)
    return { ...outcome, kinds: outcome.kinds.flatMap(change) }
  })

const ends = ({ type }: EventKind | RawKind): boolean => type === "RunFinished" || type === "RunErrored"

// Counts over the whole process: the next simulation goes on counting.
let decisions = 0

const ungated = (state: AgentState): AgentState => ({
  ...state,
  policy: { allow: [...state.policy.allow, ...state.policy.gate], gate: [] }
})

export const tickMutants: ReadonlyArray<Mutant> = [
  {
    name: "a started call is run again after a crash",
    sabotage: () => actAs((acting) => ({ ...acting, inDoubt: false }))
  },
  {
    name: "a tool runs before the decision is durable",
    sabotage: () =>
      void vi.spyOn(LiveAgent.prototype, "flush").mockImplementation(function (this: LiveAgent) {
        return this.state.phase === "act" && this.acting === undefined ? Effect.void : flush.call(this)
      })
  },
  { name: "nobody is asked for an approval", sabotage: () => decideAs(ungated) },
  {
    name: "a call that waits for its approval runs with the others",
    sabotage: () =>
      actAs((acting) => {
        const { calls } = acting.mind.state
        return {
          ...acting,
          mind: seenAs(acting.mind, {
            ...acting.mind.state,
            calls: calls.map((call) => (call.status === "gated" ? { ...call, status: "started" } : call))
          })
        }
      })
  },
  {
    name: "a grant carries over to later calls",
    sabotage: () => {
      const granted = new Set<string>()
      decideAs((state) => {
        if (state.calls.some(({ status }) => status === "granted")) granted.add(state.agentId)
        return granted.has(state.agentId) ? ungated(state) : state
      })
    }
  },
  {
    name: "what an earlier simulation left behind decides the order of calls",
    twice: true,
    sabotage: () =>
      decideAs((state) => {
        const first = decisions++ % Math.max(state.calls.length, 1)
        return { ...state, calls: [...state.calls.slice(first), ...state.calls.slice(0, first)] }
      })
  },
  {
    name: "the budget of tool calls is off by one",
    sabotage: () =>
      decideAs((state) => ({
        ...state,
        budget: { ...state.budget, toolCallsRemaining: state.budget.toolCallsRemaining + 1 }
      }))
  },
  {
    name: "the budget is never spent",
    sabotage: () =>
      void vi.spyOn(Observe, "observe").mockImplementation((mind, ...asked) => {
        const outcome = observe(mind, ...asked)
        return {
          ...outcome,
          kinds: outcome.kinds.map((kind) =>
            kind.type === "StateEstimated" ? { ...kind, budget: mind.state.budget } : kind
          )
        }
      })
  },
  {
    name: "the result of a tool is recorded twice",
    sabotage: () =>
      actAs((acting) => ({
        ...acting,
        emit: (kinds) =>
          acting.emit(
            kinds.flatMap((kind): Array<EventKind | RawKind> => (kind.type === "ToolResult" ? [kind, kind] : [kind]))
          )
      }))
  },
  { name: "a run is closed twice", sabotage: () => reportAs((kind) => (ends(kind) ? [kind, kind] : [kind])) },
  {
    name: "a run is never closed",
    sabotage: () => {
      reportAs((kind) => (ends(kind) ? [] : [kind]))
      vi.spyOn(Rest, "isIdle").mockImplementation(
        (state) => isIdle(state) || (state.phase === "perceive" && endingOf(state) !== undefined)
      )
    }
  }
]
