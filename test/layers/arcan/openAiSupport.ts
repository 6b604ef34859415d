import { Context, Effect, Layer, Redacted } from "effect"
import { Model, type ModelRequest } from "../../../src/layers/aios/index.js"
import { OpenAiModel } from "../../../src/layers/arcan/index.js"
import { type OpenAiServer, type Script, startOpenAiServer } from "../../support/openAiServer.js"
import { askModel, hello } from "./asking.js"

export { errorOf, hello, turnOf } from "./asking.js"

export const apiKey = "sk-proj-test-0123456789"

export const serving = (script: Script) =>
  Effect.acquireRelease(
    Effect.promise(() => startOpenAiServer(script)),
    (server) => Effect.promise(() => server.close())
  )

/** The layer of a model that talks to the server. */
export const layerAt = (server: OpenAiServer, options: Partial<OpenAiModel.OpenAiOptions> = {}) =>
  OpenAiModel.layer({
    apiKey: Redacted.make(apiKey),
    model: "gpt-5.2",
    baseUrl: `${server.url}/v1`,
    ...options
  })

/** The model as a service. */
export const modelAt = (server: OpenAiServer, options?: Partial<OpenAiModel.OpenAiOptions>) =>
  Effect.map(Layer.build(layerAt(server, options)), (context) => Context.get(context, Model))

/** Carries out one call. */
export const ask = (
  server: OpenAiServer,
  request: ModelRequest = hello,
  options?: Partial<OpenAiModel.OpenAiOptions>
) => Effect.flatMap(modelAt(server, options), (model) => askModel(model, request))
