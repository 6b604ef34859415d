import { Context, Effect, Layer, Redacted } from "effect"
import { Model, type ModelRequest } from "../../../src/layers/aios/index.js"
import { OpenAiModel } from "../../../src/layers/arcan/index.js"
import type { ChatBody } from "../../support/openAiServer.js"
import { askModel, hello, serving as serve } from "./support.js"

export { errorOf, hello, turnOf } from "./support.js"

export const apiKey = "sk-proj-test-0123456789"

export const serving = serve<ChatBody>

/** The layer of a model that talks to the server. */
export const layerAt = (server: { readonly url: string }, options: Partial<OpenAiModel.OpenAiOptions> = {}) =>
  OpenAiModel.layer({
    apiKey: Redacted.make(apiKey),
    model: "gpt-5.2",
    baseUrl: `${server.url}/v1`,
    ...options
  })

/** The model as a service. */
export const modelAt = (server: { readonly url: string }, options?: Partial<OpenAiModel.OpenAiOptions>) =>
  Effect.map(Layer.build(layerAt(server, options)), (context) => Context.get(context, Model))

/** Carries out one call. */
export const ask = (
  server: { readonly url: string },
  request: ModelRequest = hello,
  options?: Partial<OpenAiModel.OpenAiOptions>
) => Effect.flatMap(modelAt(server, options), (model) => askModel(model, request))
