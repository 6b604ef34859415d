import { assert, describe, it } from "@effect/vitest"
import * as fc from "fast-check"
import type { Message } from "../../../src/layers/aios/index.js"
import { extract, framed, type Past, summaryRequest } from "../../../src/machines/context/summary.js"

const wrote = (n: number): ReadonlyArray<Message> => [
  {
    role: "assistant",
    content: `I decide to write file ${n}.`,
    toolCalls: [{ callId: "c", toolName: "write_file", input: { path: `f${n}.md`, content: "x".repeat(500) } }]
  },
  {
    role: "tool",
    results: [
      n % 3 === 0
        ? { callId: "c", toolName: "write_file", status: "denied", output: { error: `no room for ${n}` } }
        : { callId: "c", toolName: "write_file", status: "ok", output: { path: `f${n}.md` } }
    ]
  }
]
const past = (messages: ReadonlyArray<Message>, earlier?: string): Past => ({
  messages,
  earlier,
  objective: "Write it all.",
  charactersMax: 6_000
})
const story = [{ role: "user", content: "Write it all." } as const, ...[1, 2, 3, 4].flatMap(wrote)]

describe("a summary by rule", () => {
  it("a summary by rule names files, outcomes, decisions, open points and last results, but no objective", () => {
    const summary = extract(past([...story, { role: "user", content: "Mind the budget." }]))
    assert.include(summary, "Files written: f1.md, f2.md, f4.md")
    assert.include(summary, "write_file ok × 3, write_file denied × 1")
    assert.include(summary, "Mind the budget.")
    assert.include(summary, "I decide to write file 2.")
    assert.include(summary, "no room for 3")
    assert.notInclude(summary, "Write it all.")
  })

  it("a summary by rule carries files and the gist on when it is summarised itself", () => {
    let summary = framed(extract(past(story)), 6_000)
    for (let n = 5; n < 12; n++) summary = framed(extract(past(wrote(n), summary)), 6_000)
    assert.include(summary, "f1.md, f2.md, f4.md, f5.md, f7.md, f8.md, f10.md, f11.md")
    assert.isAtMost(summary.length, 6_200)
    assert.strictEqual(summary.split("Files written:").length, 2)
  })

  it("a summary by rule carries on one whose heading an earlier version wrote, without that heading", () => {
    const heading = "[The beginning of this conversation was left out to make room. What it came to:]"
    const summary = extract(past(story, `${heading}\nThe river has a source.`))
    assert.include(summary, "The river has a source.")
    assert.notInclude(summary, "left out to make room")
  })

  it("a summary by rule is bounded for any conversation", () => {
    const text = fc.string({ unit: "grapheme", maxLength: 50 }).map((part) => part.repeat(200))
    const message = fc.oneof(
      text.map((content): Message => ({ role: "user", content })),
      text.map((content): Message => ({ role: "assistant", content, toolCalls: [] }))
    )
    fc.assert(
      fc.property(fc.array(message), fc.option(text, { nil: undefined }), (messages, earlier) => {
        assert.isAtMost(extract(past(messages, earlier)).length, 6_000 + 7 * 50)
      }),
      { numRuns: 50 }
    )
  })
})

describe("a summary that a model is asked for", () => {
  it("a request for a summary shows the newest part as far as there is room, and says what is missing", () => {
    const request = summaryRequest("s", past(story, "Once upon a time."), 1_500)
    const [asked] = request.messages
    assert(asked?.role === "user")
    assert.include(asked.content, "Objective:\nWrite it all.")
    assert.include(asked.content, "Once upon a time.")
    assert.match(asked.content, /\[\d+ older messages are not shown\]/)
    assert.include(asked.content, "I decide to write file 4.")
    assert.notInclude(asked.content, "I decide to write file 1.")
    assert.deepStrictEqual(request.tools, [])
  })
})
