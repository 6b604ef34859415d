/** The view of a run that every reader shares. */
import { assert, describe, it } from "@effect/vitest"
import { defaultBudget, type EventKind, initialState } from "../../src/layers/aios/index.js"
import { approvalsOf, endOf, isIdle, type RunView, spentOf, viewAfter, viewFrom } from "../../src/machines/index.js"
import { sessionFold } from "../../src/machines/SessionFold.js"
import { record } from "../support/record.js"

const start = viewFrom(sessionFold.initial)
const follow = (view: RunView, ...kinds: ReadonlyArray<EventKind>): RunView =>
  kinds.reduce((before, kind) => viewAfter(before, record(before.session.sequence + 1, kind)), view)

const usage = { inputTokens: 5, outputTokens: 3, cacheReadTokens: 2, cacheWriteTokens: 1 }
const begun = follow(
  start,
  { type: "UserMessage", content: "Write." },
  { type: "RunStarted", runId: "r", provider: "p", model: "m", budget: defaultBudget },
  { type: "PhaseEntered", phase: "orient" },
  { type: "PhaseEntered", phase: "act", passed: ["decide"], plan: "think" },
  { type: "AssistantMessage", content: "", model: "m", stopReason: "tool_use", usage, costUsd: 0.5 },
  { type: "ToolCall", callId: "c", toolName: "write_file", input: {} }
)
const asked = follow(
  begun,
  { type: "PhaseEntered", phase: "report", passed: ["observe", "learn", "regulate"] },
  { type: "PhaseEntered", phase: "perceive" },
  { type: "PhaseEntered", phase: "decide", passed: ["orient"] },
  {
    type: "ApprovalRequested",
    approvalId: "a",
    callId: "c",
    toolName: "write_file",
    input: {},
    capability: "fs:write:/x",
    risk: "high"
  },
  { type: "PhaseEntered", phase: "report", passed: ["act", "observe", "learn", "regulate"], plan: "ask" },
  { type: "PhaseEntered", phase: "perceive" }
)
const ended = { runId: "r", reason: "completed", ticks: 2, usage, costUsd: 0.5, finalAnswer: "Done." } as const
const over = follow(
  asked,
  { type: "ApprovalGranted", approvalId: "a", actor: "ada" },
  { type: "PhaseEntered", phase: "act", passed: ["orient", "decide"], plan: "tools" },
  { type: "ToolResult", callId: "c", status: "ok", output: null, durationMs: 1 },
  { type: "FileWritten", path: "x", sha256: "", sizeBytes: 7 },
  { type: "RunFinished", ...ended }
)

describe("the view of a run", () => {
  it("the view of a run has the phases of the tick, its plan, and the mode in which it acted", () => {
    const act = { plan: "think", mode: "Explore" } as const
    assert.deepStrictEqual(begun.phases, ["perceive", "orient", "decide", "act"])
    assert.deepStrictEqual(begun.act, act)
    const regulated = follow(
      begun,
      { type: "PhaseEntered", phase: "regulate", passed: ["observe", "learn"] },
      { type: "ModeChanged", from: "Explore", to: "Execute", reason: "" },
      { type: "PhaseEntered", phase: "report" }
    )
    assert.strictEqual(regulated.session.state.mode, "Execute")
    assert.deepStrictEqual(regulated.act, act)
    const next = follow(regulated, { type: "PhaseEntered", phase: "perceive" })
    assert.deepStrictEqual(next.phases, ["perceive"])
    assert.isUndefined(next.act)
    const acting = follow(next, { type: "PhaseEntered", phase: "act", passed: ["orient", "decide"], plan: "tools" })
    assert.deepStrictEqual(acting.act, { plan: "tools", mode: "Execute" })
  })

  it("the view of a run counts its calls, files, tokens and dollars, and begins anew with the next run", () => {
    assert.deepStrictEqual([over.toolCalls, [...over.files]], [1, [["x", 7]]])
    assert.deepStrictEqual(spentOf(begun.session.state), { tokens: 11, costUsd: 0.5 })
    assert.deepStrictEqual(spentOf(over.session.state), { tokens: 11, costUsd: 0.5 })
    assert.deepStrictEqual(spentOf(initialState), { tokens: 0, costUsd: 0 })
    const next = follow(over, {
      type: "RunStarted",
      runId: "r2",
      provider: "p",
      model: "m",
      budget: defaultBudget
    })
    assert.deepStrictEqual([next.toolCalls, next.files.size, next.isOver], [0, 0, false])
    assert.deepStrictEqual(spentOf(next.session.state), { tokens: 0, costUsd: 0 })
  })

  it("the view of a run says what waits for an approval, and that an agent that waits for nothing is idle", () => {
    assert.deepStrictEqual(
      approvalsOf(asked.session.state).map(({ approvalId }) => approvalId),
      ["a"]
    )
    assert.isTrue(isIdle(asked.session.state))
    assert.isFalse(isIdle(begun.session.state))
    assert.lengthOf(approvalsOf(over.session.state), 0)
  })

  it("the view of a run says how it ended by its id, once it has", () => {
    assert.isFalse(asked.isOver)
    assert.isUndefined(endOf(asked.session.state, "r"))
    assert.isTrue(over.isOver)
    assert.deepStrictEqual(endOf(over.session.state, "r"), ended)
    assert.isUndefined(endOf(over.session.state, "another"))
    const failed = follow(begun, { type: "RunErrored", runId: "r", error: "out of wire" })
    assert.isTrue(failed.isOver)
    assert.deepInclude(endOf(failed.session.state, "r"), { reason: "error", error: "out of wire" })
  })
})
