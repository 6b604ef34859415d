/** The lint rule that keeps runs repeatable, run by the real linter with the real configuration. */
import { assert, describe, it } from "@effect/vitest"
import { lint as lintFile } from "./support.js"

const lint = (path: string, code: string) => lintFile(path, code, /^(.* makes runs unrepeatable)/)

const leaks = [
  'import { randomUUID, createHash } from "node:crypto"',
  'import { setTimeout as later } from "node:timers/promises"',
  "export const a = Date.now()",
  "export const b = new Date()",
  'export const c = Math["random"]()',
  "export const d = globalThis.crypto.randomUUID()",
  "setTimeout(() => {}, 1)",
  "globalThis.setInterval(() => {}, 1)",
  "export const e = process.hrtime.bigint()",
  'export const f = () => fetch("x")',
  "export const g = crypto.subtle",
  "export const h = { fetch }",
  "export const i = performance.now",
  "export const j = [queueMicrotask, setImmediate]",
  "export const k = [randomUUID, later, createHash]"
].join("\n")

describe("life/determinism", () => {
  it("life/determinism refuses every way to the platform's time, randomness, timers and network in src", () => {
    assert.deepStrictEqual(
      lint("src/actors/leaky.ts", leaks).map((line) => line.replace(" makes runs unrepeatable", "")),
      [
        "1: randomUUID of node:crypto",
        "2: setTimeout of node:timers/promises",
        "3: Date.now",
        "4: new Date()",
        "5: Math.random",
        "6: crypto.randomUUID",
        "7: setTimeout",
        "8: setInterval",
        "9: process.hrtime",
        "10: fetch",
        "11: crypto.subtle",
        "12: fetch",
        "13: performance.now",
        "14: queueMicrotask",
        "14: setImmediate"
      ]
    )
  })

  it("life/determinism leaves names alone that mean something else", () => {
    const code = [
      "export const a = (at: number) => new Date(at)",
      "export const b = (options: { readonly fetch: () => void; setTimeout(): void }) => options.fetch()",
      "export const c = { fetch: 1, setTimeout: 2 }",
      "export const d = c.fetch + c.setTimeout",
      "export type E = ReturnType<typeof performance.now>"
    ].join("\n")
    assert.deepStrictEqual(lint("src/actors/clean.ts", code), [])
  })

  it("life/determinism speaks about src only, and lets a named adapter use only what it is named for", () => {
    assert.deepStrictEqual(lint("test/a.ts", leaks), [])
    const adapter = "export const a = crypto.getRandomValues(new Uint8Array(1))\nexport const b = Math.random()\n"
    assert.deepStrictEqual(lint("src/layers/aios/ports/Ids.ts", adapter), ["2: Math.random makes runs unrepeatable"])
    assert.strictEqual(lint("src/layers/aios/Other.ts", adapter).length, 2)
  })
})
