import { assert } from "@effect/vitest"
import { Effect } from "effect"
import { createHash } from "node:crypto"
import { readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { attack, attempt } from "../attack.js"

const sha256 = (text: string): string => createHash("sha256").update(text).digest("hex")
const replaceA = ["write_file", { path: "a.txt", content: "evil", sha256: sha256("same") }] as const

export default attack(
  "an approved call does not replace another file than the one that it was approved for",
  Effect.gen(function* () {
    const swapped = yield* attempt({
      files: { "a.txt": "same", "b.txt": "same" },
      calls: [replaceA],
      beforeApproval: (root) => {
        rmSync(join(root, "a.txt"))
        symlinkSync("b.txt", join(root, "a.txt"))
      }
    })
    // The second question names both files, and then the person knows.
    assert.lengthOf(swapped.asked, 2)
    assert.deepStrictEqual(swapped.asked[1]?.capabilities, ["fs:overwrite:/a.txt", "fs:overwrite:/b.txt"])
    const changed = yield* attempt({
      files: { "a.txt": "same" },
      calls: [replaceA],
      beforeApproval: (root) => writeFileSync(join(root, "a.txt"), "work of an hour")
    })
    assert.strictEqual(readFileSync(join(changed.root, "a.txt"), "utf8"), "work of an hour")
    assert.strictEqual(changed.results[0]?.status, "error")
    assert.include(JSON.stringify(changed.results[0]?.output), "has changed since it was read")
  })
)
