/**
 * Masks secrets in data that leaves the process for people to read: in watchers, traces and logs.
 *
 * A secret is recognised by its form (keys of well-known services, bearer tokens, private keys, passwords in addresses)
 * or by its name. A secret without a known form and a known name cannot be told from other text.
 *
 * @since 0.1.0
 */
import type { Json } from "./Json.js"
import { Limits } from "./Limits.js"

/**
 * Text in the place of a secret.
 *
 * @since 0.1.0
 * @category constants
 */
export const masked = "[masked]"

const names =
  "password|passwd|passphrase|secret|token|api[-_ ]?key|access[-_ ]?key|private[-_ ]?key|authorization|cookie|credentials?"

const secretName = new RegExp(`(?:${names})$`, "i")

// No match starts within a word, so each run of characters is scanned once and the time stays linear.
const tokens = new RegExp(
  `(?<![A-Za-z0-9_-])(?:${[
    "sk-[\\w-]{12,}",
    "[prs]k_(?:live|test)_\\w{10,}",
    "gh[opsur]_\\w{20,}",
    "github_pat_\\w{20,}",
    "glpat-[\\w-]{16,}",
    "hf_[A-Za-z0-9]{20,}",
    "npm_[A-Za-z0-9]{20,}",
    "xox[a-z]-[\\w-]{10,}",
    "(?:AKIA|ASIA)[A-Z0-9]{16}",
    "AIza[\\w-]{30,}",
    "eyJ[\\w-]{8,}\\.[\\w-]{8,}(?:\\.[\\w-]*)?"
  ].join("|")})`,
  "g"
)

// Value after a name: a quoted text, a text with escaped quotes, or a word. The end of each may be cut off.
const named = new RegExp(
  `((?:${names})\\\\{0,3}["']?\\s{0,4}[:=]\\s{0,4})(?:(?:Basic|Bearer|Digest)\\s{1,8})?` +
    `(?:"(?:[^"\\\\]|\\\\[^])*(?:"|\\\\?$)|'(?:[^'\\\\]|\\\\[^])*(?:'|\\\\?$)|` +
    `\\\\+["'][^"'\\\\]*(?:\\\\+["']|\\\\*$)|(?:\\[masked\\]|[^\\s"'\\\\,;&)}\\]])+)`,
  "gi"
)

// A private key has several words, so its pattern comes first: the others would mask only parts of it.
const patterns: ReadonlyArray<readonly [pattern: RegExp, replacement: string]> = [
  [/-----BEGIN [A-Z ]{0,40}PRIVATE KEY-----[^]*?(?:-----END [A-Z ]{0,40}PRIVATE KEY-----|$)/g, masked],
  [named, `$1${masked}`],
  [tokens, masked],
  [/\b(Bearer\s{1,8})(?=[\w.~+/=-]*\d|[\w.~+/=-]{16})[\w.~+/=-]{6,}/gi, `$1${masked}`],
  [/\b([a-z][a-z0-9+.-]{1,20}:\/\/[^\s/:@]{0,256}:)[^\s/@]{1,256}(?=@)/gi, `$1${masked}`]
]

/**
 * Gives a text with its secrets masked.
 *
 * @since 0.1.0
 * @category masking
 * @example
 * ```ts
 * import { Secrets } from "life-agent-os"
 *
 * Secrets.mask("curl -H 'Authorization: Bearer eyJhbGciOi.J9.x1' https://ada:lace@example.org")
 * // "curl -H 'Authorization: [masked]' https://ada:[masked]@example.org"
 * ```
 */
export const maskSecrets = (text: string): string =>
  suspicious.test(text) ? patterns.reduce((rest, [pattern, to]) => rest.replace(pattern, to), text) : text

// Every pattern needs one of these to match, and most texts have none.
const suspicious = /[-_:=.]|AKIA|ASIA|AIza|bearer/i

/**
 * Gives a JSON value with its secrets masked: every text by `maskText`, and every value under the name of a secret as a
 * whole. Values nested deeper than `Limits.inspectionDepthMax` are left out.
 *
 * @since 0.1.0
 * @category masking
 */
export const maskJson = (value: Json, maskText: (text: string) => string = maskSecrets): Json =>
  maskAt(value, maskText, Limits.inspectionDepthMax)

const maskAt = (value: Json, maskText: (text: string) => string, depth: number): Json => {
  if (typeof value === "string") return maskText(value)
  if (typeof value !== "object" || value === null) return value
  if (depth === 0) return "[nested too deep]"
  if (isList(value)) return value.map((item) => maskAt(item, maskText, depth - 1))
  // Made from entries, because an entry may be called "__proto__".
  return Object.fromEntries(
    Object.entries(value).map(([key, item]) => [
      key.length < shortestKey ? key : maskText(key),
      isSecret(key, item) ? masked : maskAt(item, maskText, depth - 1)
    ])
  )
}

// A name that is itself the key of some service is longer than any name of this runtime.
const shortestKey = 24

const isSecret = (key: string, value: Json): boolean =>
  value !== null && typeof value !== "boolean" && value !== "" && secretName.test(key)

const isList = (value: Json): value is ReadonlyArray<Json> => Array.isArray(value)

/**
 * Gives the length of the beginning of a streamed text that no later text can make a part of a secret.
 *
 * @since 0.1.0
 * @category masking
 */
export const settledLength = (text: string): number => text.length
