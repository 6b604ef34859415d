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

/** Gives the reason to refuse a request, or `undefined`. */
export const refusalOf = ({ host, origin, token }: Asking, port: number, expected: string): string | undefined => {
  // A foreign page could get around the browser's rules with a name that resolves to 127.0.0.1 (DNS rebinding).
  if (!hosts(port).includes(host ?? "")) {
    return `this server answers to 127.0.0.1:${port} only, not to the host ${JSON.stringify(host ?? "")}`
  }
  if (origin !== undefined && !hosts(port).some((own) => origin === `http://${own}`)) {
    return `pages of ${origin} may not read this server`
  }
  if (!isToken(expected, token)) {
    return token == null
      ? "the token is missing: open the whole address that the command printed"
      : "the token is wrong: open the address that the running command printed; each run has its own"
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
