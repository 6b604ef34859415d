import { assert, describe, it } from "@effect/vitest"
import { Effect, Random } from "effect"
import { type ChildProcess, spawn } from "node:child_process"
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { contents } from "./fixtures/contents.js"
import { failure, makeHands, sha256 } from "./harness.js"

const fixture = (name: string) => fileURLToPath(new URL(`./fixtures/${name}`, import.meta.url))

/** A program that has said it is ready; killed when the scope closes. */
const start = (...args: ReadonlyArray<string>) =>
  Effect.acquireRelease(
    Effect.async<ChildProcess>((resume) => {
      const child = spawn(process.execPath, args, { stdio: ["ignore", "pipe", "inherit"] })
      child.once("exit", (code) => resume(Effect.dieMessage(`the program ended with ${code}`)))
      child.stdout.once("data", () => resume(Effect.succeed(child)))
    }),
    (child) =>
      Effect.async<void>((resume) => {
        if (child.exitCode !== null || child.signalCode !== null) return resume(Effect.void)
        child.once("exit", () => resume(Effect.void))
        child.kill("SIGKILL")
      })
  )

describe("a race against a program that swaps directories for symlinks", () => {
  it.scopedLive.skipIf(process.platform !== "linux")(
    "a swap of directories for symlinks never leads a write or a read outside",
    () =>
      Effect.gen(function* () {
        const { call, outside, root } = yield* makeHands()
        writeFileSync(join(outside, "secret"), "TOP-SECRET")
        mkdirSync(join(root, "dir"))
        writeFileSync(join(root, "dir/secret"), "mine")
        writeFileSync(join(root, "leaf"), "mine")
        const swapper = yield* start(fixture("swapper.mjs"), root, outside)
        const tally = { ok: 0, refused: 0 }
        const attempt = (tool: string, input: Parameters<typeof call>[1]) =>
          Effect.map(Effect.either(call(tool, input)), (outcome) => {
            assert.notInclude(JSON.stringify(outcome), "TOP-SECRET")
            tally[outcome._tag === "Right" ? "ok" : "refused"] += 1
          })
        for (let i = 0; i < 200; i++) {
          yield* attempt("write_file", { path: `dir/new-${i % 20}/file`, content: `escaped ${i}` })
          const sha = sha256(i === 0 ? "mine" : `mine ${i - 1}`)
          yield* attempt("write_file", { path: "leaf", content: `mine ${i}`, sha256: sha })
          yield* attempt("read_file", { path: "dir/secret" })
          yield* attempt("read_file", { path: "leaf" })
          yield* attempt("grep", { pattern: ".", path: "dir" })
          yield* attempt("list_dir", { path: "dir", depth: 3 })
        }
        assert.deepStrictEqual(readdirSync(outside), ["secret"])
        assert.strictEqual(readFileSync(join(outside, "secret"), "utf8"), "TOP-SECRET")
        assert.isNull(swapper.exitCode)
        // Both must have happened, or the race was none.
        assert.isAbove(tally.ok, 20)
        assert.isAbove(tally.refused, 20)
      }),
    180_000
  )
})

describe("a write that is killed", () => {
  it.scopedLive(
    "a killed write leaves the old content or the new, whole, and nothing after the next write",
    () =>
      Effect.gen(function* () {
        const { call, root } = yield* makeHands()
        const target = join(root, "deep/target")
        const seen = new Set<string>()
        const random = Random.make("a write that is killed")
        for (let round = 0; round < 6; round++) {
          yield* Effect.scoped(
            Effect.gen(function* () {
              yield* start("--import", "tsx", fixture("writer.ts"), root)
              // The kill falls at a random instant of the writing.
              yield* Effect.sleep(yield* random.nextRange(0, 120))
            })
          )
          if (!existsSync(target)) continue
          const content = readFileSync(target, "utf8")
          assert.isTrue(contents.includes(content), `round ${round}: ${content.length} characters are neither content`)
          seen.add(content.slice(0, 1))
        }
        assert.isNotEmpty(seen)
        const before = sha256(readFileSync(target))
        yield* call("write_file", { path: "deep/target", content: "after", sha256: before })
        assert.deepStrictEqual(readdirSync(join(root, "deep")), ["target"])
      }),
    240_000
  )
})

describe("expressions and globs that make backtracking engines explode", () => {
  it.scopedLive(
    "expressions and globs that make backtracking engines explode end at once",
    () =>
      Effect.gen(function* () {
        const { call, root } = yield* makeHands()
        const name = "a".repeat(255)
        writeFileSync(join(root, name), `${"a".repeat(1_000_000)}\n`)
        writeFileSync(join(root, ".gitignore"), `${"*a".repeat(100)}b\n${"**/a/".repeat(100)}b\n`)
        for (const pattern of ["(a+)+$x", "(a|aa)+b", "(.*a){25}b", "(?:a?){400}a{400}b"]) {
          assert.deepInclude(yield* call("grep", { pattern, path: name }), { count: 0 })
        }
        for (const pattern of [`${"*a".repeat(100)}b`, `${"**/*a".repeat(60)}b`, "[a-a]*".repeat(100)]) {
          yield* call("glob", { pattern })
        }
        assert.strictEqual((yield* failure(call("grep", { pattern: "(".repeat(1_000) }))).reason, "InvalidInput")
        assert.strictEqual((yield* failure(call("grep", { pattern: "((a{100}){100}){100}" }))).reason, "InvalidInput")
      }),
    60_000
  )

  it.scopedLive("grep skips a line that would block the agent, and says so", () =>
    Effect.gen(function* () {
      const { call, root } = yield* makeHands()
      writeFileSync(join(root, "line"), `${"a".repeat(1_000_000)}\n${"a".repeat(500)}\n`)
      const found = yield* call("grep", { pattern: "(a?){500}a{500}$" })
      assert.deepInclude(found, { count: 1, skipped: { binary: 0, secret: 0, tooLarge: 1, unreadable: 0 } })
    })
  )
})
