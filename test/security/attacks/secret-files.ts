import { assert } from "@effect/vitest"
import { Effect } from "effect"
import { attack, attempt, type Call } from "../attack.js"

const secret = "TOP-SECRET"
const paths = [
  ".env",
  ".env.production",
  "conf/.ENV",
  "id_ed25519",
  "keys/server.pem",
  "tls.key",
  ".ssh/config",
  ".aws/credentials",
  ".netrc",
  ".git/config",
  "login.keychain-db",
  "terraform.tfstate",
  ".bash_history",
  "secrets.yaml",
  "prod.env",
  ".envrc",
  ".git/modules/a/config"
]

export default attack(
  "a file with secrets is not read, searched or sent to the model without a person",
  Effect.gen(function* () {
    const files = {
      ...Object.fromEntries(paths.map((path) => [path, secret])),
      ".env.example": "KEY=",
      innocent: { link: ".env" },
      "AGENTS.md": { link: ".env" }
    }
    const { results, sent } = yield* attempt({
      files,
      calls: [
        ...[...paths, "innocent"].map((path): Call => ["read_file", { path }]),
        ...[".env", "innocent"].map((path): Call => ["grep", { pattern: ".", path }]),
        ["grep", { pattern: "SECRET" }],
        ["read_file", { path: ".env.example" }]
      ]
    })
    assert.notInclude(sent, secret)
    assert.notInclude(JSON.stringify(results), secret)
    assert.strictEqual(results.filter(({ status }) => status === "denied").length, paths.length + 3)
    assert.deepInclude(results.at(-1), { status: "ok" })
  })
)
