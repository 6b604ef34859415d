/** The README shows what is, not what was. */
import { assert, describe, it } from "@effect/vitest"
import { readFileSync } from "node:fs"
import { fileURLToPath } from "node:url"
import { agentMachine, toMermaid } from "../src/machines/index.js"

const readme = readFileSync(fileURLToPath(new URL("../README.md", import.meta.url)), "utf8")

describe("the README", () => {
  it("has the diagram of the machine as it is", () => {
    const shown = /<!-- diagram:start -->\n```mermaid\n(?<diagram>.*?)\n```\n<!-- diagram:end -->/s.exec(readme)
    assert.strictEqual(shown?.groups?.["diagram"], toMermaid(agentMachine), "run `npm run diagram` to renew it")
  })
})
