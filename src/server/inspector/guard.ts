/**
 * Guard of the server: a request must bear the token, and must not come through a page of another origin.
 *
 * @since 0.1.0
 */
import { isToken } from "./token.js"

/** Fields of a request that the guard checks. */
export interface Asking {
  readonly host: string | undefined
  readonly origin: string | undefined
  readonly token: string | null | undefined
}

/** Refusal of a request. `tokenFailed` is true if only the token is missing or wrong. */
export interface GuardRefusal {
  readonly message: string
  readonly tokenFailed: boolean
}

/** Gives the reason to refuse a request, or `undefined`. */
export const refusalOf = (
  { host, origin, token }: Asking,
  port: number,
  expected: string
): GuardRefusal | undefined => {
  const message = foreignOf({ host, origin }, port)
  if (message !== undefined) return { message, tokenFailed: false }
  const flaw = isToken(expected, token) ? undefined : token == null ? missing : wrong
  return flaw === undefined ? undefined : { message: flaw, tokenFailed: true }
}

const missing = "the token is missing: open the whole address that the command printed"
const wrong = "the token is wrong: open the address that the running command printed; each run has its own"

/** Gives the reason why a request comes from elsewhere, or `undefined`. */
export const foreignOf = ({ host, origin }: Pick<Asking, "host" | "origin">, port: number): string | undefined => {
  // A foreign page could get around the browser's rules with a name that resolves to 127.0.0.1 (DNS rebinding).
  if (!hosts(port).includes(host ?? "")) {
    return `this server answers to 127.0.0.1:${port} only, not to the host ${JSON.stringify(host ?? "")}`
  }
  if (origin !== undefined && !hosts(port).some((own) => origin === `http://${own}`)) {
    return `pages of ${origin} may not read this server`
  }
  return undefined
}

const hosts = (port: number): ReadonlyArray<string> => {
  const names = ["127.0.0.1", "localhost"]
  return [...names.map((name) => `${name}:${port}`), ...(port === 80 ? names : [])]
}

/** Headers of every answer: the page loads from and sends to this server only, runs in no frame, and is not cached. */
export const securityHeaders: Readonly<Record<string, string>> = {
  "content-security-policy":
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self'; " +
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
  "x-content-type-options": "nosniff",
  "x-frame-options": "DENY",
  "referrer-policy": "no-referrer",
  "cross-origin-resource-policy": "same-origin",
  "cross-origin-opener-policy": "same-origin",
  "cache-control": "no-store"
}
