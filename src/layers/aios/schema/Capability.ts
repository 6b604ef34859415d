/**
 * Capabilities that a tool call needs and a policy grants: `domain:action:scope`.
 *
 * @since 0.1.0
 */
import { Schema } from "effect"
import picomatch from "picomatch"

/**
 * A capability or a pattern of capabilities, for example `fs:read:/src/**`, `fs:write:/report.md`,
 * `net:egress:*.example.com`, `exec:cmd:git`, `secrets:read:mail`, or `*` for all of them.
 *
 * @since 0.1.0
 * @category models
 */
export const Capability = Schema.String.pipe(
  Schema.pattern(/^(\*{1,2}|[a-z]+:[a-z*]+:.+)$/s, { message: ({ actual }) => noCapability(String(actual)) }),
  Schema.annotations({ identifier: "Capability" })
)

/**
 * @since 0.1.0
 * @category models
 */
export type Capability = typeof Capability.Type

const shownCharactersMax = 200

/**
 * Gives the message for a text that is no capability: the right form, and the capability that was probably meant.
 *
 * @since 0.1.0
 * @category constructors
 */
export const noCapability = (text: string): string => {
  const [domain = "", action = "", ...scope] = text.split(/[^\w*/.-]+/).filter((word) => word !== "")
  const isNear = /^[a-z]+$/.test(domain) && /^[a-z*]+$/.test(action)
  const meant = `${domain}:${action}:${scope.join(":") || (domain === "fs" ? "/**" : "*")}`
  const shown = JSON.stringify(text.slice(0, shownCharactersMax))
  return `${shown} is no capability: write domain:action:scope, as in ${isNear ? meant : "fs:read:/src/**"}, or * for all`
}

/**
 * Gives the capability to call a tool. It is for a tool that changes something or reaches outside and names no
 * capability.
 *
 * @since 0.1.0
 * @category constructors
 */
export const toolCapability = (toolName: string): Capability => `tool:call:${toolName}`

/**
 * A workspace path as a capability scope: absolute from the workspace root, `/` between names, no `.` or empty names.
 * Gives `undefined` for a path that steps upward with `..`: such a path has no capability and matches nothing.
 *
 * @since 0.1.0
 * @category constructors
 */
export const pathScope = (path: string): string | undefined => {
  const names = path.split(/[/\\]/).filter((name) => name !== "" && name !== ".")
  return names.includes("..") ? undefined : `/${names.join("/")}`
}

const compiled = new Map<string, (value: string) => boolean>()
const compiledMax = 1_024

// In a path, `*` stays inside one segment and `**` crosses segments; in any other scope, `*` matches anything.
// `/src/**` also matches `/src` itself, and `**` also matches no directory at all.
const matcher = (pattern: string): ((value: string) => boolean) => {
  const known = compiled.get(pattern)
  if (known !== undefined) return known
  const [domain = "", action = "", scope = ""] = split(pattern)
  const globs = domain === "fs" ? pathGlobs(scope) : [scope.replaceAll("*", "**")]
  const scopeMatches = picomatch(globs, { bash: domain !== "fs", dot: true, nonegate: true, noextglob: true })
  const match = (value: string): boolean => {
    const [d = "", a = "", s = ""] = split(value)
    return d === domain && (action === "*" || a === action) && (s === scope || scopeMatches(s))
  }
  if (compiled.size >= compiledMax) compiled.clear()
  compiled.set(pattern, match)
  return match
}

const pathGlobs = (glob: string): Array<string> => [
  glob,
  ...(glob.startsWith("/**/") ? [glob.slice(3)] : []),
  ...(glob.endsWith("/**") && glob !== "/**" ? [glob.slice(0, -3)] : [])
]

const split = (capability: string): ReadonlyArray<string> => {
  const first = capability.indexOf(":")
  const second = capability.indexOf(":", first + 1)
  return first < 0 || second < 0
    ? [capability]
    : [capability.slice(0, first), capability.slice(first + 1, second), capability.slice(second + 1)]
}

const stepsUpward = (capability: string): boolean => {
  const [domain, , scope = ""] = split(capability)
  return domain === "fs" && (pathScope(scope) !== scope || scope.includes("\0"))
}

/**
 * Tells whether `pattern` covers the capability `requested`. In paths, `*` stands for a part of one name, `**` for any
 * number of directories, and `/src/**` covers `/src` itself. No pattern, not even `*`, covers a requested path that is
 * not normalised (`..`, `.`, empty names, NUL).
 *
 * @since 0.1.0
 * @category predicates
 * @example
 * ```ts
 * import { Capability } from "life-agent-os"
 *
 * Capability.matches("fs:read:/src/**", "fs:read:/src/a/b.ts") // true
 * Capability.matches("fs:read:/src/**", "fs:read:/src/../etc/passwd") // false
 * ```
 */
export const capabilityMatches = (pattern: Capability, requested: Capability): boolean => {
  if (stepsUpward(requested)) return false
  return pattern === "*" || pattern === "**" || matcher(pattern)(requested)
}
