import { assert } from "@effect/vitest"
import { Effect } from "effect"
import { Praxis } from "../../../src/layers/praxis/index.js"
import { attack, folderWith } from "../attack.js"

export default attack(
  "AGENTS.md does not lead to a key, to credentials, or to a file that the user calls sensitive",
  Effect.gen(function* () {
    const sensitiveFiles = [{ use: "read", globs: ["notes/**"], reason: "is private" }] as const
    for (const target of [".life/identity.key", ".env", ".git/config", "notes/diary.md"]) {
      const root = yield* folderWith({ [target]: "TOP-SECRET", "AGENTS.md": { link: target } })
      assert.isUndefined(yield* Praxis.instructions(root, { sensitiveFiles }), target)
    }
    const plain = yield* folderWith({ "docs/agents.txt": "Be kind.", "AGENTS.md": { link: "docs/agents.txt" } })
    assert.strictEqual(yield* Praxis.instructions(plain), "Be kind.")
  })
)
