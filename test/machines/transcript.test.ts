import { assert, describe, it } from "@effect/vitest"
import type { EventKind, Message } from "../../src/layers/aios/index.js"
import { Transcript } from "../../src/machines/transcript.js"

const user = (content: string): EventKind => ({ type: "UserMessage", content })
const started: EventKind = {
  type: "RunStarted",
  runId: "r",
  provider: "p",
  model: "m",
  budget: {
    tokensRemaining: 1,
    timeRemainingMs: 1,
    costRemainingUsd: 1,
    toolCallsRemaining: 1,
    ticksRemaining: 1,
    errorBudgetRemaining: 1
  }
}
const perceived: EventKind = { type: "PhaseEntered", phase: "orient" }
const said = (content: string): EventKind => ({
  type: "AssistantMessage",
  content,
  model: "m",
  stopReason: "end_turn",
  usage: { inputTokens: 0, outputTokens: 0, cacheReadTokens: 0, cacheWriteTokens: 0 }
})
const call = (callId: string): EventKind => ({ type: "ToolCall", callId, toolName: "look", input: {} })
const result = (callId: string, output = "seen"): EventKind => ({
  type: "ToolResult",
  callId,
  status: "ok",
  output,
  durationMs: 0
})
const compacted = (fromSequence: number): EventKind => ({
  type: "ContextCompacted",
  fromSequence,
  droppedCount: 0,
  tokensBefore: 0,
  tokensAfter: 0
})

/** A transcript of events with the sequences 1, 2, 3, … */
const of = (...kinds: ReadonlyArray<EventKind>): Transcript => {
  const transcript = new Transcript()
  kinds.forEach((kind, index) => transcript.add({ sequence: index + 1, kind }))
  return transcript
}

const shape = (messages: ReadonlyArray<Message>): ReadonlyArray<string> =>
  messages.map((message) =>
    message.role === "tool"
      ? `tool ${message.results.map(({ callId }) => callId).join(" ")}`
      : `${message.role} ${message.content}`
  )

describe("a transcript", () => {
  it("a transcript shows a message only when it was perceived", () => {
    assert.deepStrictEqual(shape(of(user("go"), started).messages()), ["user go"], "the objective is never left out")
    assert.deepStrictEqual(shape(of(user("hi")).messages()), [])
    assert.deepStrictEqual(shape(of(user("hi"), perceived).messages()), ["user hi"])
  })

  it("a transcript keeps a message that comes between a call and its result behind both", () => {
    const transcript = of(
      user("go"),
      started,
      perceived,
      said("a"),
      call("1"),
      user("wait"),
      perceived,
      result("1"),
      perceived
    )
    assert.deepStrictEqual(shape(transcript.messages()), ["user go", "assistant a", "tool 1", "user wait"])
  })

  it("a transcript hands results over together and in the order of their calls", () => {
    const asked = [user("go"), started, perceived, said("a"), call("1"), call("2")]
    assert.deepStrictEqual(shape(of(...asked, result("2")).messages()), ["user go", "assistant a"])
    assert.deepStrictEqual(shape(of(...asked, result("2"), result("1")).messages()), [
      "user go",
      "assistant a",
      "tool 1 2"
    ])
  })

  it("a transcript ignores results without a call", () => {
    assert.deepStrictEqual(shape(of(user("go"), started, perceived, result("x")).messages()), ["user go"])
  })

  it("a transcript restates the objective when the cut took it, also when a message comes first", () => {
    const story = [user("go"), started, perceived, said("a"), user("more"), perceived, said("b")]
    assert.deepStrictEqual(shape(of(...story, compacted(5)).messages()), ["user go", "user more", "assistant b"])
    assert.deepStrictEqual(shape(of(...story, compacted(7)).messages()), ["user go", "assistant b"])
  })

  it("a transcript restates the objective of the open run, and no earlier one", () => {
    const transcript = of(user("one"), started, perceived, said("a"), said("b"), compacted(5))
    assert.deepStrictEqual(shape(transcript.messages()), ["user one", "assistant b"])
    for (const [index, kind] of [user("two"), started, perceived].entries())
      transcript.add({ sequence: 7 + index, kind })
    assert.deepStrictEqual(shape(transcript.messages()), ["user two", "assistant b", "user two"])
  })

  it("a transcript cuts in front of a turn, never between a call and its result", () => {
    const transcript = of(
      user("go"),
      started,
      perceived,
      said("a"),
      call("1"),
      result("1", "x".repeat(400)),
      said("b"),
      call("2"),
      result("2", "x".repeat(400))
    )
    assert.deepInclude(transcript.cutTo(0.6), { fromSequence: 7, droppedCount: 3 })
    assert.deepInclude(transcript.cutTo(0), { fromSequence: 7, droppedCount: 3 }, "the newest turn stays")
    assert.deepInclude(transcript.cutTo(1), { droppedCount: 0, shareAfter: 1 })
  })

  it("a transcript does not cut off a message that was held back", () => {
    const head = [user("go"), started, perceived, said("a"), said("b"), call("1"), user("wait"), result("1")]
    // The message is held back, or shown after the results: its sequence lies before theirs.
    for (const story of [head, [...head, perceived]]) {
      const transcript = of(...story)
      const { fromSequence } = transcript.cutTo(0)
      assert.strictEqual(fromSequence, 5)
      transcript.add({ sequence: 10, kind: compacted(fromSequence) })
      transcript.add({ sequence: 11, kind: perceived })
      assert.deepStrictEqual(shape(transcript.messages()), ["user go", "assistant b", "tool 1", "user wait"])
    }
  })

  it("a transcript does not cut off a message that came while the model thought and is still held back", () => {
    const transcript = of(
      user("go"),
      started,
      perceived,
      said("a"),
      user("wait"),
      said("b"),
      call("1"),
      result("1", "x".repeat(400))
    )
    assert.strictEqual(transcript.cutTo(0).fromSequence, 4)
  })

  it("a transcript has nothing to cut when it is empty", () => {
    assert.deepStrictEqual(new Transcript().cutTo(0), { fromSequence: 0, droppedCount: 0, shareAfter: 1 })
  })
})
