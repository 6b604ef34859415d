import { assert, describe, it } from "@effect/vitest"
import { chmodSync, cpSync, existsSync, readdirSync, rmSync, statSync } from "node:fs"
import { join } from "node:path"
import { afterAll, beforeAll } from "vitest"
import { isEvent, life, start, type workspace } from "./command.js"
import { surveyed } from "./surveyed.js"

let place: ReturnType<typeof workspace>
beforeAll(async () => {
  place = await surveyed()
}, 120_000)
afterAll(() => place[Symbol.dispose]())

const ending = ["verify survey-1", "log survey-1", "state survey-1", "replay survey-1", "sessions"]

// Commands that go on until they are stopped, and the line by which each has read the journal.
const following: Readonly<Record<string, (line: string) => boolean>> = {
  "log survey-1 --follow --json": isEvent("RunFinished"),
  "inspect survey-1": (line) => line.startsWith("stream ")
}

const leavesAlone = async (dataDir: string) => {
  const listing = () => readdirSync(dataDir).map((name) => [name, statSync(join(dataDir, name)).mtimeMs])
  const before = listing()
  const at = ["--data-dir", dataDir]
  for (const command of ending) {
    const { code, stderr } = await life([...command.split(" "), ...at])
    assert.strictEqual(code, 0, stderr)
    assert.deepStrictEqual(listing(), before, command)
  }
  for (const [command, hasRead] of Object.entries(following)) {
    const running = start([...command.split(" "), ...at])
    await running.line(hasRead)
    assert.deepStrictEqual(listing(), before, command)
    running.kill("SIGINT")
    assert.strictEqual((await running.ended).code, 130)
    assert.deepStrictEqual(listing(), before, command)
  }
}

describe("a command that reads", { timeout: 120_000 }, () => {
  it("a command that reads leaves the data directory as it is", () => leavesAlone(place.data))

  it("a command that reads leaves a directory without a key that only its owner may read as it is", async () => {
    const copy = join(place.root, "copy")
    cpSync(place.data, copy, { recursive: true })
    rmSync(join(copy, "identity.key"))
    // Root may write all the same; then it is the listing that counts.
    chmodSync(copy, 0o500)
    await leavesAlone(copy)
    chmodSync(copy, 0o700)
  })

  it("a command that reads makes no data directory, and says that there is none", async () => {
    const nowhere = join(place.root, "nowhere")
    for (const command of [...ending, "inspect"]) {
      const { code, stderr } = await life([...command.split(" "), "--data-dir", nowhere])
      assert.strictEqual(code, 1)
      assert.include(stderr, `There is no journal at ${join(nowhere, "journal.sqlite")}`)
    }
    assert.isFalse(existsSync(nowhere))
  })
})
