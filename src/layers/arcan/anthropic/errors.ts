/**
 * From whatever a Messages API call throws to a model error that says what to do.
 */
import type * as Sdk from "@anthropic-ai/sdk"
import { ModelError } from "../../aios/index.js"

type Reason = ModelError["reason"]

/** What is known about a call that failed. */
export interface CallContext {
  readonly sdk: typeof Sdk
  readonly host: string
  readonly secret: string
  /** Milliseconds since the epoch, for dates in `retry-after`. */
  readonly nowMs: number
}

const nextSteps: Readonly<Record<Reason, string>> = {
  Authentication: "Check ANTHROPIC_API_KEY and the account, or use --provider scout, which needs no key.",
  InvalidRequest: "Correct this first: the same request would fail again.",
  RateLimited: "Lower the rate of calls or try again later.",
  Overloaded: "Try again later.",
  Unavailable: "Check the network and ANTHROPIC_BASE_URL, then try again.",
  StreamCut: "The part that came in was dropped; try again.",
  MalformedResponse: "Check that ANTHROPIC_BASE_URL names a server of the Messages API."
}

const retryable: ReadonlySet<Reason> = new Set(["RateLimited", "Overloaded", "Unavailable", "StreamCut"])

/**
 * An error with the provider, the next step and the retry flag filled in. `what` may quote the server: it is cut to a
 * readable length, and the `secret` is taken out of it.
 */
export const modelError = (
  reason: Reason,
  what: string,
  options: { readonly secret?: string; readonly retryAfterMs?: number | undefined } = {}
): ModelError => {
  const { retryAfterMs, secret } = options
  const wait = retryAfterMs === undefined ? "" : ` The provider asks to wait ${Math.ceil(retryAfterMs / 1000)} s.`
  // Redacted before it is cut, so that no part of the secret is left at the end.
  const shown = shorten(secret === undefined ? what : what.replaceAll(secret, "<redacted>"))
  return new ModelError({
    provider: "anthropic",
    reason,
    retryable: retryable.has(reason),
    ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
    message: `${shown}.${wait} ${nextSteps[reason]}`
  })
}

const reasonsByType: ReadonlyMap<string, Reason> = new Map([
  ["authentication_error", "Authentication"],
  ["permission_error", "Authentication"],
  ["billing_error", "Authentication"],
  ["invalid_request_error", "InvalidRequest"],
  ["not_found_error", "InvalidRequest"],
  ["request_too_large", "InvalidRequest"],
  ["rate_limit_error", "RateLimited"],
  ["overloaded_error", "Overloaded"]
])

const reasonByStatus = (status: number): Reason => {
  if (status === 401 || status === 402 || status === 403) return "Authentication"
  if (status === 429) return "RateLimited"
  if (status === 503 || status === 529) return "Overloaded"
  return status >= 500 || status === 408 || status === 409 ? "Unavailable" : "InvalidRequest"
}

/** Maps anything thrown before or while the answer streams in. */
export const toModelError = (cause: unknown, { host, nowMs, sdk, secret }: CallContext): ModelError => {
  const fail = (reason: Reason, what: string, retryAfterMs?: number) =>
    modelError(reason, what, { secret, retryAfterMs })
  if (cause instanceof sdk.APIConnectionTimeoutError) return fail("Unavailable", `${host} did not answer in time`)
  if (cause instanceof sdk.APIConnectionError) {
    return fail("Unavailable", `${host} could not be reached: ${rootOf(cause)}`)
  }
  if (cause instanceof sdk.APIError) {
    const text = cause.apiMessage ?? cause.message
    if (cause.status === undefined) {
      const reason = reasonsByType.get(String(cause.type)) ?? "Unavailable"
      return fail(reason, `${host} ended the answer with ${String(cause.type)}: ${text}`)
    }
    const id = cause.requestID == null ? "" : ` (request ${cause.requestID})`
    const what = `${host} answered ${cause.status}${id}: ${text}`
    return fail(reasonByStatus(cause.status), what, retryAfterMsIn(cause.headers, nowMs))
  }
  if (cause instanceof SyntaxError) {
    return fail("MalformedResponse", `${host} sent an event that is not JSON: ${cause.message}`)
  }
  return fail("StreamCut", `The connection to ${host} broke during the answer: ${rootOf(cause)}`)
}

/** `retry-after-ms`, or `retry-after` in seconds or as an HTTP date; `undefined` when neither is there and valid. */
const retryAfterMsIn = (headers: Headers | undefined, nowMs: number): number | undefined => {
  const ms = headers?.get("retry-after-ms") || "none"
  const wait = headers?.get("retry-after") || "none"
  const found = [Number(ms), Number(wait) * 1000, Date.parse(wait) - nowMs].find(Number.isFinite)
  return found === undefined ? undefined : Math.max(0, found)
}

const rootOf = (cause: unknown): string => {
  let root = cause
  while (root instanceof Error && root.cause instanceof Error) root = root.cause
  if (!(root instanceof Error)) return String(root)
  return "code" in root && typeof root.code === "string" ? `${root.code} ${root.message}`.trim() : root.message
}

const charactersMax = 500
const shorten = (text: string): string => (text.length <= charactersMax ? text : `${text.slice(0, charactersMax - 1)}…`)
