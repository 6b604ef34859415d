import { Context, Effect, Layer, Redacted } from "effect"
import { Model, type ModelRequest } from "../../../src/layers/aios/index.js"
import { AnthropicModel } from "../../../src/layers/arcan/index.js"
import { type AnthropicServer, type Script, startAnthropicServer } from "../../support/anthropicServer.js"
import { askModel, hello } from "./asking.js"

export { errorOf, hello, turnOf } from "./asking.js"

export const apiKey = "sk-ant-test-0123456789"

export const serving = (script: Script) =>
  Effect.acquireRelease(
    Effect.promise(() => startAnthropicServer(script)),
    (server) => Effect.promise(() => server.close())
  )

/** The model as a service, talking to the server. */
export const modelAt = (server: AnthropicServer, options: Partial<AnthropicModel.AnthropicOptions> = {}) =>
  Layer.build(AnthropicModel.layer({ apiKey: Redacted.make(apiKey), baseUrl: server.url, ...options })).pipe(
    Effect.map((context) => Context.get(context, Model))
  )

/** Carries out one call. */
export const ask = (
  server: AnthropicServer,
  request: ModelRequest = hello,
  options: Partial<AnthropicModel.AnthropicOptions> = {}
) => Effect.flatMap(modelAt(server, options), (model) => askModel(model, request))
