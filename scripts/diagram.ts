/** Writes the diagram of the agent machine into the README, between its markers. */
import { readFileSync, writeFileSync } from "node:fs"
import { agentMachine, toMermaid } from "../src/machines/index.js"

const file = new URL("../README.md", import.meta.url)
const block = `<!-- diagram:start -->\n\`\`\`mermaid\n${toMermaid(agentMachine)}\n\`\`\`\n<!-- diagram:end -->`
const readme = readFileSync(file, "utf8")
writeFileSync(
  file,
  readme.replace(/<!-- diagram:start -->.*<!-- diagram:end -->/s, () => block)
)
