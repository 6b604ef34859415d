/**
 * The secret in the address of the page: a viewer that knows it may watch.
 *
 * @since 0.1.0
 */
import { randomBytes, timingSafeEqual } from "node:crypto"
import { Effect } from "effect"

const tokenBytes = 24

/** A new token of 192 random bits, safe in a URL. */
export const makeToken: Effect.Effect<string> = Effect.sync(() => randomBytes(tokenBytes).toString("base64url"))

/** Tells whether a text is the token. The duration of the comparison reveals nothing about the token. */
export const isToken = (token: string, given: string | null | undefined): boolean => {
  const [expected, actual] = [Buffer.from(token), Buffer.from(given ?? "")]
  return expected.length === actual.length && timingSafeEqual(expected, actual)
}
