import { assert, describe, it } from "@effect/vitest"
import { chmodSync, existsSync, mkdirSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { afterAll, beforeAll } from "vitest"
import { type Ended, life, type Surroundings, workspace } from "./command.js"

let place: ReturnType<typeof workspace>
beforeAll(() => {
  place = workspace()
})
afterAll(() => place[Symbol.dispose]())

const fails = async (args: ReadonlyArray<string>, code: number, message: RegExp, surroundings?: Surroundings) => {
  const ended = await life(args, surroundings)
  assert.strictEqual(ended.code, code, ended.stderr)
  isOneParagraph(ended)
  assert.match(ended.stderr, message)
}

const isOneParagraph = ({ stderr, stdout }: Ended) => {
  assert.strictEqual(stdout, "")
  assert.match(stderr, /^life: [^\n]+\n$/)
}

describe("life refuses", { timeout: 60_000 }, () => {
  it("life refuses an empty objective", () => fails(["run", " ", ...place.at], 2, /the objective is empty/))

  it("life refuses an objective of 1 MiB, without making a session", async () => {
    const objective = "x".repeat(1_048_576)
    await fails(["run", "--objective-file", "-", ...place.at], 2, /the limit is 65536 bytes/, { stdin: objective })
    assert.isFalse(existsSync(place.data))
  })

  it("life refuses an objective that is not UTF-8", async () => {
    const file = join(place.root, "latin1.txt")
    writeFileSync(file, Buffer.from([0x66, 0xfc, 0x72]))
    await fails(["run", "--objective-file", file, ...place.at], 2, /not UTF-8/)
  })

  it("life refuses a workspace that does not exist, without making it", async () => {
    const missing = join(place.root, "missing")
    await fails(["run", "--workspace", missing], 1, /the workspace .*missing" does not exist/)
    assert.isFalse(existsSync(missing))
  })

  it("life refuses a workspace that is a file", () =>
    fails(["run", "--workspace", join(place.tree, "README.md")], 1, /is not a directory/))

  it.skipIf(process.getuid?.() === 0)("life refuses a workspace it may not read (skipped for root)", async () => {
    const locked = join(place.root, "locked")
    mkdirSync(locked, { mode: 0o000 })
    await fails(["run", "--workspace", locked], 1, /cannot be read/)
    chmodSync(locked, 0o700)
  })

  it("life refuses a data directory that is a file", () =>
    fails(["run", "--workspace", place.tree, "--data-dir", join(place.tree, "README.md")], 1, /README\.md/))

  it.skipIf(process.getuid?.() === 0)("life refuses a data directory it may not write (skipped for root)", async () => {
    const readonly = join(place.root, "readonly")
    mkdirSync(readonly, { mode: 0o500 })
    await fails(["run", "--workspace", place.tree, "--data-dir", readonly], 1, /readonly/)
  })

  it("life refuses anthropic without a key, and names the way without one", () =>
    fails(["run", "--provider", "anthropic", ...place.at], 1, /ANTHROPIC_API_KEY.*--provider scout.*none/))

  it("life refuses OpenAI without a key, also as a fallback", async () => {
    await fails(["run", "--provider", "openai", ...place.at], 1, /OPENAI_API_KEY.*--provider scout.*none/)
    await fails(["run", "--provider", "scout", "--fallback", "openai:gpt-5", ...place.at], 1, /openai.*OPENAI_API_KEY/)
  })

  it("life refuses a fallback that names no model", () =>
    fails(["run", "--fallback", "ollama,oracle:9", ...place.at], 2, /--fallback: "oracle:9" names no model.*ollama/))

  it("life refuses an unknown provider", () =>
    fails(["run", "--provider", "oracle", ...place.at], 2, /scout, anthropic/))

  it("life refuses an unknown option, rather than to take it for the objective", async () => {
    await fails(["run", "--jsn", ...place.at], 2, /--jsn/)
    await fails(["run", "--objectives", ...place.at], 2, /there is no option --objectives/)
  })

  it("life refuses an unknown command", () => fails(["rum"], 2, /'run'/))

  it("life refuses numbers that are none, not whole, or out of range", async () => {
    for (const args of [
      ["--budget-tokens", "many"],
      ["--budget-ticks", "1.5"],
      ["--budget-cost", "-1"]
    ]) {
      await fails(["run", ...args, ...place.at], 2, new RegExp(`${args[0]} takes`))
    }
  })

  it("life refuses a malformed session id", () => fails(["run", "--session", "a/b", ...place.at], 2, /session id/))

  it("life refuses --resume when nothing is open", () =>
    fails(["run", "--resume", ...place.at], 1, /no session .* has an open run/))

  it("life refuses to read where there is no journal", () =>
    fails(["sessions", "--data-dir", join(place.root, "none")], 1, /There is no journal at .*none/))

  it("life refuses an unknown log level", () =>
    fails(["sessions", ...place.at], 2, /LIFE_LOG_LEVEL is one of debug/, { env: { LIFE_LOG_LEVEL: "loud" } }))
})
