/**
 * Diagram of a machine, for readers of Markdown.
 *
 * @since 0.1.0
 */
import type { AnyStateMachine } from "xstate"

/**
 * A way through a machine: from one state, or from all states that share the way (`undefined`), to another state.
 *
 * @since 0.1.0
 * @category models
 */
export interface Way {
  readonly from: string | undefined
  readonly to: string
  readonly events: ReadonlyArray<string>
  /** The guard of the way; absent if it has none. */
  readonly guard?: string
  /** Position among the ways that are tried in order, from 1; absent if there is no order. */
  readonly order?: number
}

/**
 * The ways that lead to a state, with their guards. A guarded way that all states have, or all but one, is given once,
 * with `from: undefined`: it is a rule of the machine, not of a state.
 *
 * @since 0.1.0
 * @category getters
 */
export const waysOf = (machine: AnyStateMachine): ReadonlyArray<Way> => {
  const states = Object.values(machine.root.states)
  const ways = new Map<string, { from: Array<string>; to: string; guard: string | undefined; events: Set<string> }>()
  for (const node of states) {
    for (const [event, transitions] of node.transitions) {
      for (const { guard, target } of transitions) {
        const to = target?.[0]?.key
        if (to === undefined) continue
        const name = nameOf(guard)
        const id = `${name} ${to}`
        const way = ways.get(id) ?? { from: [], to, guard: name, events: new Set() }
        ways.set(id, way)
        if (!way.from.includes(node.key)) way.from.push(node.key)
        way.events.add(event)
      }
    }
  }
  let order = 0
  return [...ways.values()].flatMap(({ events, from, guard, to }): ReadonlyArray<Way> => {
    const shared = guard !== undefined && states.length > 2 && from.length >= states.length - 1
    const common = { to, events: [...events], ...(guard === undefined ? {} : { guard }) }
    if (shared) return [{ ...common, from: undefined, order: ++order }]
    return from.filter((state) => state !== to).map((state) => ({ ...common, from: state }))
  })
}

const nameOf = (guard: unknown): string | undefined =>
  typeof guard === "string"
    ? guard
    : typeof guard === "object" && guard !== null && "type" in guard
      ? String(guard.type)
      : undefined

/**
 * The Mermaid state diagram of a flat machine. Rules that its states share lead out of one choice, in their order. A
 * note on each state gives its description and its tags.
 *
 * @since 0.1.0
 * @category diagrams
 */
export const toMermaid = (machine: AnyStateMachine): string => {
  const ways = waysOf(machine)
  const rules = ways.filter(({ from }) => from === undefined)
  const own = ways.filter(({ from }) => from !== undefined)
  const states = Object.values(machine.root.states)
  const ruled = states.filter(({ key }) => own.every(({ from, guard }) => guard === undefined || from !== key))
  const events = [...new Set(rules.flatMap((rule) => rule.events))]
  return [
    "stateDiagram-v2",
    `  [*] --> ${machine.root.initial.target[0]?.key}`,
    ...(rules.length === 0
      ? []
      : ["  state rules <<choice>>", ...ruled.map(({ key }) => `  ${key} --> rules: ${events.join(", ")}`)]),
    ...rules.map(({ events: of, guard, order, to }) => {
      const only = of.length < events.length ? ` (${of.join(", ")})` : ""
      return `  rules --> ${to}: ${order} ${guard}${only}`
    }),
    ...own.map(({ events: of, from, guard, to }) => {
      const names = of.join(", ")
      return `  ${from} --> ${to}: ${guard === undefined ? names : `${guard} (${names})`}`
    }),
    ...states.flatMap(({ description, key, tags }) =>
      description === undefined
        ? []
        : [
            `  note right of ${key}`,
            `    ${description}${rules.length === 0 ? "" : ` Tags: ${tags.join(", ") || "none"}.`}`,
            "  end note"
          ]
    )
  ].join("\n")
}
