/** Hooks as the command line finds them. */
import { assert, describe, it } from "@effect/vitest"
import { chmodSync, existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { afterAll, beforeAll } from "vitest"
import { life, workspace } from "./command.js"

let place: ReturnType<typeof workspace>
let config: string
beforeAll(() => {
  place = workspace()
  config = join(place.root, "life.toml")
  writeFileSync(join(place.root, "told.sh"), '#!/bin/sh\necho "$LIFE_HOOK" >> told.txt\n')
  chmodSync(join(place.root, "told.sh"), 0o755)
  writeFileSync(config, '[[hooks]]\non = "runEnd"\ncommand = ["./told.sh"]\n')
})
afterAll(() => place[Symbol.dispose]())

const told = () => readFileSync(join(place.root, "told.txt"), "utf8")

describe("life run", { timeout: 120_000 }, () => {
  it("life run runs the hooks of the file it is given, and of the one that the environment names", async () => {
    const given = await life(["run", "--yes", "--config", config, ...place.at])
    assert.strictEqual(given.code, 0, given.stderr)
    assert.strictEqual(told(), "runEnd\n")
    const named = await life(["run", "--yes", ...place.at], { env: { LIFE_CONFIG: config } })
    assert.strictEqual(named.code, 0, named.stderr)
    assert.strictEqual(told(), "runEnd\nrunEnd\n")
  })

  it("life run takes the user's own file, and leaves one in the workspace alone", async () => {
    const home = join(place.root, "config")
    mkdirSync(join(home, "life"), { recursive: true })
    writeFileSync(
      join(home, "life/life.toml"),
      `[[hooks]]\non = "runStart"\ncommand = ["${join(place.root, "told.sh")}"]\n`
    )
    writeFileSync(join(place.tree, "life.toml"), '[[hooks]]\non = "runStart"\ncommand = ["touch", "hacked"]\n')
    const { code, stderr } = await life(["run", "--yes", ...place.at], { env: { XDG_CONFIG_HOME: home } })
    assert.strictEqual(code, 0, stderr)
    assert.strictEqual(readFileSync(join(home, "life/told.txt"), "utf8"), "runStart\n")
    assert.match(stderr, /life\.toml is not read, because its commands would run/)
    assert.isFalse(existsSync(join(place.tree, "hacked")))
  })

  it("life run refuses a hooks file that is missing or malformed", async () => {
    const missing = await life(["run", "--config", join(place.root, "none.toml"), ...place.at])
    assert.strictEqual(missing.code, 1)
    assert.match(missing.stderr, /none\.toml cannot be read/)
    const bad = join(place.root, "bad.toml")
    writeFileSync(bad, '[[hooks]]\non = "runEnd"\n')
    const senseless = await life(["run", "--config", bad, ...place.at])
    assert.strictEqual(senseless.code, 2)
    assert.match(senseless.stderr, /bad\.toml: .*/)
    assert.include(senseless.stderr, "command")
  })
})
