/**
 * Cost of the masking of secrets in texts of 1 MB, ordinary and hostile, and in a text as events have it.
 *
 *   node --expose-gc --import tsx bench/secrets.ts [--json]
 *
 * The floor is one search of the text for its long words: the least that finds keys by their form.
 */
import { readdirSync, readFileSync } from "node:fs"
import { join } from "node:path"
import { maskSecrets } from "../src/layers/aios/index.js"
import { type Figure, interleave, milliseconds, report } from "./harness.js"

const length = 1_000_000
const repeated = (unit: string): string => unit.repeat(Math.ceil(length / unit.length)).slice(0, length)

// The benchmark may run compiled, in another folder.
const pages = join(process.cwd(), "docs")
const markdown = readdirSync(pages)
  .filter((name) => name.endsWith(".md"))
  .map((name) => readFileSync(join(pages, name), "utf8"))
  .join("\n")

const record =
  '{"type":"ToolResult","callId":"toolu_01AbCdEfGhIjKlMnOp","status":"ok","output":{"path":"src/index.ts","text":"x"},"durationMs":3}\n'

const texts: Readonly<Record<string, string>> = {
  documentation: repeated(markdown),
  records: repeated(record),
  base64: repeated(Buffer.from(Array.from({ length: 3_000 }, (_, n) => (n * 7_919) % 251)).toString("base64")),
  "random words, each assigned": repeated("key=a1b2c3d4e5f6g7h8i9 "),
  "beginnings of private keys": repeated("-----BEGIN A PRIVATE KEY")
}

const floorOf = (text: string): number => [...text.matchAll(/(?<![\w-])[\w-]{15,}/g)].length

const figures: Array<Figure> = []
for (const [name, text] of Object.entries(texts)) {
  const { floor, masked } = await interleave(7, {
    floor: () => milliseconds(() => floorOf(text)),
    masked: () => milliseconds(() => maskSecrets(text))
  })
  figures.push({ name: `mask 1 MB: ${name}`, value: masked, unit: "ms", floor, target: "value <= 1000" })
}
const small = "wrote 120 lines to src/index.ts"
const count = 20_000
const each = async (run: (text: string) => unknown) =>
  ((await milliseconds(() => {
    for (let n = 0; n < count; n++) run(small)
  })) *
    1_000_000) /
  count
const { floor, masked } = await interleave(7, { floor: () => each(floorOf), masked: () => each(maskSecrets) })
figures.push({ name: "mask a text of 31 characters", value: masked, unit: "ns", floor, target: "value <= 20000" })
report(figures)
