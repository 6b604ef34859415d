import { assert, describe, it } from "@effect/vitest"
import { ConfigProvider, Effect, Layer } from "effect"
import { type Message, Model, type ModelRequest } from "../../../src/layers/aios/index.js"
import { OpenAiModel } from "../../../src/layers/arcan/index.js"
import {
  type Chunk,
  delta,
  done,
  ending,
  finish,
  opening,
  says,
  stream,
  text,
  toolCall,
  usage
} from "../../support/openAiServer.js"
import { numbered, tool } from "./support.js"
import { apiKey, ask, hello, serving, turnOf } from "./openAiSupport.js"

const answered = (...chunks: ReadonlyArray<Chunk>) =>
  Effect.flatMap(serving([stream(...chunks)]), (server) => ask(server))

describe("OpenAiModel answers", () => {
  it.scoped("tool calls side by side are put together by their index and keep their order and their text", () =>
    Effect.gen(function* () {
      const piece = (index: number, text: string) => delta({ tool_calls: [{ index, function: { arguments: text } }] })
      const turn = turnOf(
        yield* answered(
          opening,
          ...text("I look."),
          ...toolCall(0, "call_a", "read_file"),
          ...toolCall(1, "call_b", "list_dir"),
          piece(1, '{"de'),
          piece(0, '{"pa'),
          piece(1, 'pth":1}'),
          piece(0, 'th":"a"}'),
          ...toolCall(2, "call_c", "glob"),
          ...ending("tool_calls")
        )
      )
      assert.strictEqual(turn.content, "I look.")
      assert.strictEqual(turn.stopReason, "tool_use")
      assert.deepStrictEqual(numbered(turn).toolCalls, [
        { callId: "0", toolName: "read_file", input: { path: "a" } },
        { callId: "1", toolName: "list_dir", input: { depth: 1 } },
        { callId: "2", toolName: "glob", input: {} }
      ])
    })
  )

  it.scoped("calls of servers that number them all alike, or not at all, are told apart by their ids", () =>
    Effect.gen(function* () {
      const whole = (id: string, index?: number) =>
        delta({
          tool_calls: [{ id, ...(index === undefined ? {} : { index }), function: { name: "glob", arguments: "{}" } }]
        })
      for (const index of [0, undefined]) {
        const turn = turnOf(yield* answered(whole("a", index), whole("b", index), ...ending("stop")))
        assert.deepStrictEqual(
          turn.toolCalls.map(({ input }) => input),
          [{}, {}]
        )
        assert.strictEqual(turn.stopReason, "tool_use")
      }
    })
  )

  it.scoped("a call without an id is given one", () =>
    Effect.gen(function* () {
      const turn = turnOf(
        yield* answered(delta({ tool_calls: [{ index: 0, function: { name: "glob" } }] }), ...ending("tool_calls"))
      )
      assert.deepStrictEqual(numbered(turn).toolCalls, [{ callId: "0", toolName: "glob", input: {} }])
    })
  )

  it.scoped("cached tokens are counted apart and priced as such", () =>
    Effect.gen(function* () {
      const counted = usage({ prompt_tokens: 2_100, prompt_tokens_details: { cached_tokens: 2_000 } })
      const turn = turnOf(yield* answered(opening, ...text("ok"), finish("stop"), counted, done))
      assert.deepStrictEqual(turn.usage, {
        inputTokens: 100,
        outputTokens: 7,
        cacheReadTokens: 2_000,
        cacheWriteTokens: 0
      })
      assert.closeTo(turn.costUsd ?? 0, (100 * 1.75 + 7 * 14 + 2_000 * 0.175) / 1_000_000, 1e-12)
    })
  )

  it.scoped("an answer without a usage costs an unknown amount", () =>
    Effect.gen(function* () {
      const turn = turnOf(yield* answered(opening, ...text("ok"), finish("stop"), done))
      assert.strictEqual(turn.content, "ok")
      assert.strictEqual(turn.usage.outputTokens, 0)
      assert.strictEqual(turn.costUsd, undefined)
    })
  )

  for (const field of ["reasoning", "reasoning_content"]) {
    it.scoped(`thoughts under ${field} stream as such, and are no part of the answer`, () =>
      Effect.gen(function* () {
        const server = yield* serving([
          stream(
            opening,
            delta({ [field]: "Let me " }),
            delta({ [field]: "see." }),
            ...text("Done."),
            ...ending("stop")
          ),
          says("ok")
        ])
        const outcome = yield* ask(server)
        const turn = turnOf(outcome)
        assert.deepStrictEqual(outcome.deltas, [
          { type: "thinking", text: "Let me " },
          { type: "thinking", text: "see." },
          { type: "text", text: "Done." }
        ])
        assert.strictEqual(turn.content, "Done.")
        // The thoughts go back under the same name, to the same provider only.
        const { content, other = [], toolCalls } = turn
        const thought: Message = { role: "assistant", content, toolCalls, other }
        const request = {
          ...hello,
          messages: [...hello.messages, thought, { role: "user", content: "Go on" } as const]
        }
        yield* ask(server, request)
        const assistant = () => server.requests.at(-1)?.body.messages?.[2]
        assert.deepStrictEqual(assistant(), { role: "assistant", content: "Done.", [field]: "Let me see." })
        yield* ask(server, request, { provider: "vllm" })
        assert.deepStrictEqual(assistant(), { role: "assistant", content: "Done." })
      })
    )
  }

  it.scoped("a refusal is an answer that ends the turn as one", () =>
    Effect.gen(function* () {
      const outcome = yield* answered(
        opening,
        delta({ refusal: "I can't " }),
        delta({ refusal: "do that." }),
        ...ending("stop")
      )
      const turn = turnOf(outcome)
      assert.strictEqual(turn.content, "I can't do that.")
      assert.strictEqual(turn.stopReason, "refusal")
      assert.deepStrictEqual(outcome.heard, ["I can't ", "do that."])
    })
  )

  for (const [reason, stopReason] of [
    ["stop", "end_turn"],
    ["length", "max_tokens"],
    ["content_filter", "refusal"],
    ["gone_fishing", "gone_fishing"]
  ] as const) {
    it.scoped(`the finish reason ${reason} is the stop reason ${stopReason}`, () =>
      Effect.gen(function* () {
        assert.strictEqual(turnOf(yield* answered(opening, ...text("x"), ...ending(reason))).stopReason, stopReason)
      })
    )
  }

  it.scoped("an answer without content is an empty turn, and unknown chunks and fields pass", () =>
    Effect.gen(function* () {
      const turn = turnOf(
        yield* answered(
          ": a comment\n\n",
          { object: "weather.report", sky: "clear" },
          delta({ role: "assistant", content: null, tool_calls: null, audio: { id: "x" } }),
          { choices: [{ index: 1, delta: { content: "another choice" } }] },
          ...ending("stop")
        )
      )
      assert.strictEqual(turn.content, "")
      assert.strictEqual(turn.stopReason, "end_turn")
    })
  )

  it.scoped("an answer of 900 000 characters and a turn of 1 000 calls come through whole", () =>
    Effect.gen(function* () {
      const long = Array.from({ length: 900 }, () => "x".repeat(1_000))
      assert.strictEqual(turnOf(yield* answered(opening, ...text(...long), ...ending("stop"))).content.length, 900_000)
      const many = Array.from({ length: 1_000 }, (_, index) =>
        toolCall(index, `call_${index}`, "glob", `{"n":${index}}`)
      )
      const { toolCalls } = turnOf(yield* answered(opening, ...many.flat(), ...ending("tool_calls")))
      assert.strictEqual(toolCalls.length, 1_000)
      assert.deepInclude(toolCalls.at(-1), { toolName: "glob", input: { n: 999 } })
      assert.strictEqual(new Set(toolCalls.map(({ callId }) => callId)).size, 1_000)
    })
  )
})

describe("OpenAiModel requests", () => {
  const conversation: ReadonlyArray<Message> = [
    { role: "user", content: "First" },
    {
      role: "assistant",
      content: "",
      toolCalls: [
        { callId: "a", toolName: "read_file", input: { path: "x" } },
        { callId: "b", toolName: "read_file", input: null, malformed: "{" }
      ],
      other: [{ type: "thinking", thinking: "Somebody else's.", signature: "c2ln" }]
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
    { role: "user", content: "" }
  ]

  it.scoped("a conversation becomes the body the API wants", () =>
    Effect.gen(function* () {
      const server = yield* serving([says("ok")])
      const request: ModelRequest = { ...hello, messages: conversation, tools: [tool("list_dir")] }
      turnOf(yield* ask(server, request, { model: "gpt-5-mini", maxOutputTokens: 99 }))
      const received = yield* Effect.promise(() => server.received(0))
      assert.deepStrictEqual(received.body, {
        model: "gpt-5-mini",
        max_completion_tokens: 99,
        stream: true,
        stream_options: { include_usage: true },
        tools: [
          {
            type: "function",
            function: {
              name: "list_dir",
              description: "The tool list_dir",
              parameters: { type: "object", properties: { path: { type: "string" } } }
            }
          }
        ],
        messages: [
          { role: "system", content: "You are life." },
          { role: "user", content: "First" },
          {
            role: "assistant",
            content: null,
            tool_calls: [
              { type: "function", id: "a", function: { name: "read_file", arguments: '{"path":"x"}' } },
              { type: "function", id: "b", function: { name: "read_file", arguments: "{}" } }
            ]
          },
          { role: "tool", tool_call_id: "a", content: '{"a":[true],"b":1}' },
          { role: "tool", tool_call_id: "b", content: "Error: The input was not JSON." },
          { role: "user", content: "Go on" }
        ]
      })
      assert.strictEqual(received.method, "POST")
      assert.strictEqual(received.path, "/v1/chat/completions")
      assert.strictEqual(received.headers.authorization, `Bearer ${apiKey}`)
    })
  )

  it.scoped("the limit of a request comes first, and bears the old name at other servers", () =>
    Effect.gen(function* () {
      const server = yield* serving([says("ok"), says("ok")])
      yield* ask(server, { ...hello, maxOutputTokens: 7 }, { maxOutputTokens: 99 })
      yield* ask(server, { ...hello, maxOutputTokens: 7 }, { provider: "vllm" })
      assert.strictEqual(server.requests[0]?.body["max_completion_tokens"], 7)
      assert.strictEqual(server.requests[1]?.body["max_tokens"], 7)
      assert.notProperty(server.requests[1]?.body, "max_completion_tokens")
    })
  )

  const closed = { type: "object", properties: { a: { type: "string" } }, required: ["a"], additionalProperties: false }
  for (const [what, schema, strict] of [
    ["leaves nothing open", closed, true],
    ["has a field that may be left out", { ...closed, required: [] }, false],
    ["has an open part", { ...closed, properties: { a: { type: "array", items: { type: "object" } } } }, false],
    ["has a part that may be anything", { ...closed, properties: { a: {} } }, false]
  ] as const) {
    it.scoped(`a schema that ${what} is asked for ${strict ? "strictly" : "without strict mode"}`, () =>
      Effect.gen(function* () {
        const server = yield* serving([says("{}")])
        yield* ask(server, { ...hello, responseSchema: { name: "answer", schema } })
        assert.deepStrictEqual(server.requests[0]?.body["response_format"], {
          type: "json_schema",
          json_schema: { name: "answer", schema, strict }
        })
      })
    )
  }
})

describe("OpenAiModel configuration", () => {
  it.scoped("Ollama needs no key, is sent none, and costs an unknown amount", () =>
    Effect.gen(function* () {
      const server = yield* serving([says("ok")])
      const environment = { OLLAMA_BASE_URL: `${server.url}/v1`, OLLAMA_MAX_TOKENS: "50" }
      const ollama = Layer.build(OpenAiModel.layerOllama({ model: "llama3.2:3b" }))
      const provider = ConfigProvider.fromMap(new Map(Object.entries(environment)))
      const model = yield* Effect.provide(Model, yield* Effect.withConfigProvider(ollama, provider))
      const turn = yield* model.generate(hello, () => {})
      const { body, headers } = yield* Effect.promise(() => server.received(0))
      assert.strictEqual(model.provider, "ollama")
      assert.strictEqual(turn.costUsd, undefined)
      assert.strictEqual(body.model, "llama3.2:3b")
      assert.strictEqual(body["max_tokens"], 50)
      assert.notProperty(headers, "authorization")
      assert.notProperty(headers, "openai-organization")
    })
  )
})
