import { assert, describe, it } from "@effect/vitest"
import * as fc from "fast-check"
import { canonicalJson, type Message } from "../../../src/layers/aios/index.js"
import { acceptedIds, wireMessages } from "../../../src/layers/arcan/wireMessages.js"

const anyId = fc.oneof(
  fc.string({ minLength: 1, maxLength: 80, unit: "binary" }),
  fc.constantFrom("toolu_1", "call_1", "functions.glob:0", "01JZZZZZZZZZZZZZZZZZZZZZZA", "x".repeat(3_000_000))
)

const turn = fc.uniqueArray(anyId, { minLength: 1, maxLength: 4 }).map(
  (ids): ReadonlyArray<Message> => [
    { role: "assistant", content: "", toolCalls: ids.map((callId) => ({ callId, toolName: "glob", input: {} })) },
    {
      role: "tool",
      results: ids.map((callId) => ({ callId, toolName: "glob", status: "ok", output: callId.slice(0, 50) }))
    }
  ]
)

const callsIn = (messages: ReadonlyArray<Message>) =>
  messages.flatMap((message) => (message.role === "assistant" ? message.toolCalls.map(({ callId }) => callId) : []))
const resultsIn = (messages: ReadonlyArray<Message>) =>
  messages.flatMap((message) => (message.role === "tool" ? message.results.map(({ callId }) => callId) : []))

describe.each(Object.entries(acceptedIds))("the ids of %s", (_, accepted) => {
  it("a request has one accepted id for each call and its result, with any ids in the journal", () => {
    fc.assert(
      fc.property(fc.array(turn, { maxLength: 6 }), (turns) => {
        const sent = wireMessages(turns.flat(), accepted)
        const ids = callsIn(sent)
        assert.deepStrictEqual(resultsIn(sent), ids)
        assert.strictEqual(new Set(ids).size, ids.length)
        for (const id of ids) assert.match(id, accepted)
      })
    )
  })

  it("ten thousand calls with one id take no longer than calls with ids of their own", () => {
    const calls = Array.from(
      { length: 10_000 },
      (): Message => ({
        role: "assistant",
        content: "",
        toolCalls: [{ callId: "call_0", toolName: "glob", input: {} }]
      })
    )
    const from = performance.now()
    const ids = callsIn(wireMessages(calls, accepted))
    assert.isBelow(performance.now() - from, 5_000)
    assert.strictEqual(new Set(ids).size, calls.length)
  })

  it("the ids of a conversation stay the same while it grows", () => {
    fc.assert(
      fc.property(fc.array(turn, { minLength: 1, maxLength: 6 }), (turns) => {
        const all = wireMessages(turns.flat(), accepted)
        const before = wireMessages(turns.slice(0, -1).flat(), accepted)
        assert.strictEqual(canonicalJson(all.slice(0, before.length)), canonicalJson(before))
      })
    )
  })
})

describe("names", () => {
  it("the names of tools that a model has invented become names that every provider takes", () => {
    const names = ["read_file", "", "read file/../x", "a".repeat(70)]
    const sent = wireMessages(
      [
        {
          role: "assistant",
          content: "",
          toolCalls: names.map((toolName, index) => ({ callId: `c${index}`, toolName, input: {} }))
        }
      ],
      acceptedIds.openai
    )
    assert.deepStrictEqual(
      sent.flatMap((message) =>
        message.role === "assistant" ? message.toolCalls.map(({ toolName }) => toolName) : []
      ),
      ["read_file", "unknown", "read_file____x", "a".repeat(64)]
    )
  })
})
