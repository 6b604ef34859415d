/**
 * The rules for one definition that types cannot state.
 *
 * @since 0.1.0
 */
import type { Contributions } from "./contributions.js"
import { Limits } from "../schema/Limits.js"
import { namesThereAre } from "../schema/nearest.js"
import type { Event, Events } from "./event.js"
import { bareTypes, kernelTypes, type SubsystemKind } from "./kinds.js"
import type { Base } from "./base.js"
import type { Parts } from "./Subsystem.js"

type Sockets = Contributions<never, never>
type Names<T> = { readonly [K in keyof T]-?: true }

/** The part of a definition that is checked. */
interface Definition {
  readonly name: string
  readonly events?: { readonly [key: string]: Event }
  readonly limits?: { readonly [name: string]: number }
  readonly relations?: ReadonlyArray<readonly [string, (limits: never) => boolean]>
}

const unit =
  /(Max|Min|Ms|Seconds|Usd|Bytes|Characters|Tokens|Calls|Ticks|Turns|Events|Messages|Agents|Share|Percent|Default)$/

// Prefixes of rule ids that the kernel makes.
const reserved = ["allow", "default", "gate", "grant", "limit", "loop", "mode"]

/**
 * Gives every problem of one definition; none for a subsystem that can be used.
 */
export const problemsOf = (
  definition: Definition & Contributions<never, SubsystemKind>,
  parts: Parts
): ReadonlyArray<string> => [
  ...nameProblems(definition.name),
  ...socketProblems(definition),
  ...eventProblems(definition.events ?? {}),
  ...projectionProblems(parts),
  ...limitProblems(definition),
  ...idProblems(parts.contributions),
  ...blockProblems(parts.contributions),
  ...toolProblems(parts)
]

const nameProblems = (name: string): ReadonlyArray<string> => {
  if (!/^[a-z][a-z0-9]{0,31}$/.test(name)) {
    return [`"${name}" is no name for a subsystem; use 1 to 32 lowercase letters and digits, a letter first`]
  }
  return reserved.includes(name) ? [`"${name}" is a prefix of the kernel's rules; use another name`] : []
}

// Without this check, a gate in a misspelt socket would be silently missing, because nothing reads that property.
const socketProblems = (definition: Definition & Contributions<never, SubsystemKind>): ReadonlyArray<string> =>
  [
    unread("", definition, names),
    unread("orient.", definition.orient, orientNames),
    unread("act.", definition.act, actNames)
  ].flat()

const unread = (
  place: string,
  given: object | undefined,
  known: { readonly [name: string]: true }
): ReadonlyArray<string> =>
  Object.keys(given ?? {})
    .filter((name) => !Object.hasOwn(known, name))
    .map((name) => `nothing reads the property ${place}${name}; ${namesThereAre(name, Object.keys(known))}`)

const orientNames: Names<NonNullable<Sockets["orient"]>> = { recall: true, blocks: true }

const actNames: Names<NonNullable<Sockets["act"]> & { readonly tools: unknown }> = {
  tools: true,
  aroundTool: true,
  aroundModel: true
}

const names: Names<Sockets & Base<string, Events, never, never, never, never, never, string>> = {
  name: true,
  events: true,
  projection: true,
  limits: true,
  relations: true,
  layer: true,
  contributionMsMax: true,
  perceive: true,
  orient: true,
  decide: true,
  act: true,
  observe: true,
  learn: true,
  regulate: true,
  report: true
}

const eventProblems = (events: NonNullable<Definition["events"]>): ReadonlyArray<string> =>
  Object.entries(events).flatMap(([key, { bare, fields, redact, upcast, version }]) => {
    const problems: Array<string> = []
    if (!/^[A-Z][A-Za-z0-9]*$/.test(key))
      problems.push(`the kind "${key}" does not begin with a capital letter; rename it`)
    if (bare !== undefined && !bareTypes.includes(bare)) {
      problems.push(`the kind ${key} may not be called ${String(bare)}; only ${bareTypes.join(", ")} are bare`)
    }
    if (!(Number.isSafeInteger(version) && version >= 1)) {
      problems.push(`the kind ${key} has version ${version}; use a whole number from 1 on`)
    }
    for (const field of ["type", "v"].filter((field) => field in fields)) {
      problems.push(`the kind ${key} has a field "${field}", which the envelope of a body needs; rename it`)
    }
    for (const field of redact.filter((field) => !(field in fields))) {
      problems.push(`the kind ${key} redacts "${field}", which is none of its fields; leave it out`)
    }
    for (let from = 1; from < version; from++) {
      if (upcast[from] === undefined) problems.push(`the kind ${key} has no upcast from version ${from}; add one`)
    }
    return problems
  })

const projectionProblems = ({ projection, types }: Parts): ReadonlyArray<string> => {
  if (projection === undefined) return []
  const own = new Set<string>(types.values())
  const foreign = Object.keys(projection.on).filter((type) => !own.has(type) && !kernelTypes.has(type))
  const problems = foreign.map(
    (type) => `the projection folds ${type}, which is neither the kernel's nor its own; leave it out`
  )
  return Number.isSafeInteger(projection.version)
    ? problems
    : [...problems, `the projection has version ${projection.version}; use a whole number`]
}

const limitProblems = ({ limits = {}, relations = [] }: Definition): ReadonlyArray<string> => [
  ...Object.entries(limits).flatMap(([limit, value]) => [
    ...(unit.test(limit) ? [] : [`the limit ${limit} has no unit in its name; end it with one, such as Ms or Bytes`]),
    ...(Number.isFinite(value) ? [] : [`the limit ${limit} is ${value}; use a finite number`])
  ]),
  // The type of a relation allows the names of these limits only.
  ...relations
    .filter(([, holds]) => !holds(limits as never))
    .map(([text]) => `the limits break "${text}"; change one of them`)
]

// JavaScript puts keys that look like numbers first, regardless of the order in which they were written.
const idProblems = ({
  act = {},
  decide = {},
  learn = {},
  observe = {},
  orient = {},
  perceive = {},
  regulate = {},
  report = {}
}: Contributions<never, SubsystemKind>): ReadonlyArray<string> =>
  [
    perceive,
    orient.recall,
    orient.blocks,
    decide,
    act.aroundTool,
    act.aroundModel,
    observe,
    learn,
    regulate,
    report
  ].flatMap((byId) =>
    Object.keys(byId ?? {})
      .filter((id) => !/^[A-Za-z][A-Za-z0-9]*$/.test(id))
      .map((id) => `"${id}" is no id for a contribution; use letters and digits, a letter first`)
  )

// The rules of the kernel have priority 200, and all blocks together have Limits.contextTokensMax tokens.
const blockPriorityMax = 199

const blockProblems = ({ orient }: Contributions<never, SubsystemKind>): ReadonlyArray<string> =>
  Object.entries(orient?.blocks ?? {}).flatMap(([id, { priority, tokensMax }]) => [
    ...(priority >= 0 && priority <= blockPriorityMax
      ? []
      : [`the block ${id} has priority ${priority}; use 0 to ${blockPriorityMax}, below the rules for every agent`]),
    ...(tokensMax >= 1 && tokensMax <= Limits.contextTokensMax
      ? []
      : [`the block ${id} has tokensMax ${tokensMax}; use 1 to ${Limits.contextTokensMax}, the limit of a context`])
  ])

const toolProblems = ({ contributionMsMax, tools }: Parts): ReadonlyArray<string> => [
  ...tools.flatMap(({ definition: { inputSchema, name, timeoutMs } }) => [
    ...(/^[a-zA-Z0-9_-]{1,64}$/.test(name)
      ? []
      : [`"${name}" is no name for a tool; use 1 to 64 letters, digits, "_" and "-"`]),
    ...(timeoutMs > 0 && Number.isFinite(timeoutMs)
      ? []
      : [`the timeoutMs of the tool ${name} is ${timeoutMs}; use a positive number of milliseconds`]),
    ...(inputSchema["type"] === "object"
      ? []
      : [`the input of the tool ${name} is not an object with a JSON form; use a Schema.Struct of JSON values`])
  ]),
  ...(contributionMsMax > 0 && Number.isFinite(contributionMsMax)
    ? []
    : [`contributionMsMax is ${contributionMsMax}; use a positive number of milliseconds`])
]
