/**
 * Model errors, made from the errors that a call to a model provider throws; each says what to do next. All providers
 * share them.
 *
 * @since 0.1.0
 */
import { Limits, ModelError } from "../aios/index.js"
import { TooManyBytes } from "./boundedFetch.js"

/** A reason of a model error. */
export type Reason = ModelError["reason"]

/** Names of a provider in errors and in the environment. */
export interface ProviderNames {
  /** `anthropic`, `openai`, … */
  readonly provider: string
  /** API of its servers. */
  readonly api: string
  /** Prefix of its environment variables: `OPENAI` for `OPENAI_API_KEY`. */
  readonly variables: string
}

const nextSteps = ({ api, variables }: ProviderNames): Readonly<Record<Reason, string>> => ({
  Authentication: `Check ${variables}_API_KEY and the account, or take the provider scout, which needs no key.`,
  InvalidRequest: "Correct this first: the same request would fail again.",
  RateLimited: "Lower the rate of calls or try again later.",
  Overloaded: "Try again later.",
  Unavailable: `Check the network and ${variables}_BASE_URL, then try again.`,
  StreamCut: "The part that came in was dropped; try again.",
  MalformedResponse: `Check that ${variables}_BASE_URL names a server of the ${api}.`
})

// The path of a redirect helps to find the final address; its query may hold anything.
const unnamed = "another address"
const addressIn = (headers: Headers | undefined, from: string): string => {
  const location = headers?.get("location") ?? ""
  if (URL.canParse(location)) {
    const { host, pathname, protocol } = new URL(location)
    return /^https?:$/.test(protocol) ? `${protocol}//${host}${pathname}` : unnamed
  }
  const base = `http://${from}`
  return location !== "" && URL.canParse(location, base) ? from + new URL(location, base).pathname : unnamed
}

const retryable: ReadonlySet<Reason> = new Set(["RateLimited", "Overloaded", "Unavailable", "StreamCut"])

/**
 * An error with the provider, the next step and the retry flag filled in. `what` may quote the server: the function
 * cuts it to a readable length and removes the `secret` from it.
 */
export const modelError = (
  names: ProviderNames,
  reason: Reason,
  what: string,
  options: { readonly secret?: string | undefined; readonly retryAfterMs?: number | undefined } = {}
): ModelError => {
  const { retryAfterMs, secret } = options
  const wait = retryAfterMs === undefined ? "" : ` The provider asks to wait ${Math.ceil(retryAfterMs / 1000)} s.`
  // The text is redacted before it is cut, so that no part of the secret is left at its end.
  const shown = shorten(secret === undefined ? what : what.replaceAll(secret, "<redacted>"))
  return new ModelError({
    provider: names.provider,
    reason,
    retryable: retryable.has(reason),
    ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
    message: `${shown}.${wait} ${nextSteps(names)[reason]}`
  })
}

type ErrorClass<A> = abstract new (...args: ReadonlyArray<never>) => A

/** Error that an SDK throws when the server answers with an error, or sends one within its answer. */
export interface ApiFailure extends Error {
  readonly status: number | undefined
  readonly headers: Headers | undefined
  readonly requestID?: string | null | undefined
  readonly type?: string | null | undefined
  readonly code?: unknown
  /** Message of the server. */
  readonly apiMessage?: string | null | undefined
  /** The body of the answer, or the error in it. */
  readonly error?: unknown
}

/** The error classes of an SDK. */
export interface SdkErrors {
  readonly APIError: ErrorClass<ApiFailure>
  readonly APIConnectionError: ErrorClass<Error>
  readonly APIConnectionTimeoutError: ErrorClass<Error>
}

/** Facts about a call that failed. */
export interface CallContext {
  readonly names: ProviderNames
  readonly sdk: SdkErrors
  readonly host: string
  readonly secret: string | undefined
  /** Milliseconds since the epoch, for dates in `retry-after`. */
  readonly nowMs: number
}

// The error words of both APIs; for any other word the status decides.
const reasonsByWord: ReadonlyMap<string, Reason> = new Map([
  ["authentication_error", "Authentication"],
  ["permission_error", "Authentication"],
  ["billing_error", "Authentication"],
  // The API answers 429 for an account without credit as well, where waiting does not help.
  ["insufficient_quota", "Authentication"],
  ["invalid_api_key", "Authentication"],
  ["invalid_request_error", "InvalidRequest"],
  ["not_found_error", "InvalidRequest"],
  ["request_too_large", "InvalidRequest"],
  ["context_length_exceeded", "InvalidRequest"],
  ["rate_limit_error", "RateLimited"],
  ["rate_limit_exceeded", "RateLimited"],
  ["overloaded_error", "Overloaded"]
])

const reasonByStatus = (status: number): Reason => {
  if (status === 401 || status === 402 || status === 403) return "Authentication"
  if (status === 429) return "RateLimited"
  if (status === 503 || status === 529) return "Overloaded"
  return status >= 500 || status === 408 || status === 409 ? "Unavailable" : "InvalidRequest"
}

/** Maps an error that an SDK throws before or while the answer streams in. */
export const toModelError = (cause: unknown, { host, names, nowMs, sdk, secret }: CallContext): ModelError => {
  const fail = (reason: Reason, what: string, retryAfterMs?: number) =>
    modelError(names, reason, what, { secret, retryAfterMs })
  if (cause instanceof sdk.APIConnectionTimeoutError) return fail("Unavailable", `${host} did not answer in time`)
  if (cause instanceof sdk.APIConnectionError) {
    return fail("Unavailable", `${host} could not be reached: ${rootOf(cause)}`)
  }
  if (cause instanceof sdk.APIError) {
    const { code, headers, requestID, status, type } = cause
    const byWord = reasonsByWord.get(String(code)) ?? reasonsByWord.get(String(type))
    if (status === undefined) {
      // Some servers put a status into the field `code`, others a word.
      const reason = byWord ?? (typeof code === "number" ? reasonByStatus(code) : "Unavailable")
      return fail(reason, `${host} ended the answer with ${String(type ?? code)}: ${textOf(cause)}`)
    }
    if (status >= 300 && status < 400) {
      const what = `${host} answered ${status}: it redirects to ${addressIn(headers, host)}, and a request with a conversation follows no redirect`
      return fail("MalformedResponse", `${what}. Set ${names.variables}_BASE_URL to the final address`)
    }
    const id = requestID == null ? "" : ` (request ${requestID})`
    const reason = status === 429 && byWord !== undefined ? byWord : reasonByStatus(status)
    return fail(reason, `${host} answered ${status}${id}: ${textOf(cause)}`, retryAfterMsIn(headers, nowMs))
  }
  if (cause instanceof TooManyBytes) {
    return fail("MalformedResponse", `${host} sent ${cause.message}, and was cut off`)
  }
  // The message of the cause quotes a piece of the answer, which may be a piece of the key.
  if (cause instanceof SyntaxError) return fail("MalformedResponse", `${host} sent an event that is not JSON`)
  return fail("StreamCut", `The connection to ${host} broke during the answer: ${rootOf(cause)}`)
}

// One SDK gives the message of the server by itself, the other puts the status before it.
const textOf = ({ apiMessage, error, message }: ApiFailure): string => {
  if (typeof apiMessage === "string") return apiMessage
  const said = typeof error === "object" && error !== null && "message" in error ? error.message : undefined
  return typeof said === "string" ? said : message
}

/** `retry-after-ms`, or `retry-after` in seconds or as an HTTP date; `undefined` when there is no valid one. */
const retryAfterMsIn = (headers: Headers | undefined, nowMs: number): number | undefined => {
  const ms = headers?.get("retry-after-ms") || "none"
  const wait = headers?.get("retry-after") || "none"
  const found = [Number(ms), Number(wait) * 1000, Date.parse(wait) - nowMs].find(Number.isFinite)
  return found === undefined ? undefined : Math.min(Math.max(0, found), Limits.modelRetryAfterMsMax)
}

const rootOf = (cause: unknown): string => {
  let root = cause
  while (root instanceof Error && root.cause instanceof Error) root = root.cause
  if (!(root instanceof Error)) return String(root)
  return "code" in root && typeof root.code === "string" ? `${root.code} ${root.message}`.trim() : root.message
}

const charactersMax = 500
const shorten = (text: string): string => (text.length <= charactersMax ? text : `${text.slice(0, charactersMax - 1)}…`)
