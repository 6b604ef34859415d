/** `life verify` and `life id` on data directories that were changed, and a key that was lost. */
import { assert, describe, it } from "@effect/vitest"
import Database from "better-sqlite3"
import { cpSync, readFileSync, rmSync } from "node:fs"
import { join } from "node:path"
import { life, workspace } from "./command.js"

describe("a data directory that was changed", { timeout: 120_000 }, () => {
  it("life verify tells proven from not signed, and life id puts a lost key back or adopts the sessions", async () => {
    using place = workspace()
    assert.strictEqual((await life(["run", "--session", "s", ...place.at])).code, 0)
    const all = await life(["verify", ...place.at])
    assert.strictEqual(all.code, 0, all.stderr)
    assert.match(all.stdout, /^s: \d+ records intact and proven, \d+ checkpoints? signed by [0-9a-f]{64}\n$/)

    const stripped = join(place.root, "stripped")
    cpSync(place.data, stripped, { recursive: true })
    const database = new Database(join(stripped, "journal.sqlite"))
    database.prepare("UPDATE events SET seal = NULL WHERE sequence > 10").run()
    database.close()
    const unproven = await life(["verify", "s", "--data-dir", stripped])
    assert.strictEqual(unproven.code, 4)
    assert.match(unproven.stderr, /the journal of s is NOT SIGNED from \d+ on/)
    const refused = await life(["run", "more", "--session", "s", "--workspace", place.tree, "--data-dir", stripped])
    assert.strictEqual(refused.code, 1)
    assert.match(refused.stderr, /the session s is not used: record \d+ has no seal.*LIFE_JOURNAL_UNTRUSTED/s)
    const adopted = await life(["id", "adopt", "s", "--data-dir", stripped])
    assert.match(adopted.stdout, /^s: the key [0-9a-f]{64} vouches for \d+ records as they are\n$/)
    assert.strictEqual((await life(["verify", "s", "--data-dir", stripped])).code, 0)

    const key = join(place.data, "identity.key")
    const copy = join(place.root, "key.backup")
    cpSync(key, copy)
    const shown = JSON.parse((await life(["id", "show", "--json", ...place.at])).stdout)
    rmSync(key)
    const lost = await life(["run", "more", "--session", "s", ...place.at])
    assert.strictEqual(lost.code, 1)
    assert.match(lost.stderr, /life id recover FILE.*LIFE_IDENTITY_MISSING/s)
    assert.strictEqual((await life(["id", "adopt", ...place.at])).code, 2)
    const back = await life(["id", "recover", copy, ...place.at])
    assert.include(back.stdout, `the key ${shown.publicKey} is back`)
    assert.strictEqual(readFileSync(key, "utf8"), readFileSync(copy, "utf8"))
    assert.strictEqual((await life(["verify", "s", ...place.at])).code, 0)
    rmSync(key)
    const anew = await life(["id", "adopt", "--all", ...place.at])
    assert.strictEqual(anew.code, 0, anew.stderr)
    const both = await life(["verify", "s", ...place.at])
    assert.strictEqual(both.code, 0, both.stderr)
    assert.match(both.stdout, /signed by [0-9a-f]{64} and [0-9a-f]{64}\n$/)
  })
})
