import { availableParallelism } from "node:os"
import { fileURLToPath } from "node:url"
import { defineConfig } from "vitest/config"

const source = (file: string) => fileURLToPath(new URL(`./src/${file}`, import.meta.url))

export default defineConfig({
  resolve: {
    // Examples and tests import the package by name and get the source, so that no build has to come first.
    alias: [
      { find: /^life-agent-os$/, replacement: source("index.ts") },
      { find: "life-agent-os/simulation", replacement: source("simulation/index.ts") },
      { find: /^life-agent-os\/(\w+)$/, replacement: source("$1.ts") }
    ]
  },
  test: {
    include: ["test/**/*.test.ts"],
    pool: "forks",
    poolOptions: { forks: { maxForks: availableParallelism() } },
    // Generous for a busy machine with two cores; a test that needs more says so itself.
    testTimeout: 30_000,
    hookTimeout: 60_000,
    // .ci/run reads the counts from this file.
    reporters: process.env["CI"]
      ? ["default", ["json", { outputFile: "node_modules/.cache/vitest.json" }]]
      : ["default"]
  }
})
