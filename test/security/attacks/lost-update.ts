import { assert } from "@effect/vitest"
import { Effect } from "effect"
import { readFileSync } from "node:fs"
import { join } from "node:path"
import type { Json } from "../../../src/layers/aios/index.js"
import { attack, attempt, type Call } from "../attack.js"

const shaIn = (output: Json | undefined) => (output as { readonly sha256: string }).sha256

export default attack(
  "a file that changed since the agent read it is not replaced, under any policy",
  Effect.gen(function* () {
    const { results, root } = yield* attempt({
      files: { "a.txt": "one" },
      policy: "pro",
      calls: [
        ["write_file", { path: "a.txt", content: "blind" }],
        ["read_file", { path: "a.txt" }],
        (outputs): Call => ["write_file", { path: "a.txt", content: "two", sha256: shaIn(outputs[1]) }],
        // This is the content before the agent's own write.
        (outputs): Call => ["write_file", { path: "a.txt", content: "three", sha256: shaIn(outputs[1]) }],
        (outputs): Call => ["write_file", { path: "a.txt", content: "four", sha256: shaIn(outputs[2]) }]
      ]
    })
    assert.deepStrictEqual(
      results.map(({ status }) => status),
      ["error", "ok", "ok", "error", "ok"]
    )
    assert.strictEqual(readFileSync(join(root, "a.txt"), "utf8"), "four")
  })
)
