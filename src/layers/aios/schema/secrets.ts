/**
 * Masks secrets in data that leaves the process for people to read: in the output of the command, in watchers, traces
 * and logs. The journal keeps what happened, and models and tools get it whole.
 *
 * A secret is recognised by its form (keys of services, bearer tokens, private keys, passwords in addresses), by its
 * name, or as a random word that is assigned to the name of a service or a key. A secret without any of these cannot be
 * told from other text. Every expression is tried at places that no text can make many, or looks at a bounded piece of
 * text, so the time stays in proportion to the length of any text.
 *
 * @since 0.1.0
 */
import type { Json } from "./Json.js"
import { Limits } from "./Limits.js"
import { maskLines } from "./secretLines.js"
import { isKeyName, isRandom, maskWords } from "./secretWords.js"

/**
 * Text in the place of a secret.
 *
 * @since 0.1.0
 * @category constants
 */
export const masked = "[masked]"

const keys = "api|access|account|admin|app|auth|client|consumer|deploy|encryption|license|master|private|secret|service"
const names =
  `password|passwd|passphrase|passcode|secret|token|(?:${keys}|shared|signing|storage)[-_ ]?key|` +
  "secret[-_ ]?key[-_ ]?base|connection[-_ ]?string|authorization|cookie|credentials?"

const secretName = new RegExp(`(?:${names}|(?:^|[^a-z])(?:pwd|pass|_auth))$`, "i")

// Every pattern for a name needs a match of this one.
const anyName = new RegExp(`${names}|pwd|pass\\b|auth`, "i")

const doubleQuoted = '"(?:[^"\\\\]|\\\\[^])*(?:"|\\\\?$)'
const singleQuoted = "'(?:[^'\\\\]|\\\\[^])*(?:'|\\\\?$)"
const escapedQuoted = `\\\\+["'][^"'\\\\]*(?:\\\\+["']|\\\\*$)`
const value = `(?:${doubleQuoted}|${singleQuoted}|${escapedQuoted}|(?:\\[masked\\]|[^\\s"'\\\\,;&<)}\\]])+)`
const assigned = `\\\\{0,3}["']?\\]?\\s{0,4}(?:=>|:=|={1,3}|:{1,2})\\s{0,4}`

// The type of a field, and a variable that is only named, are no secrets.
const noSecret = `(?!(?:string|str|number|boolean|null|undefined|None|true|false)(?=[\\s,;)}\\]|"'?]|$)|\\$\\{?[A-Z_])`

const pattern = (source: string, flags: string): RegExp => new RegExp(source, flags)

// Value after a name: a quoted text, a text with escaped quotes, or a word. The end of each may be cut off.
const byName: ReadonlyArray<readonly [pattern: RegExp, replacement: string]> = [
  [/((?:set-)?cookie\\{0,3}["']?\s{0,4}:\s{0,4})(?=[^\s"'\\[])[^\r\n"'\\]+/gi, `$1${masked}`],
  [pattern(`((?:${names})${assigned})${noSecret}(?:(?:Basic|Bearer|Digest)\\s{1,8})?${value}`, "gi"), `$1${masked}`],
  // The working directory is called PWD as well.
  [pattern(`((?<![a-z])(?:pwd\\s{0,4}[=:]\\s{0,4}|pass=))(?![/~$.\\s]|[A-Z]:\\\\)${value}`, "gi"), `$1${masked}`],
  [/(_?auth\\{0,3}"\s{0,4}:\s{0,4}\\{0,3}")[\w+/=-]{8,}/g, `$1${masked}`],
  [pattern(`(--[\\w-]{0,32}(?:${names})[= ]{1,4})(?!-)${value}`, "gi"), `$1${masked}`],
  [/(login\s{1,4}\S{1,100}\s{1,8}password\s{1,4})\S{1,256}/g, `$1${masked}`],
  [pattern(`(<[\\w:.-]{0,32}(?:${names})>)[^<]{1,512}(?=</)`, "gi"), `$1${masked}`],
  [pattern(`(key="[\\w:.-]{0,32}(?:${names})"\\s{1,4}value=)"[^"]{1,512}"?`, "gi"), `$1${masked}`]
]

// Every secret has one of these or a long word, and many short texts have none.
const suspicious = /[:=<]|[\w-]{15}|--|login|bearer/i

const privateKey =
  /-{4,5} ?BEGIN [A-Z0-9 ]{0,40}PRIVATE KEY(?: BLOCK)? ?-{4,5}[^]*?(?:-{4,5} ?END [A-Z0-9 ]{0,40}PRIVATE KEY(?: BLOCK)? ?-{4,5}|$)/g

// Each with a piece of text that it needs. A private key has several words, so its pattern comes first: the others would
// mask only parts of it.
const byForm: ReadonlyArray<readonly [needed: string, pattern: RegExp, replacement: string]> = [
  ["PRIVATE KEY", privateKey, masked],
  ["Private-Lines", /(Private-Lines: \d{1,4}\s{1,2})(?:[\w+/=]{1,80}\s{1,2})+/g, `$1${masked}\n`],
  ["curl", /(curl\b[^\r\n]{0,200}?\s(?:-u|--user)[= ]{0,4}["']?[^\s:"']{0,100}:)[^\s"']{1,256}/g, `$1${masked}`],
  ["=", /([?&;](?:sig|signature|x-amz-signature|x-goog-signature)=)[\w%+/=-]{8,}/gi, `$1${masked}`],
  ["earer", /(Bearer\s{1,8})(?=[\w.~+/=-]*\d|[\w.~+/=-]{16})[\w.~+/=-]{6,}/gi, `$1${masked}`],
  ["://", /\b([a-z][a-z0-9+.-]{1,20}:\/\/[^\s/:@]{0,256}:)[^\s/@]{1,256}(?=@)/gi, `$1${masked}`]
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
export const maskSecrets = (text: string): string => {
  if (!suspicious.test(text)) return text
  let rest = text
  for (const [needed, form, to] of byForm) if (rest.includes(needed)) rest = rest.replace(form, to)
  if (anyName.test(rest)) for (const [name, to] of byName) rest = rest.replace(name, to)
  return maskWords(maskLines(rest, masked), masked)
}

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

const isSecret = (key: string, value: Json): boolean => {
  if (value === null || typeof value === "boolean" || value === "") return false
  return secretName.test(key) || (typeof value === "string" && isSecretUnder(key, value))
}

const isSecretUnder = (key: string, value: string): boolean =>
  key === "auth" ? /^[\w+/=-]{8,}$/.test(value) : /^[\w-]{15,}$/.test(value) && isRandom(value) && isKeyName(key)

const isList = (value: Json): value is ReadonlyArray<Json> => Array.isArray(value)

// Text that is not shown yet has a bound, so that a text without any blank is shown in the end.
const unsettledCharactersMax = 32_768
const unsettledLine = new RegExp(`-{4} ?(?:BEGIN|END)|Private-Lines|Bearer|curl|login|\\bkind:|${anyName.source}`, "i")
const keyBegin = /-{4,5} ?BEGIN [A-Z0-9 ]{0,40}PRIVATE KEY/g
const keyEnd = /-{4,5} ?END [A-Z0-9 ]{0,40}PRIVATE KEY/g

/**
 * Gives the length of the beginning of a streamed text that no later text can make a part of a secret.
 *
 * @since 0.1.0
 * @category masking
 */
export const settledLength = (text: string): number => {
  if (text.length > unsettledCharactersMax) return text.length
  const key = openKey(text)
  if (key !== undefined) return key
  const line = text.lastIndexOf("\n") + 1
  if (unsettledLine.test(text.slice(line))) return line
  // A secret without such a name has no blank in it, but it may be assigned to the word before.
  let end = wordStart(text, line, text.length)
  let word = ""
  do {
    const start = wordStart(text, line, end - 1)
    word = text.slice(start, end)
    end = Math.max(start, line)
  } while (end > line && /^[\s=:>,(?"'`\\|]*$/.test(word))
  return end
}

const wordStart = (text: string, line: number, from: number): number => {
  let start = from
  while (start > line && text[start - 1] !== " " && text[start - 1] !== "\t") start--
  return start
}

// The place of a private key without its end.
const openKey = (text: string): number | undefined => {
  keyEnd.lastIndex = 0
  for (;;) {
    keyBegin.lastIndex = keyEnd.lastIndex
    const begin = keyBegin.exec(text)
    if (begin === null) return undefined
    keyEnd.lastIndex = keyBegin.lastIndex
    if (!keyEnd.test(text)) return begin.index
  }
}
