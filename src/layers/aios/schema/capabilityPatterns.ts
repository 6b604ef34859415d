/**
 * Relations between patterns of capabilities: one covers another, or two have a capability in common.
 *
 * @since 0.1.0
 */
import { Schema } from "effect"
import { Capability, noCapability } from "./Capability.js"
import { Limits } from "./Limits.js"
import { wildcard, wildcardsMeet } from "./wildcard.js"

const anyNames = "**"

interface Pattern {
  readonly domain: string
  readonly action: string
  readonly scope: string
  /** The names of a scope that is a path. */
  readonly names?: ReadonlyArray<string>
}

const read = (text: string): Pattern => {
  const first = text.indexOf(":")
  const second = text.indexOf(":", first + 1)
  const scope = text.slice(second + 1)
  const names = scope.startsWith("/") ? gapsLast(scope.slice(1).split("/")) : undefined
  return {
    domain: text.slice(0, first),
    action: text.slice(first + 1, second),
    scope,
    ...(names && { names: scope === "/" ? [] : names })
  }
}

const isGap = (name: string): boolean => /^\*+$/.test(name)

// In a run of `*` and `**`, the order does not matter: n times `*` and a `**` stand for n names or more.
const gapsLast = (names: ReadonlyArray<string>): ReadonlyArray<string> => {
  const ordered: Array<string> = []
  let open = false
  for (const name of [...names, ""]) {
    if (!isGap(name) && open) {
      ordered.push(anyNames)
      open = false
    }
    if (name === anyNames) open = true
    else ordered.push(name)
  }
  return ordered.slice(0, -1)
}

const known = new Map<string, Pattern | undefined>()
const knownMax = 1_024

const isCapability = Schema.is(Capability)

// Gives `undefined` for a text that stands for nothing, because it is malformed. Policies of old sessions may hold some.
const parsed = (text: string): Pattern | undefined => {
  if (known.has(text)) return known.get(text)
  const pattern = isCapability(text) ? read(text) : undefined
  const usable = pattern !== undefined && scopeFlaw(pattern) === undefined ? pattern : undefined
  if (known.size >= knownMax) known.clear()
  known.set(text, usable)
  return usable
}

const isShort = (pattern: string): boolean => pattern.length <= Limits.capabilityPatternCharactersMax

const scopeFlaw = ({ domain, names, scope }: Pattern): string | undefined => {
  if (names === undefined) return domain === "fs" ? `the path "${scope}" does not begin with /` : undefined
  const wrong = names.find((name) => name === "" || name === "." || name === "..")
  if (wrong !== undefined)
    return `the path "${scope}" has ${wrong === "" ? "an empty name" : `the name ${wrong}`} in it`
  const partly = names.find((name) => name.includes(anyNames) && name !== anyNames)
  return partly === undefined
    ? undefined
    : `** stands for whole names, and "${partly}" has it inside a name; write * there`
}

const isAll = (text: string): boolean => text === "*" || text === anyNames

const isStar = (character: string): boolean => character === "*"

// A `*` of the covered text stands for any text, which nothing but a `*` covers.
const same = (a: string, b: string): boolean => a === b

const textCovers = (pattern: string, text: string): boolean => wildcard(pattern, text, isStar, same)

// As a text, a path with `/**` in it may also stand for the path without.
const asText = ({ names, scope }: Pattern): string => (names === undefined ? scope : scope.replaceAll("/**", "*"))

// The parts of a pattern that the names so far may have reached. A name moves on from each; `**` may stay where it is.
const namesCover = (pattern: ReadonlyArray<string>, names: ReadonlyArray<string>): boolean => {
  let reached = new Set<number>()
  const reach = (set: Set<number>, part: number): void => {
    set.add(part)
    if (pattern[part] === anyNames) set.add(part + 1)
  }
  reach(reached, 0)
  for (const name of names) {
    const next = new Set<number>()
    for (const at of reached) {
      const part = pattern[at]
      if (part === undefined) continue
      if (part === anyNames) reach(next, at)
      // A `**` of the covered pattern may be no name at all, so it never counts as one of the names that `*` asks for.
      else if (name === anyNames) {
        if (isInGap(pattern, at)) reach(next, at)
      } else if (textCovers(part, name)) reach(next, at + 1)
    }
    reached = next
  }
  return reached.has(pattern.length)
}

// `*` in front of a `**`: the names there are bounded below and not above.
const isInGap = (pattern: ReadonlyArray<string>, at: number): boolean => {
  let end = at
  while (pattern[end] === "*") end++
  return end > at && pattern[end] === anyNames
}

/**
 * Tells whether every capability that `covered` stands for is one that `pattern` stands for. Both may be patterns; the
 * answer is exact. A pattern that is malformed or longer than `Limits.capabilityPatternCharactersMax` covers nothing,
 * and nothing covers a path that is not normalised (`..`, `.`, empty names).
 *
 * Takes at most as many steps as `pattern` has characters times as many as `covered` has.
 *
 * @since 0.1.0
 * @category predicates
 * @example
 * ```ts
 * import { Capability } from "life-agent-os"
 *
 * Capability.covers("fs:read:/src/**", "fs:read:/src/a/b.ts") // true
 * Capability.covers("fs:read:/src/**", "fs:read:/src/*") // true
 * Capability.covers("fs:read:/src/*", "fs:read:/src/**") // false
 * Capability.covers("fs:read:/src/**", "fs:read:/src/../etc/passwd") // false
 * ```
 */
export const capabilityCovers = (pattern: Capability, covered: Capability): boolean => {
  if (isAll(covered)) return isAll(pattern)
  const inner = parsed(covered)
  if (inner === undefined) return false
  if (isAll(pattern)) return true
  const outer = isShort(pattern) ? parsed(pattern) : undefined
  if (outer === undefined || outer.domain !== inner.domain) return false
  if (outer.action !== "*" && outer.action !== inner.action) return false
  if (outer.names === undefined) return textCovers(outer.scope, asText(inner))
  return inner.names !== undefined && namesCover(outer.names, inner.names)
}

/**
 * Tells whether some capability is one that both patterns stand for. A malformed pattern overlaps its whole domain, so
 * that a gate that cannot be read still asks; a malformed request overlaps nothing, since nothing covers it either.
 *
 * @since 0.1.0
 * @category predicates
 */
export const capabilityOverlaps = (pattern: Capability, requested: Capability): boolean => {
  if (isAll(pattern) || isAll(requested)) return true
  const a = isShort(pattern) ? parsed(pattern) : undefined
  const b = parsed(requested)
  if (b === undefined) return false
  if (a === undefined) return domainOf(pattern) === b.domain
  if (a.domain !== b.domain || (a.action !== b.action && a.action !== "*" && b.action !== "*")) return false
  if (a.names === undefined || b.names === undefined) return wildcardsMeet(asText(a), asText(b), isStar, same)
  return wildcardsMeet(a.names, b.names, (name) => name === anyNames, namesMeet)
}

const domainOf = (text: string): string => text.slice(0, text.indexOf(":"))

const namesMeet = (a: string, b: string): boolean => wildcardsMeet(a, b, isStar, same)

// Alternatives, classes and single-character wildcards of other tools.
const foreign = /\{[^{}]*,[^{}]*\}|[?@+*!]?\([^()]*\|[^()]*\)|\[[^\]]-[^\]]\]|\?/

/**
 * A pattern of capabilities that a person or a model wrote, without the flaws that {@link patternFlaw} names.
 *
 * @since 0.1.0
 * @category models
 */
export const CapabilityPattern = Capability.pipe(Schema.filter((text) => patternFlaw(text), { jsonSchema: {} }))

/**
 * Gives the flaw of a pattern that a person or a model wrote, with its position; `undefined` for one that can be used.
 * A pattern in the dialect of another tool is refused, because it would stand for less than its author means.
 *
 * @since 0.1.0
 * @category parsing
 */
export const patternFlaw = (text: string): string | undefined => {
  if (!isCapability(text)) return noCapability(text)
  const shown = JSON.stringify(text)
  if (isAll(text)) return undefined
  if (text.length > Limits.capabilityPatternCharactersMax) {
    return `a pattern of ${text.length} characters is too long; the limit is ${Limits.capabilityPatternCharactersMax}`
  }
  const flaw = scopeFlaw(read(text))
  if (flaw !== undefined) return `${shown} is no pattern: ${flaw}`
  const other = foreign.exec(text)
  if (other === null) return undefined
  return (
    `${shown} is no pattern: "${other[0]}" at character ${other.index + 1} would be taken letter by letter, because only ` +
    "* and ** are wildcards; write one pattern for each alternative"
  )
}
