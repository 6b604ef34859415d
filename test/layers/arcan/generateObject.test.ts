import { assert, describe, it } from "@effect/vitest"
import { Context, Effect, Layer, Redacted, Schema } from "effect"
import { Model, type ModelDelta, type ModelRequest } from "../../../src/layers/aios/index.js"
import { AnthropicModel, generateObject, ScriptedModel } from "../../../src/layers/arcan/index.js"
import * as Anthropic from "../../support/anthropicServer.js"
import * as OpenAi from "../../support/openAiServer.js"
import * as AnthropicSupport from "./anthropicSupport.js"
import * as OpenAiSupport from "./openAiSupport.js"

const Verdict = Schema.Struct({
  score: Schema.Number.pipe(Schema.between(0, 1)),
  why: Schema.String,
  hints: Schema.optional(Schema.Array(Schema.String))
})

const question = {
  sessionId: "judge",
  system: "You judge.",
  messages: [{ role: "user", content: "2 + 2 = 5" }],
  name: "verdict"
} as const

const scripted = (...turns: ReadonlyArray<ScriptedModel.ScriptedTurn>) => {
  const requests: Array<ModelRequest> = []
  const layer = ScriptedModel.layer((request) => turns[requests.push(request) - 1] ?? { content: "no more" })
  return { requests, layer }
}

describe("generateObject", () => {
  it.effect("generateObject gives the value of the schema, decoded, and the turn it took", () =>
    Effect.gen(function* () {
      const { layer, requests } = scripted({ content: '{"score":0.1,"when":"2026-01-02T00:00:00.000Z"}', costUsd: 0.5 })
      const Dated = Schema.Struct({ score: Schema.Number, when: Schema.Date })
      const deltas: Array<ModelDelta> = []
      const asked = {
        ...question,
        model: "judge",
        maxOutputTokens: 50,
        onDelta: (delta: ModelDelta) => deltas.push(delta)
      }
      const { turns, value } = yield* Effect.provide(generateObject(asked, Dated), layer)
      assert.deepStrictEqual(value, { score: 0.1, when: new Date(Date.UTC(2026, 0, 2)) })
      assert.strictEqual(turns[0]?.costUsd, 0.5)
      assert.strictEqual(deltas.length, 1)
      const [request] = requests
      assert.strictEqual(request?.model, "judge")
      assert.strictEqual(request?.maxOutputTokens, 50)
      assert.strictEqual(request?.responseSchema?.name, "verdict")
      assert.deepStrictEqual(request?.responseSchema?.schema["required"], ["score", "when"])
    })
  )

  it.effect("generateObject tells the model what does not fit and asks once more", () =>
    Effect.gen(function* () {
      const { layer, requests } = scripted(
        { content: "Well: it is wrong." },
        { content: '```json\n{"score": 0, "why": "it is 4"}\n```' }
      )
      const { turns, value } = yield* Effect.provide(generateObject(question, Verdict), layer)
      assert.deepStrictEqual(value, { score: 0, why: "it is 4" })
      assert.strictEqual(turns.length, 2)
      const [, answer, complaint] = requests[1]?.messages ?? []
      assert.deepStrictEqual(answer, { role: "assistant", content: "Well: it is wrong.", toolCalls: [] })
      assert.include(complaint?.role === "user" ? complaint.content : "", "Your answer does not fit:")
    })
  )

  it.effect("generateObject fails when the second answer does not fit either, and says why", () =>
    Effect.gen(function* () {
      const { layer, requests } = scripted({ content: "{}" }, { content: '{"score": 7, "why": "x"}' })
      const error = yield* Effect.flip(Effect.provide(generateObject(question, Verdict), layer))
      assert.strictEqual(error._tag, "ObjectError")
      assert.strictEqual(error.reason, "Malformed")
      assert.include(error.message, "score")
      assert.strictEqual(requests.length, 2)
    })
  )

  for (const [stopReason, reason] of [
    ["refusal", "Refused"],
    ["max_tokens", "CutOff"]
  ] as const) {
    it.effect(`an answer that ends with ${stopReason} is not asked for again`, () =>
      Effect.gen(function* () {
        const { layer, requests } = scripted({ content: '{"sc', stopReason })
        const error = yield* Effect.flip(Effect.provide(generateObject(question, Verdict), layer))
        assert.strictEqual(error.reason, reason)
        assert.strictEqual(requests.length, 1)
      })
    )
  }

  it.effect("a schema that is not one of an object is refused before the model is asked", () =>
    Effect.gen(function* () {
      const { layer, requests } = scripted()
      const error = yield* Effect.flip(Effect.provide(generateObject(question, Schema.Array(Schema.String)), layer))
      assert.strictEqual(error.reason, "Schema")
      assert.strictEqual(requests.length, 0)
    })
  )

  const answer = '{"score":0.25,"why":"nearly"}'

  it.scopedLive("generateObject asks Anthropic for structured output, in the part of JSON Schema it takes", () =>
    Effect.gen(function* () {
      const server = yield* AnthropicSupport.serving([Anthropic.says(answer)])
      const model = AnthropicModel.layer({ apiKey: Redacted.make(AnthropicSupport.apiKey), baseUrl: server.url })
      const { value } = yield* Effect.provide(generateObject(question, Verdict), model)
      assert.deepStrictEqual(value, { score: 0.25, why: "nearly" })
      const format = server.requests[0]?.body["output_config"]
      assert.deepNestedPropertyVal(format, "format.type", "json_schema")
      assert.deepNestedPropertyVal(format, "format.schema.additionalProperties", false)
      // The API refuses bounds of numbers; they go into the description.
      assert.notNestedProperty(format, "format.schema.properties.score.maximum")
      assert.match(JSON.stringify(format), /maximum: 1/)
    })
  )

  it.scopedLive("generateObject asks OpenAI for the schema as it is", () =>
    Effect.gen(function* () {
      const server = yield* OpenAiSupport.serving([OpenAi.says(answer)])
      const { value } = yield* Effect.provide(generateObject(question, Verdict), OpenAiSupport.layerAt(server))
      assert.deepStrictEqual(value, { score: 0.25, why: "nearly" })
      const format = server.requests[0]?.body["response_format"]
      assert.deepNestedPropertyVal(format, "json_schema.name", "verdict")
      assert.deepNestedPropertyVal(format, "json_schema.strict", false)
      assert.deepNestedPropertyVal(format, "json_schema.schema.properties.score.maximum", 1)
    })
  )

  it.scopedLive("a schema that an API cannot take is an invalid request", () =>
    Effect.gen(function* () {
      const server = yield* AnthropicSupport.serving([])
      const model = yield* AnthropicSupport.modelAt(server)
      const schema = { type: "object", properties: { anything: {} } }
      const error = yield* Effect.flip(
        model.generate({ ...AnthropicSupport.hello, responseSchema: { name: "x", schema } }, () => {})
      )
      assert.strictEqual(error.reason, "InvalidRequest")
      assert.strictEqual(server.requests.length, 0)
    })
  )

  it.effect("generateObject needs nothing but a model", () =>
    Effect.gen(function* () {
      const { layer } = scripted({ content: answer })
      const context = yield* Layer.build(layer)
      const { value } = yield* generateObject(question, Verdict).pipe(
        Effect.provideService(Model, Context.get(context, Model))
      )
      assert.strictEqual(value.score, 0.25)
    }).pipe(Effect.scoped)
  )
})
