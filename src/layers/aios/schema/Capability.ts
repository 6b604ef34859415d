/**
 * Capabilities that a tool call needs and a policy grants: `domain:action:scope`.
 *
 * @since 0.1.0
 */
import { Schema } from "effect"
import { Limits } from "./Limits.js"

/**
 * A capability or a pattern of capabilities, for example `fs:read:/src/**`, `fs:write:/report.md`,
 * `net:egress:*.example.com`, `exec:cmd:git`, `secrets:read:mail`, or `*` for all of them.
 *
 * A scope that begins with `/` is a path: `*` stands for any part of one name, and `**`, as a whole name, for any number
 * of names, so `/src/**` covers `/src` itself. In any other scope `*` stands for any text. No other character is special.
 * Control characters and line separators are not allowed; {@link escapeScope} writes them.
 *
 * @since 0.1.0
 * @category models
 */
export const Capability = Schema.String.pipe(
  Schema.filter((text) => (isForm(text) ? undefined : noCapability(text)), {
    jsonSchema: { pattern: "^(\\*{1,2}|[a-z]+:([a-z]+|\\*):.+)$" }
  }),
  Schema.annotations({ identifier: "Capability" })
)

/**
 * @since 0.1.0
 * @category models
 */
export type Capability = typeof Capability.Type

// The characters that a terminal obeys, that end a line, or that are invisible.
const unprintable = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u

const form = /^(\*{1,2}|[a-z]+:(?:[a-z]+|\*):.+)$/su

// Nearly all capabilities are of plain characters, and need no look at classes of Unicode.
const plain = /^[a-z]+:[a-z]+:[!-~]+$/

const isForm = (text: string): boolean =>
  text.length <= Limits.capabilityCharactersMax && (plain.test(text) || (form.test(text) && !unprintable.test(text)))

const shownCharactersMax = 200

/**
 * Gives the message for a text that is no capability: the right form, and the capability that was probably meant.
 *
 * @since 0.1.0
 * @category constructors
 */
export const noCapability = (text: string): string => {
  const shown = escapeUnprintable(JSON.stringify(text.slice(0, shownCharactersMax)))
  if (text.length > Limits.capabilityCharactersMax) {
    return `${shown}… is no capability: it has ${text.length} characters, and the limit is ${Limits.capabilityCharactersMax}`
  }
  const hidden = unprintable.exec(text)
  if (hidden !== null && form.test(text)) {
    const point = hidden[0].codePointAt(0)?.toString(16).toUpperCase().padStart(4, "0")
    return (
      `${shown} is no capability: character ${hidden.index + 1} is U+${point}, which no capability may hold; ` +
      "Capability.escapeScope writes it as %XX"
    )
  }
  const [domain = "", action = "", ...scope] = text.split(/[^\w*/.-]+/).filter((word) => word !== "")
  const isNear = /^[a-z]+$/.test(domain) && /^([a-z]+|\*)$/.test(action)
  const meant = `${domain}:${action}:${scope.join(":") || (domain === "fs" ? "/**" : "*")}`
  return `${shown} is no capability: write domain:action:scope, as in ${isNear ? meant : "fs:read:/src/**"}, or * for all`
}

/**
 * Gives the capability to call a tool. It is for a call that names no capability.
 *
 * @since 0.1.0
 * @category constructors
 */
export const toolCapability = (toolName: string): Capability => `tool:call:${escapeScope(toolName)}`

const toHex = (byte: number): string => `%${byte.toString(16).toUpperCase().padStart(2, "0")}`
const percent = (text: string): string => Array.from(new TextEncoder().encode(text), toHex).join("")
const escapeUnprintable = (text: string): string => text.replace(new RegExp(unprintable, "gu"), percent)

/**
 * Writes free text as a part of a capability's scope, so that it names one thing only: `*`, control and invisible
 * characters, and a `%` that could be read as an escape become `%XX`, the bytes of their UTF-8.
 *
 * @since 0.1.0
 * @category constructors
 * @example
 * ```ts
 * import { Capability } from "life-agent-os"
 *
 * Capability.escapeScope("mallory\n*") // "mallory%0A%2A"
 * ```
 */
export const escapeScope = (text: string): string => escapeUnprintable(text.replace(/\*|%(?=[0-9A-Fa-f]{2})/g, percent))

/**
 * Gives the text that {@link escapeScope} has written.
 *
 * @since 0.1.0
 * @category constructors
 */
export const unescapeScope = (scope: string): string =>
  scope.replace(/(?:%[0-9A-F]{2})+/g, (bytes) =>
    new TextDecoder("utf-8", { ignoreBOM: true }).decode(
      Uint8Array.from(bytes.slice(1).split("%"), (hex) => Number.parseInt(hex, 16))
    )
  )

/**
 * A workspace path as a capability scope: absolute from the workspace root, `/` between names, no `.` or empty names,
 * each name as {@link escapeScope} writes it. Gives `undefined` for a path that steps upward with `..`: such a path has
 * no capability.
 *
 * @since 0.1.0
 * @category constructors
 */
export const pathScope = (path: string): string | undefined => {
  const names = path.split(/[/\\]/).filter((name) => name !== "" && name !== ".")
  return names.includes("..") ? undefined : `/${names.map(escapeScope).join("/")}`
}
