import { assert, describe, it } from "@effect/vitest"
import Database from "better-sqlite3"
import { cpSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { afterAll, beforeAll } from "vitest"
import { eventOf, isEvent, life, start, workspace } from "./command.js"

let place: ReturnType<typeof workspace>
beforeAll(async () => {
  place = workspace()
  const { code, stderr } = await life(["run", "--session", "survey-1", ...place.at])
  assert.strictEqual(code, 0, stderr)
}, 60_000)
afterAll(() => place[Symbol.dispose]())

const json = async (...args: ReadonlyArray<string>) => {
  const { code, stdout, stderr } = await life([...args, "--json", ...place.at])
  assert.strictEqual(code, 0, stderr)
  return JSON.parse(stdout)
}

const copied = (name: string): string => {
  const copy = join(place.root, name)
  cpSync(place.data, copy, { recursive: true })
  return copy
}

describe("the commands that read", { timeout: 60_000 }, () => {
  it("life sessions lists the sessions", async () => {
    const { stdout } = await life(["sessions", ...place.at])
    assert.match(stdout, /^SESSION +NAME +STATE +EVENTS +UPDATED\nsurvey-1 +life +idle +\d+ /)
    assert.strictEqual((await json("sessions")).sessionId, "survey-1")
  })

  it("life state prints the state, and replay gives the same hash", async () => {
    const state = await json("state", "survey-1")
    for (const key of ["mode", "phase", "tick", "vector", "budget", "head", "stateHash", "lastRun", "approvals"]) {
      assert.property(state, key)
    }
    const replayed = await json("replay", "survey-1")
    assert.strictEqual(replayed.stateHash, state.stateHash)
    assert.strictEqual(replayed.head, state.head)
    assert.isNull(replayed.difference)
  })

  it("life log prints the events after a sequence and of a type", async () => {
    const { stdout } = await life(["log", "survey-1", "--after", "20", "--kind", "ToolResult", "--json", ...place.at])
    const lines = stdout.trimEnd().split("\n")
    assert.isAbove(lines.length, 1)
    for (const line of lines) {
      assert.isTrue(isEvent("ToolResult")(line))
      assert.isAbove(eventOf(line).sequence, 20)
    }
    const near = await life(["log", "survey-1", "--kind", "ToolResul", ...place.at])
    assert.strictEqual(near.code, 2)
    assert.match(near.stderr, /did you mean ToolResult/)
  })

  it("life log prints events of unknown types by their own names and byte for byte", async () => {
    const dataDir = join(place.root, "earlier")
    mkdirSync(dataDir)
    const database = new Database(join(dataDir, "journal.sqlite"))
    const fixture = (name: string) => readFileSync(new URL(`../fixtures/${name}`, import.meta.url), "utf8")
    database.exec(fixture("journal-earlier-kinds.sql"))
    database.close()
    const at = ["--data-dir", dataDir]
    const exported = fixture("journal-earlier-kinds.jsonl")
    assert.strictEqual((await life(["log", "earlier", "--json", ...at])).stdout, exported)
    for (const type of ["Heartbeat", "FromAfar"]) {
      const { stdout } = await life(["log", "earlier", "--kind", type, "--json", ...at])
      const lines = exported.split("\n").filter((line) => line.includes(`"type":"${type}"`))
      assert.strictEqual(stdout, `${lines.join("\n")}\n`)
    }
    assert.match((await life(["log", "earlier", "--kind", "Heartbeat", ...at])).stdout, / Heartbeat +unknown type: /)
  })

  it("life log --follow ends at Ctrl-C", async () => {
    const running = start(["log", "survey-1", "--follow", "--json", ...place.at])
    await running.line(isEvent("RunFinished"))
    running.kill("SIGINT")
    assert.strictEqual((await running.ended).code, 130)
  })

  it("life log --follow ends quietly when its standard output is closed", async () => {
    const running = start(["log", "survey-1", "--follow", "--json", ...place.at])
    await running.line(isEvent("SessionCreated"))
    running.hangUp()
    const appended = await life(["run", "Look again", "--session", "survey-1", "--yes", ...place.at])
    assert.strictEqual(appended.code, 0, appended.stderr)
    const { code, stderr } = await running.ended
    assert.strictEqual(code, 0)
    assert.strictEqual(stderr, "")
  })

  it("the commands that read suggest the nearest session for one that does not exist", async () => {
    for (const command of ["log", "state", "replay", "verify"]) {
      const { code, stderr } = await life([command, "survey-2", ...place.at])
      assert.strictEqual(code, 1)
      assert.match(stderr, /there is no session "survey-2".*Did you mean survey-1\?.*life sessions/)
    }
  })

  it("life verify finds one altered byte and names its sequence", async () => {
    const copy = copied("altered")
    assert.strictEqual((await life(["verify", "survey-1", "--data-dir", copy])).code, 0)
    const database = new Database(join(copy, "journal.sqlite"))
    database.prepare("UPDATE events SET body = replace(body, 'life-report', 'life-repart') WHERE sequence = 2").run()
    database.close()
    const { code, stderr } = await life(["verify", "survey-1", "--data-dir", copy])
    assert.strictEqual(code, 1)
    assert.match(stderr, /sequence 2: record 2 was altered/)
  })

  it("life verify says so when the checkpoints were signed by another key", async () => {
    const copy = copied("rekeyed")
    writeFileSync(join(copy, "identity.key"), `${"ab".repeat(32)}\n`, { mode: 0o600 })
    const { code, stderr } = await life(["verify", "survey-1", "--data-dir", copy])
    assert.strictEqual(code, 1)
    assert.match(stderr, /was signed by [0-9a-f]{64}, and the key of this data directory is/)
  })

  it("life verify checks the signatures without the key, and says that it is missing", async () => {
    const copy = copied("keyless")
    rmSync(join(copy, "identity.key"))
    const at = ["--data-dir", copy]
    const { code, stderr, stdout } = await life(["verify", "survey-1", ...at])
    assert.strictEqual(code, 0, stderr)
    assert.match(stdout, /^survey-1: \d+ records intact and proven, \d+ checkpoints? signed by [0-9a-f]{64}\n$/)
    assert.include(stderr, `${copy} has no identity.key`)
    assert.include(stderr, "cannot tell whose key signed them")
    const known = JSON.parse((await life(["verify", "survey-1", "--json", ...place.at])).stdout)
    const unknown = JSON.parse((await life(["verify", "survey-1", "--json", ...at])).stdout)
    assert.deepStrictEqual(known.signedBy, [known.publicKey])
    assert.deepStrictEqual(unknown, { ...known, publicKey: null })

    const database = new Database(join(copy, "journal.sqlite"))
    const altered = database
      .prepare(`UPDATE events SET body = json_set(body, '$.signature', ?) WHERE body ->> '$.signature' IS NOT NULL`)
      .run("0".repeat(128))
    database.close()
    assert.isAbove(altered.changes, 0)
    const forged = await life(["verify", "survey-1", ...at])
    assert.strictEqual(forged.code, 1)
    assert.match(forged.stderr, /was altered|the signature of \w+ does not fit/)
  })
})

describe("life", { timeout: 60_000 }, () => {
  it("life answers --version and -v from package.json", async () => {
    const { version } = JSON.parse(readFileSync(new URL("../../package.json", import.meta.url), "utf8"))
    for (const flag of ["--version", "-v"]) assert.strictEqual((await life([flag])).stdout, `${version}\n`)
  })

  it("life lists its commands, and the options of each", async () => {
    const { code, stdout } = await life(["--help"])
    assert.strictEqual(code, 0)
    assert.match(stdout, /^ {2}replay {2,}\w/m)
    const run = await life(["run", "--help"])
    assert.match(run.stdout, /^\$ life run /m)
    assert.match(run.stdout, /^ {2}--budget-tokens N {2,}\w/m)
    assert.notInclude(run.stdout, "\u001b")
  })

  it("life says what is plugged into the phases of a tick", async () => {
    const listed = await life(["doctor", "--sockets", "--json"])
    const entries = listed.stdout
      .trim()
      .split("\n")
      .map((line): unknown => JSON.parse(line))
    assert.deepInclude(entries, { socket: "tools", rule: "delegation:delegate", subsystem: "delegation" })
    const { stdout } = await life(["doctor", "--sockets"])
    assert.match(stdout, /^fold +memory +version 1, folds RunStarted, /)
    assert.match(stdout, /^tools +memory:memory_forget *\ntools +delegation:delegate *\n/m)
    assert.lengthOf(stdout.trim().split("\n"), entries.length)
    const bare = await life(["doctor"])
    assert.strictEqual(bare.code, 2)
    assert.match(bare.stderr, /`life doctor --sockets` shows the phases of a tick/)
  })
})
