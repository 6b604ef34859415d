import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { hashOf, type Message, type ModelRequest } from "../../../src/layers/aios/index.js"
import { block, messageEnd, messageStart, ping, says, stream, text } from "../../support/anthropicServer.js"
import { tool } from "./support.js"
import { apiKey, ask, hello, serving, turnOf } from "./anthropicSupport.js"

describe("AnthropicModel answers", () => {
  it.scoped("cached tokens are counted apart and priced as such", () =>
    Effect.gen(function* () {
      const usage = { input_tokens: 100, cache_read_input_tokens: 2_000, cache_creation_input_tokens: 400 }
      const server = yield* serving([stream(messageStart(usage), ...text(0, "ok"), ...messageEnd("end_turn"))])
      const turn = turnOf(yield* ask(server))
      assert.deepStrictEqual(turn.usage, {
        inputTokens: 100,
        outputTokens: 7,
        cacheReadTokens: 2_000,
        cacheWriteTokens: 400
      })
      assert.closeTo(turn.costUsd ?? 0, (100 * 2 + 7 * 10 + 2_000 * 0.1 + 400 * 2.5) / 1_000_000, 1e-12)
    })
  )

  it.scoped("the totals of message_delta replace those of message_start", () =>
    Effect.gen(function* () {
      const server = yield* serving([
        stream(messageStart(), ...text(0, "ok"), ...messageEnd("end_turn", { input_tokens: 25, output_tokens: 9 }))
      ])
      const { usage } = turnOf(yield* ask(server))
      assert.deepStrictEqual(usage, { inputTokens: 25, outputTokens: 9, cacheReadTokens: 0, cacheWriteTokens: 0 })
    })
  )

  it.scoped("a model without a price costs an unknown amount, a dated name costs what its model costs", () =>
    Effect.gen(function* () {
      const answer = (model: string) => stream(messageStart({}, model), ...text(0, "ok"), ...messageEnd("end_turn"))
      const server = yield* serving([answer("claude-novel-9"), answer("claude-sonnet-4-5-20250929")])
      assert.strictEqual(turnOf(yield* ask(server)).costUsd, undefined)
      assert.strictEqual(turnOf(yield* ask(server)).costUsd, (10 * 3 + 7 * 15) / 1_000_000)
    })
  )

  it.scoped("a long prompt to claude-haiku-5-5 is priced as one", () =>
    Effect.gen(function* () {
      const usage = { input_tokens: 1, cache_read_input_tokens: 100_000 }
      const server = yield* serving([
        stream(messageStart(usage, "claude-haiku-5-5"), ...text(0, "ok"), ...messageEnd("end_turn"))
      ])
      const turn = turnOf(yield* ask(server))
      assert.closeTo(turn.costUsd ?? 0, (0.5 + 7 * 2.5 + 100_000 * 0.05) / 1_000_000, 1e-12)
    })
  )

  it.scoped("unknown blocks, events and stop reasons pass through", () =>
    Effect.gen(function* () {
      const server = yield* serving([
        stream(
          messageStart(),
          { type: "weather_report", sky: "clear" },
          ...block(
            0,
            { type: "thinking", thinking: "", signature: "" },
            { type: "thinking_delta", thinking: "Let me " },
            { type: "thinking_delta", thinking: "see." },
            { type: "signature_delta", signature: "c2ln" }
          ),
          ...block(1, { type: "hologram", depth: 3 }, { type: "hologram_delta", layer: { z: 1 } }),
          ...text(2, "done"),
          ...messageEnd("gone_fishing")
        )
      ])
      const outcome = yield* ask(server)
      const turn = turnOf(outcome)
      assert.deepStrictEqual(outcome.heard, ["done"])
      assert.deepStrictEqual(outcome.deltas, [
        { type: "thinking", text: "Let me " },
        { type: "thinking", text: "see." },
        { type: "text", text: "done" }
      ])
      assert.strictEqual(turn.content, "done")
      assert.strictEqual(turn.stopReason, "gone_fishing")
      assert.deepStrictEqual(turn.other, [
        { type: "thinking", thinking: "Let me see.", signature: "c2ln" },
        { type: "hologram", depth: 3, deltas: [{ type: "hologram_delta", layer: { z: 1 } }] }
      ])
    })
  )

  it.scoped("an answer without blocks is an empty turn", () =>
    Effect.gen(function* () {
      const server = yield* serving([stream(messageStart(), ping, ...messageEnd("refusal"))])
      const turn = turnOf(yield* ask(server))
      assert.strictEqual(turn.content, "")
      assert.strictEqual(turn.stopReason, "refusal")
    })
  )
})

describe("AnthropicModel requests", () => {
  const conversation: ReadonlyArray<Message> = [
    { role: "user", content: "First" },
    { role: "user", content: "Second" },
    {
      role: "assistant",
      content: "",
      toolCalls: [
        { callId: "a", toolName: "read_file", input: { path: "x" } },
        { callId: "b", toolName: "read_file", input: null, malformed: "{" }
      ],
      other: [
        { type: "thinking", thinking: "Let me see.", signature: "c2ln" },
        { type: "hologram", depth: 3 }
      ]
    },
    {
      role: "tool",
      results: [
        { callId: "a", toolName: "read_file", status: "ok", output: { b: 1, a: [true] } },
        { callId: "b", toolName: "read_file", status: "error", output: "The input was not JSON." }
      ]
    },
    { role: "user", content: "Go on" },
    { role: "assistant", content: "  ", toolCalls: [] },
    { role: "user", content: "" },
    { role: "user", content: "Please" }
  ]

  it.scoped("a conversation becomes the body the API wants", () =>
    Effect.gen(function* () {
      const server = yield* serving([says("ok")])
      const request: ModelRequest = { ...hello, messages: conversation, tools: [tool("list_dir"), tool("read_file")] }
      turnOf(yield* ask(server, request, { model: "claude-opus-5-5", maxOutputTokens: 99 }))
      const received = yield* Effect.promise(() => server.received(0))
      const input_schema = { type: "object", properties: { path: { type: "string" } } }
      const cache_control = { type: "ephemeral" }
      assert.deepStrictEqual(received.body, {
        model: "claude-opus-5-5",
        max_tokens: 99,
        stream: true,
        system: [{ type: "text", text: "You are life.", cache_control }],
        tools: [
          { name: "list_dir", description: "The tool list_dir", input_schema },
          { name: "read_file", description: "The tool read_file", input_schema, cache_control }
        ],
        messages: [
          {
            role: "user",
            content: [
              { type: "text", text: "First" },
              { type: "text", text: "Second" }
            ]
          },
          {
            role: "assistant",
            content: [
              { type: "thinking", thinking: "Let me see.", signature: "c2ln" },
              { type: "tool_use", id: "a", name: "read_file", input: { path: "x" } },
              { type: "tool_use", id: "b", name: "read_file", input: {} }
            ]
          },
          {
            role: "user",
            content: [
              { type: "tool_result", tool_use_id: "a", content: '{"a":[true],"b":1}' },
              { type: "tool_result", tool_use_id: "b", content: "The input was not JSON.", is_error: true },
              { type: "text", text: "Go on" },
              { type: "text", text: "Please", cache_control }
            ]
          }
        ]
      })
      assert.strictEqual(received.method, "POST")
      assert.strictEqual(received.path, "/v1/messages")
      assert.strictEqual(received.headers.authorization, `Bearer ${apiKey}`)
    })
  )

  it.scoped("call ids of other providers become ids that the API takes, and a request may have its own limit", () =>
    Effect.gen(function* () {
      const server = yield* serving([says("ok")])
      const callId = "functions.glob:0"
      const messages: ReadonlyArray<Message> = [
        { role: "user", content: "Look" },
        {
          role: "assistant",
          content: "",
          toolCalls: [{ callId, toolName: "glob", input: {} }],
          other: [{ type: "reasoning", provider: "kimi", field: "reasoning_content", text: "Hm." }]
        },
        { role: "tool", results: [{ callId, toolName: "glob", status: "ok", output: "a" }] }
      ]
      turnOf(yield* ask(server, { ...hello, messages, maxOutputTokens: 7 }))
      const { body } = yield* Effect.promise(() => server.received(0))
      const id = hashOf(callId).slice(0, 9)
      assert.deepNestedPropertyVal(body, "messages[1].content", [{ type: "tool_use", id, name: "glob", input: {} }])
      assert.deepNestedPropertyVal(body, "messages[2].content[0].tool_use_id", id)
      assert.strictEqual(body["max_tokens"], 7)
    })
  )
})
