/**
 * A picture of a machine, for people who read Markdown.
 *
 * @since 0.1.0
 */
import type { AnyStateMachine } from "xstate"

/**
 * The Mermaid state diagram of a flat machine: one arrow per pair of states, labelled with the events that lead from
 * the one to the other. Events that stay in a state are listed in a note, since all states share them.
 *
 * @since 0.1.0
 * @category diagrams
 */
export const toMermaid = (machine: AnyStateMachine): string => {
  const arrows = new Map<string, Set<string>>()
  const staying = new Set<string>()
  for (const node of Object.values(machine.root.states)) {
    for (const [event, transitions] of node.transitions) {
      for (const transition of transitions) {
        const target = transition.target?.[0]?.key
        if (target === undefined || target === node.key) {
          staying.add(event)
          continue
        }
        const arrow = `${node.key} --> ${target}`
        arrows.set(arrow, (arrows.get(arrow) ?? new Set()).add(event))
      }
    }
  }
  const initial = machine.root.initial.target[0]?.key
  return [
    "stateDiagram-v2",
    `  [*] --> ${initial}`,
    ...[...arrows].map(([arrow, events]) => `  ${arrow}: ${[...events].join(", ")}`),
    `  note right of ${initial}`,
    `    In every state, in this order: ${[...staying].join(", ")}`,
    "  end note"
  ].join("\n")
}
