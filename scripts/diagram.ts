/**
 * Writes the diagrams of the machines into the documents that show them, between their markers, and the picture of the
 * agent machine into the inspector's page.
 *
 *   npm run diagram
 */
import { readFileSync, writeFileSync } from "node:fs"
import { fileURLToPath } from "node:url"
import { agentMachine, lifecycleMachine, toMermaid } from "../src/machines/index.js"
import { statechartOf } from "./statechart.js"

/** The lifecycle machine, whose three regions are composite states. An event that changes no state is left out. */
const lifecycleDiagram = (): string => {
  const regions = Object.values(lifecycleMachine.root.states)
  const guardOf = (guard: unknown): string => (typeof guard === "string" ? ` [${guard}]` : "")
  return [
    "stateDiagram-v2",
    ...regions.flatMap(({ description, initial, key: region, states }) => [
      `  state "${region}: ${description}" as ${region} {`,
      `    [*] --> ${initial.target[0]?.key}`,
      ...Object.values(states).flatMap(({ description, key, transitions }) => [
        ...[...transitions.values()].flat().flatMap(({ eventType, guard, target }) => {
          const to = target?.[0]?.key
          return to === undefined ? [] : [`    ${key} --> ${to}: ${eventType}${guardOf(guard)}`]
        }),
        `    note right of ${key}`,
        `      ${description}.`,
        "    end note"
      ]),
      "  }"
    ])
  ].join("\n")
}

const marked = (name: string): RegExp =>
  new RegExp(`(?<=<!-- diagram:${name} -->\\n)[^]*?(?=\\n<!-- /diagram:${name} -->)`)

const fenced = (mermaid: string): string => `\`\`\`mermaid\n${mermaid}\n\`\`\``

/** Diagrams that each page has to show, by the name of their markers. */
const shown: ReadonlyArray<readonly [page: string, diagram: string, mermaid: string]> = [
  ["README.md", "agent", toMermaid(agentMachine)],
  ["docs/architecture.md", "agent", toMermaid(agentMachine)],
  ["docs/architecture.md", "lifecycle", lifecycleDiagram()]
]

const path = (page: string): string => fileURLToPath(new URL(`../${page}`, import.meta.url))

/** The diagrams that a page shows, and what they would be now. */
export const diagrams = () =>
  shown.map(([page, diagram, mermaid]) => ({
    page,
    diagram,
    now: fenced(mermaid),
    shown: marked(diagram).exec(readFileSync(path(page), "utf8"))?.[0]
  }))

const picture = "src/server/inspector/page/machine.json"

/** The picture in the inspector's page, and what it is now. */
export const machinePicture = async () => ({
  shown: readFileSync(path(picture), "utf8"),
  now: `${JSON.stringify(await statechartOf(agentMachine))}\n`
})

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  writeFileSync(path(picture), (await machinePicture()).now)
  for (const { diagram, now, page } of diagrams()) {
    writeFileSync(
      path(page),
      readFileSync(path(page), "utf8").replace(marked(diagram), () => now)
    )
  }
}
