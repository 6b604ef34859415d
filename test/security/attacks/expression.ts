import { assert } from "@effect/vitest"
import { Effect } from "effect"
import { attack, attempt } from "../attack.js"

const name = `${"a".repeat(60)}!`

export default attack(
  "a sub-agent's capability that looks like a hostile expression is refused or decided at once",
  Effect.gen(function* () {
    const { results } = yield* attempt({
      files: { [`${name}/x`]: "" },
      calls: [
        ["delegate", { objective: "Look.", capabilities: ["fs:read:/(a+)+b"] }],
        ["delegate", { objective: "Look.", capabilities: [`fs:read:/${"*a".repeat(40)}`] }],
        ["delegate", { objective: "Look.", capabilities: ["fs:read:/{a,b}/**"] }],
        ["list_dir", { path: name }]
      ]
    })
    assert.deepStrictEqual(
      results.map(({ status }) => status),
      ["ok", "ok", "error", "ok"]
    )
  })
)
