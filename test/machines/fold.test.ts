import { assert, describe, it } from "@effect/vitest"
import { type EventKind, initialVector, type RawKind } from "../../src/layers/aios/index.js"
import { type AgentState, emptyAct, initialState } from "../../src/layers/aios/index.js"
import { cancelSignal, modeRule, reduce } from "../../src/machines/fold.js"

const fold = (kinds: ReadonlyArray<EventKind | RawKind>, from: AgentState = initialState, at = 1_000): AgentState =>
  kinds.reduce((state, kind, index) => reduce(state, { sequence: index + 1, at: at + index, kind }), from)

const budget = { ...initialState.budget, ticksRemaining: 7 }
const usage = { inputTokens: 10, outputTokens: 5, cacheReadTokens: 3, cacheWriteTokens: 2 }
const run: ReadonlyArray<EventKind> = [
  { type: "UserMessage", content: "go" },
  { type: "RunStarted", runId: "r", provider: "p", model: "m", budget }
]
const said: EventKind = {
  type: "AssistantMessage",
  content: "hm",
  model: "m",
  stopReason: "tool_use",
  usage,
  costUsd: 0.5
}
const call: EventKind = { type: "ToolCall", callId: "c", toolName: "look", input: {} }
const gated: EventKind = {
  type: "ApprovalRequested",
  approvalId: "a",
  callId: "c",
  toolName: "look",
  input: {},
  capability: "fs:read:/x",
  risk: "low"
}
const acts = (plan: "think" | "tools"): EventKind => ({ type: "PhaseEntered", phase: "act", plan })
const result = (status: "ok" | "denied" = "ok"): EventKind => ({
  type: "ToolResult",
  callId: "c",
  status,
  output: "x",
  durationMs: 0
})

describe("the fold", () => {
  it("the fold leaves the state as it is for events without news of the agent, and for unreadable ones", () => {
    const before = fold(run)
    for (const kind of [
      { type: "Custom", eventType: "x", data: {} },
      { type: "FileWritten", path: "a", sha256: "", sizeBytes: 0 },
      { type: "Raw", of: "UserMessage", raw: '{"type":"UserMessage"}', flaw: "invalid body" }
    ] satisfies ReadonlyArray<EventKind | RawKind>)
      assert.strictEqual(fold([kind], before), before)
  })

  it("the fold opens a run with its own budget and fresh gauges", () => {
    const tired = { ...initialState, vector: { ...initialVector, progress: 1, errorStreak: 5, uncertainty: 1 } }
    const { budget: now, run: open, vector } = fold(run, tired)
    assert.deepStrictEqual(now, budget)
    assert.deepStrictEqual(vector, initialVector)
    assert.deepInclude(open, { runId: "r", objectiveSequence: 1, startSequence: 2, ticks: 0 })
  })

  it("the fold counts what was not perceived, until Perceive is done", () => {
    const told = fold([...run, { type: "ExternalSignal", signalType: "x", data: null }])
    assert.strictEqual(told.unperceived, 3)
    assert.strictEqual(fold([{ type: "PhaseEntered", phase: "orient" }], told).unperceived, 0)
  })

  it("the fold counts a tick when the next one is entered, for the agent and for its run", () => {
    const next: EventKind = { type: "PhaseEntered", phase: "perceive" }
    const state = fold([...run, next, next])
    assert.strictEqual(state.tick, 2)
    assert.strictEqual(state.run?.ticks, 2)
    assert.strictEqual(fold([next]).run, undefined)
  })

  it("the fold sums usage and cost over the turns of a run", () => {
    const state = fold([...run, said, said])
    assert.deepStrictEqual(state.run?.usage, {
      inputTokens: 20,
      outputTokens: 10,
      cacheReadTokens: 6,
      cacheWriteTokens: 4
    })
    assert.strictEqual(state.run?.costUsd, 1)
    assert.strictEqual(state.act.tokens, 40)
  })

  it("the fold follows a call from request to outcome", () => {
    const status = (kinds: ReadonlyArray<EventKind>) =>
      fold([...run, said, call, ...kinds]).calls.map((each) => each.status)
    assert.deepStrictEqual(status([]), ["requested"])
    assert.deepStrictEqual(status([acts("think")]), ["requested"])
    assert.deepStrictEqual(status([acts("tools")]), ["started"])
    assert.deepStrictEqual(status([gated]), ["gated"])
    assert.deepStrictEqual(status([gated, acts("tools")]), ["gated"])
    assert.deepStrictEqual(status([gated, { type: "ApprovalGranted", approvalId: "a", actor: "ada" }]), ["granted"])
    assert.deepStrictEqual(status([gated, { type: "ApprovalGranted", approvalId: "other", actor: "ada" }]), ["gated"])
    assert.deepStrictEqual(status([gated, { type: "ApprovalDenied", approvalId: "a", actor: "ada" }]), ["refused"])
    assert.deepStrictEqual(status([acts("tools"), result()]), [])
  })

  it("the fold counts an outcome once", () => {
    const state = fold([...run, said, call, acts("tools"), result(), result()])
    assert.deepStrictEqual(state.act.results, [{ toolName: "look", status: "ok" }])
  })

  it("the fold counts what the mode objected to apart from other denials", () => {
    const evaluated = (ruleId: string): EventKind => ({
      type: "PolicyEvaluated",
      callId: "c",
      decision: "deny",
      ruleId
    })
    assert.strictEqual(fold([evaluated("default:deny")]).act.objections, 0)
    assert.strictEqual(fold([evaluated(modeRule("Explore"))]).act.objections, 1)
  })

  it("the fold starts each decision with an empty record of the act", () => {
    const state = fold([...run, said, call, result("denied"), { type: "PhaseEntered", phase: "decide" }])
    assert.deepStrictEqual({ ...state.act, startedAt: 0, endedAt: 0 }, emptyAct)
  })

  it("the fold measures an act by its events, and leaves out the time the process was dead", () => {
    const acting = fold([...run, { type: "PhaseEntered", phase: "decide" }, said], initialState, 1_000)
    assert.strictEqual(acting.act.endedAt - acting.act.startedAt, 1)
    const resumed = fold([{ type: "SessionResumed" }, said], acting, 900_000)
    assert.strictEqual(resumed.act.endedAt - resumed.act.startedAt, 1)
  })

  it("the fold takes a cancel signal as the end of the open run, and of no later one", () => {
    const cancel: EventKind = { type: "ExternalSignal", signalType: cancelSignal, data: "enough" }
    assert.strictEqual(fold([...run, cancel]).run?.cancelled, "enough")
    assert.strictEqual(fold([cancel, ...run]).run?.cancelled, undefined)
  })

  it("the fold ends a run only for final failures of the model", () => {
    const failed = (retryable: boolean): EventKind => ({
      type: "ModelFailed",
      reason: "Overloaded",
      retryable,
      message: "no"
    })
    assert.strictEqual(fold([...run, failed(true)]).run?.failed, undefined)
    assert.strictEqual(fold([...run, failed(true)]).act.modelFailures, 1)
    assert.strictEqual(fold([...run, failed(false)]).run?.failed, "no")
  })

  it("the fold leaves nothing of a closed run for the next one", () => {
    const closed = fold([...run, acts("think"), said, call, { type: "RunErrored", runId: "r", error: "out" }])
    assert.deepInclude(closed, { calls: [], plan: "rest", act: emptyAct })
    assert.notProperty(closed, "run")
    assert.deepStrictEqual(closed.lastRun, { runId: "r", reason: "error", ticks: 0, usage, costUsd: 0.5, error: "out" })
  })
})
