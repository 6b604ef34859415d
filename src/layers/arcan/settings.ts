/**
 * Settings of a provider: variables of the environment, and checks before the first request. All providers share them.
 *
 * @since 0.1.0
 */
import { Config, Effect, Option, Redacted } from "effect"
import type { ModelError } from "../aios/index.js"
import { modelError, type ProviderNames } from "./errors.js"

/** Settings in the environment; a field is absent when its variable is not set. */
export interface Environment {
  readonly apiKey?: Redacted.Redacted
  readonly baseUrl?: string
  readonly model?: string
  readonly maxOutputTokens?: number
  readonly contextWindowTokens?: number
}

/**
 * Reads the variables of a provider: `…_API_KEY`, `…_BASE_URL`, `…_MODEL`, `…_MAX_TOKENS` and `…_CONTEXT_LENGTH`. Fails
 * with `InvalidRequest` when one is malformed.
 */
export const fromEnvironment = (names: ProviderNames): Effect.Effect<Environment, ModelError> =>
  Effect.gen(function* () {
    const variable = (name: string) => `${names.variables}_${name}`
    const apiKey = yield* setting(Config.redacted(variable("API_KEY")))
    const baseUrl = yield* setting(Config.nonEmptyString(variable("BASE_URL")))
    const model = yield* setting(Config.nonEmptyString(variable("MODEL")))
    const maxOutputTokens = yield* setting(positiveInteger(variable("MAX_TOKENS")))
    const contextWindowTokens = yield* setting(positiveInteger(variable("CONTEXT_LENGTH")))
    return {
      // An empty variable counts as not set.
      ...(apiKey === undefined || Redacted.value(apiKey) === "" ? {} : { apiKey }),
      ...(baseUrl === undefined ? {} : { baseUrl }),
      ...(model === undefined ? {} : { model }),
      ...(maxOutputTokens === undefined ? {} : { maxOutputTokens }),
      ...(contextWindowTokens === undefined ? {} : { contextWindowTokens })
    }
  }).pipe(
    Effect.catchTag("ConfigError", (error) =>
      Effect.fail(modelError(names, "InvalidRequest", `The environment is not usable: ${String(error)}`))
    )
  )

const setting = <A>(config: Config.Config<A>) => Effect.map(Config.option(config), Option.getOrUndefined)

const positiveInteger = (name: string) =>
  Config.integer(name).pipe(
    Config.validate({ message: "it must be a positive integer", validation: (value) => value > 0 })
  )

/** The environment with its key. Fails with `Authentication` when the key is not set. */
export const requireKey = <A extends Environment>(
  names: ProviderNames,
  environment: A
): Effect.Effect<A & { readonly apiKey: Redacted.Redacted }, ModelError> => {
  const { apiKey } = environment
  return apiKey === undefined
    ? Effect.fail(modelError(names, "Authentication", `${names.variables}_API_KEY is not set`))
    : Effect.succeed({ ...environment, apiKey })
}

/** The text of a key. Fails with `Authentication` when the text cannot be a key. */
export const secretOf = (names: ProviderNames, apiKey: Redacted.Redacted): Effect.Effect<string, ModelError> => {
  const secret = Redacted.value(apiKey)
  return /^[\x21-\x7e]+$/.test(secret)
    ? Effect.succeed(secret)
    : Effect.fail(
        modelError(names, "Authentication", "The API key is empty or holds white space or letters that no key has")
      )
}

/** The address of the server. Fails with `InvalidRequest` when `baseUrl` is no URL or holds a user or a password. */
export const addressOf = (
  names: ProviderNames,
  baseUrl: string
): Effect.Effect<{ readonly host: string; readonly address: string; readonly port: number }, ModelError> => {
  const url = URL.canParse(baseUrl) ? new URL(baseUrl) : undefined
  if (url === undefined || !/^https?:$/.test(url.protocol) || url.username !== "" || url.password !== "") {
    const what = `${names.variables}_BASE_URL is not an http or https URL without user and password`
    return Effect.fail(modelError(names, "InvalidRequest", what))
  }
  const { host, hostname, port, protocol } = url
  return Effect.succeed({ host, address: hostname, port: Number(port) || (protocol === "http:" ? 80 : 443) })
}
