import { assert } from "@effect/vitest"
import { Effect } from "effect"
import { attack, attempt, type Call } from "../attack.js"

const wider = ["fs:read:/pub/x|/**", "fs:read:/**", "fs:read:/pub/../**", "fs:*:/pub/**", "*"]

export default attack(
  "an agent cannot give a sub-agent more than it has, in whatever words",
  Effect.gen(function* () {
    const { results } = yield* attempt({
      files: { "pub/a": "open", "private/secret.txt": "TOP-SECRET" },
      policy: { allow: ["fs:read:/pub/*", "agents:spawn:child"], gate: [] },
      calls: ["fs:read:/pub/**", ...wider].map(
        (pattern): Call => ["delegate", { objective: "Read private/secret.txt.", capabilities: [pattern] }]
      )
    })
    assert.lengthOf(results, wider.length + 1)
    for (const { output, status } of results) {
      assert.notStrictEqual(status, "ok", JSON.stringify(output))
    }
  })
)
