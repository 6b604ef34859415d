import { Context, Effect, Layer, Redacted } from "effect"
import { Model, type ModelRequest } from "../../../src/layers/aios/index.js"
import { AnthropicModel } from "../../../src/layers/arcan/index.js"
import type { MessagesBody } from "../../support/anthropicServer.js"
import { askModel, hello, serving as serve } from "./support.js"

export { errorOf, hello, turnOf } from "./support.js"

export const apiKey = "sk-ant-test-0123456789"

export const serving = serve<MessagesBody>

/** The model as a service, talking to the server. */
export const modelAt = (server: { readonly url: string }, options: Partial<AnthropicModel.AnthropicOptions> = {}) =>
  Layer.build(AnthropicModel.layer({ apiKey: Redacted.make(apiKey), baseUrl: server.url, ...options })).pipe(
    Effect.map((context) => Context.get(context, Model))
  )

/** Carries out one call. */
export const ask = (
  server: { readonly url: string },
  request: ModelRequest = hello,
  options: Partial<AnthropicModel.AnthropicOptions> = {}
) => Effect.flatMap(modelAt(server, options), (model) => askModel(model, request))
