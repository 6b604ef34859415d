import { assert } from "@effect/vitest"
import { Effect } from "effect"
import { existsSync } from "node:fs"
import { join } from "node:path"
import { attack, attempt, type Call } from "../attack.js"

const secret = "TOP-SECRET"
const inside = [
  "proj/.life/identity.key",
  "proj/.LIFE/spans.jsonl",
  // A data directory under another name is known by what it holds.
  "backup/identity.key",
  "backup/spans.jsonl",
  "way/spans.jsonl"
]
const planted = ["other/.life/identity.key", "other/identity.key", "backup/planted", "x/journal.sqlite-wal"]

export default attack(
  "a data directory is out of reach at any depth and under any name, for reading and for planting",
  Effect.gen(function* () {
    const { results, root, sent } = yield* attempt({
      files: {
        "proj/.life/identity.key": secret,
        "proj/.life/spans.jsonl": secret,
        "backup/identity.key": secret,
        "backup/journal.sqlite": secret,
        "backup/spans.jsonl": secret,
        way: { link: "backup" },
        "AGENTS.md": { link: "proj/.life/identity.key" },
        "CLAUDE.md": { link: "backup/spans.jsonl" }
      },
      policy: "pro",
      calls: [
        ...inside.map((path): Call => ["read_file", { path }]),
        ...["proj/.life", "backup", "way"].map((path): Call => ["list_dir", { path }]),
        ...planted.map((path): Call => ["write_file", { path, content: "evil" }]),
        ["grep", { pattern: "SECRET" }],
        ["glob", { pattern: "**/*" }]
      ]
    })
    assert.notInclude(sent, secret)
    assert.notInclude(JSON.stringify(results), secret)
    assert.notInclude(JSON.stringify(results.at(-1)?.output), "spans.jsonl")
    for (const path of planted) assert.isFalse(existsSync(join(root, path)), path)
    assert.strictEqual(results.filter(({ status }) => status === "ok").length, 2)
  })
)
