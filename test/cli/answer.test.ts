import { assert, describe, it } from "@effect/vitest"
import { readFileSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import * as Script from "../support/anthropicServer.js"
import { life, start, workspace } from "./command.js"

/** A run of its own that waits for an approval. */
const parked = async (place: ReturnType<typeof workspace>) => {
  writeFileSync(place.report, "mine")
  const { code, stderr } = await life(["run", "Look around", "--session", "w", ...place.at])
  assert.strictEqual(code, 3, stderr)
  return stderr
}

const typesOf = async (place: ReturnType<typeof workspace>) => {
  const { stdout } = await life(["log", "w", "--json", ...place.at])
  return stdout
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line).kind.type as string)
}

describe("life approve and life deny", { timeout: 120_000 }, () => {
  it("life approve and life deny write the answer down, and a resumed run goes on", async () => {
    using place = workspace()
    const told = await parked(place)
    assert.match(told, /waits for an approval until \d{4}-/)
    assert.include(told, "life approve w")
    const input = JSON.stringify({ path: "elsewhere.md", content: "# Elsewhere" })
    const misfit = await life(["approve", "w", "--input", '{"path":1}', ...place.at])
    assert.strictEqual(misfit.code, 1)
    assert.include(misfit.stderr, "cannot run the changed call")
    const approved = await life(["approve", "w", "--input", input, ...place.at])
    assert.strictEqual(approved.code, 0, approved.stderr)
    assert.match(approved.stdout, /^approved write_file .*\nnext +life run --session w --resume/)
    // No call has run yet.
    assert.strictEqual((await typesOf(place)).at(-1), "ApprovalGranted")
    const second = await life(["deny", "w", ...place.at])
    assert.strictEqual(second.code, 1)
    assert.include(second.stderr, "nothing waits for an approval in w")
    const resumed = await life(["run", "--session", "w", "--resume", ...place.at])
    assert.strictEqual(resumed.code, 0, resumed.stderr)
    assert.strictEqual(readFileSync(place.report, "utf8"), "mine")
    assert.strictEqual(readFileSync(join(place.tree, "elsewhere.md"), "utf8"), "# Elsewhere")
  })

  it("life deny gives the model a reason", async () => {
    using place = workspace()
    await parked(place)
    const denied = await life(["deny", "w", "--reason", "keep it", ...place.at])
    assert.strictEqual(denied.code, 0, denied.stderr)
    const resumed = await life(["run", "--session", "w", "--resume", ...place.at])
    assert.strictEqual(resumed.code, 0, resumed.stderr)
    assert.include(resumed.stdout, "This call was not approved: keep it.")
    assert.strictEqual(readFileSync(place.report, "utf8"), "mine")
  })

  it("life approve and life deny name the process that works on the journal, if there is one", async () => {
    using place = workspace()
    await parked(place)
    const server = await Script.startAnthropicServer([Script.silence])
    const env = { ANTHROPIC_API_KEY: "sk-test", ANTHROPIC_BASE_URL: server.url }
    const running = start(["run", "Look around", "--session", "other", ...place.at], { env })
    await server.received(0)
    const busy = await life(["approve", "w", ...place.at])
    assert.strictEqual(busy.code, 1)
    assert.match(busy.stderr, new RegExp(`process ${running.pid}`))
    running.kill("SIGINT")
    await running.ended
    await server.close()
  })
})
