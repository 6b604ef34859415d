import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import * as fc from "fast-check"
import { spawnSync } from "node:child_process"
import {
  chmodSync,
  closeSync,
  constants,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync
} from "node:fs"
import { createServer } from "node:net"
import { join } from "node:path"
import type { Json } from "../../../src/layers/aios/index.js"
import { openRoot as openPortable } from "../../../src/layers/praxis/boundary/directoryPortable.js"
import { openRoot as openProc } from "../../../src/layers/praxis/boundary/directoryProc.js"
import { readFile } from "../../../src/layers/praxis/boundary/readFile.js"
import { writeFile } from "../../../src/layers/praxis/boundary/writeFile.js"
import { cooperate, type Work } from "../../../src/layers/praxis/cooperate.js"
import { makeWith } from "../../../src/layers/praxis/Workspace.js"
import { context, failure, makeHands, temporaryDirectory, sha256 } from "./harness.js"

const secret = "TOP-SECRET"

/** A harness with a secret outside its workspace, and the calls of every tool on one path. */
const makeTarget = Effect.gen(function* () {
  const hands = yield* makeHands({ protectedPaths: [".life"] })
  writeFileSync(join(hands.outside, "secret"), secret)
  mkdirSync(join(hands.outside, "dir"))
  writeFileSync(join(hands.outside, "dir/secret"), secret)
  return hands
})

const toolsOn = (path: string): ReadonlyArray<readonly [string, Json]> => [
  ["read_file", { path }],
  ["list_dir", { path }],
  ["glob", { pattern: "**", path }],
  ["grep", { pattern: ".", path }],
  ["write_file", { path, content: "escaped", sha256: sha256("mine") }]
]

const unchangedOutside = (outside: string): void => {
  assert.deepStrictEqual(readdirSync(outside, { recursive: true }).map(String).toSorted(), [
    "dir",
    "dir/secret",
    "secret"
  ])
  assert.strictEqual(readFileSync(join(outside, "secret"), "utf8"), secret)
  assert.strictEqual(readFileSync(join(outside, "dir/secret"), "utf8"), secret)
}

describe("paths", () => {
  it.scoped("a path that steps upward is refused wherever the step stands", () =>
    Effect.gen(function* () {
      const { outside, prepare } = yield* makeTarget
      for (const path of [
        "..",
        "../secret",
        "a/../b",
        "a/..",
        "./..",
        "a/b/..",
        "..\\secret",
        "a\\..\\b",
        "../",
        "a//../.."
      ]) {
        for (const [tool, input] of toolsOn(path)) {
          assert.strictEqual((yield* failure(prepare(tool, input))).reason, "PolicyViolation", `${tool} ${path}`)
        }
      }
      unchangedOutside(outside)
    })
  )

  it.scoped("an absolute path means the same as a relative one inside the workspace and is refused outside", () =>
    Effect.gen(function* () {
      const { call, outside, prepare, root } = yield* makeTarget
      writeFileSync(join(root, "a"), "x")
      assert.deepInclude(yield* call("read_file", { path: join(root, "a") }), { path: "a", content: "x" })
      assert.deepInclude(yield* call("list_dir", { path: root }), { path: ".", total: 1 })
      assert.deepStrictEqual((yield* prepare("read_file", { path: `/${root}//./a` })).capabilities, ["fs:read:/a"])
      for (const path of ["/etc/passwd", "/", outside, `${root}x`, join(outside, "secret"), `${root}/../x`]) {
        for (const [tool, input] of toolsOn(path)) {
          const error = yield* failure(prepare(tool, input))
          assert.strictEqual(error.reason, "PolicyViolation", `${tool} ${path}`)
          assert.match(error.message, /from the workspace root|relative to the workspace root/)
        }
      }
    })
  )

  it.scoped("NUL, half characters and paths that are too long are refused", () =>
    Effect.gen(function* () {
      const { call, prepare } = yield* makeTarget
      for (const path of ["a\0b", "\0", "a\ud800", "n/".repeat(3_000)]) {
        for (const [tool, input] of toolsOn(path)) {
          assert.strictEqual((yield* failure(prepare(tool, input))).reason, "InvalidInput", tool)
        }
      }
      for (const [tool, input] of toolsOn("n".repeat(256))) {
        const error = yield* failure(call(tool, input))
        assert.strictEqual(error.reason, "Unavailable", tool)
      }
      yield* call("write_file", { path: "n".repeat(255), content: "x" })
    })
  )

  it.scoped("names are taken as they are given, composed or decomposed", () =>
    Effect.gen(function* () {
      const { call, root } = yield* makeTarget
      const [composed, decomposed] = ["é".normalize("NFC"), "é".normalize("NFD")]
      yield* call("write_file", { path: composed, content: "nfc" })
      assert.deepStrictEqual(readdirSync(root), [composed])
      if (readdirSync(root).length === 1) yield* call("write_file", { path: decomposed, content: "nfd" })
      assert.deepInclude(yield* call("read_file", { path: decomposed }), { content: "nfd" })
      assert.deepInclude(yield* call("read_file", { path: composed }), { content: "nfc" })
    })
  )

  it.scoped("a file named like a program's input is just a file", () =>
    Effect.gen(function* () {
      const { call, root } = yield* makeTarget
      for (const path of ["-rf", "~", "$HOME", "*", "a b", "'", "\n", "C:", "...", " "]) {
        yield* call("write_file", { path, content: path })
        assert.strictEqual(readFileSync(join(root, path), "utf8"), path)
      }
    })
  )
})

describe("symlinks", () => {
  it.scoped("a symlink that leads outside is refused as leaf, as directory, in a chain, relative and absolute", () =>
    Effect.gen(function* () {
      const { call, outside, prepare, root } = yield* makeTarget
      const up = `../${outside.split("/").at(-1)}`
      mkdirSync(join(root, "sub"))
      symlinkSync(join(outside, "secret"), join(root, "leaf"))
      symlinkSync(`${up}/secret`, join(root, "relative"))
      symlinkSync(outside, join(root, "dir"))
      symlinkSync(`../${up}`, join(root, "sub/dir"))
      symlinkSync("leaf", join(root, "chain"))
      symlinkSync("sub/../dir", join(root, "chained"))
      symlinkSync(join(outside, "new"), join(root, "dangling"))
      symlinkSync(`${root}/../${outside.split("/").at(-1)}`, join(root, "around"))
      symlinkSync("/proc/self/root/etc", join(root, "magic"))
      const paths = ["leaf", "relative", "dir", "dir/secret", "dir/new", "sub/dir", "sub/dir/secret", "chain"]
      for (const path of [...paths, "chained", "chained/secret", "dangling", "around/secret", "magic/passwd"]) {
        for (const [tool, input] of toolsOn(path)) {
          const error = yield* failure(prepare(tool, input))
          assert.strictEqual(error.reason, "PolicyViolation", `${tool} ${path}`)
          assert.notInclude(error.message, outside)
        }
      }
      for (const [tool, input] of toolsOn(".").slice(1, 4)) {
        assert.notInclude(JSON.stringify(yield* call(tool, input)), secret)
      }
      unchangedOutside(outside)
    })
  )

  it.scoped("a symlink that stays inside is followed, and needs the capability of both places", () =>
    Effect.gen(function* () {
      const { call, prepare, root } = yield* makeTarget
      mkdirSync(join(root, "a/b"), { recursive: true })
      writeFileSync(join(root, "a/file"), "inside")
      symlinkSync("../file", join(root, "a/b/up"))
      symlinkSync(join(root, "a"), join(root, "absolute"))
      symlinkSync("absolute/b/../b", join(root, "winding"))
      symlinkSync("a/later", join(root, "later"))
      const prepared = yield* prepare("read_file", { path: "winding/up" })
      assert.deepStrictEqual(prepared.capabilities, ["fs:read:/winding/up", "fs:read:/a/file"])
      assert.deepInclude((yield* prepared.execute(context)).output, { path: "winding/up", content: "inside" })
      assert.deepInclude(yield* call("list_dir", { path: "absolute" }), { total: 2 })
      yield* call("write_file", { path: "winding/up", content: "new", sha256: sha256("inside") })
      yield* call("write_file", { path: "later", content: "made" })
      assert.strictEqual(readFileSync(join(root, "a/file"), "utf8"), "new")
      assert.strictEqual(readFileSync(join(root, "a/later"), "utf8"), "made")
    })
  )

  it.scoped("circles of symlinks end with an error", () =>
    Effect.gen(function* () {
      const { prepare, root } = yield* makeTarget
      symlinkSync("b", join(root, "a"))
      symlinkSync("a", join(root, "b"))
      symlinkSync("self/x", join(root, "self"))
      symlinkSync(".", join(root, "here"))
      for (const path of ["a", "b/x", "self"]) {
        assert.strictEqual((yield* failure(prepare("read_file", { path }))).reason, "Unavailable")
      }
      assert.deepStrictEqual((yield* prepare("list_dir", { path: "here/here" })).capabilities, [
        "fs:read:/here/here",
        "fs:read:/"
      ])
    })
  )

  it.scoped("a symlink that takes the place of a file or directory after the check is not followed", () =>
    Effect.gen(function* () {
      const { outside, prepare, root } = yield* makeTarget
      mkdirSync(join(root, "dir"))
      writeFileSync(join(root, "dir/secret"), "mine")
      writeFileSync(join(root, "secret"), "mine")
      const calls = [...toolsOn("dir/secret").filter(([tool]) => /file|grep/.test(tool)), ...toolsOn("dir").slice(1, 4)]
      const prepared = yield* Effect.forEach(calls, ([tool, input]) => prepare(tool, input))
      const leaf = yield* prepare("read_file", { path: "secret" })
      const fresh = yield* prepare("write_file", { path: "new/dir/file", content: "escaped" })
      renameSync(join(root, "dir"), join(root, "was"))
      symlinkSync(join(outside, "dir"), join(root, "dir"))
      rmSync(join(root, "secret"))
      symlinkSync(join(outside, "secret"), join(root, "secret"))
      symlinkSync(outside, join(root, "new"))
      for (const { execute } of [...prepared, leaf, fresh]) {
        const outcome = yield* Effect.either(execute(context))
        assert.notInclude(JSON.stringify(outcome), secret)
      }
      unchangedOutside(outside)
    })
  )
})

describe("protected paths", () => {
  it.scoped("the data directory can be neither read, written nor listed, by any spelling", () =>
    Effect.gen(function* () {
      const { call, prepare, root } = yield* makeTarget
      mkdirSync(join(root, ".life/deep"), { recursive: true })
      writeFileSync(join(root, ".life/key"), secret)
      symlinkSync(".life", join(root, "way"))
      symlinkSync("way/key", join(root, "key"))
      for (const path of [
        ".life",
        ".life/key",
        "./.life//key",
        ".LIFE/key",
        ".life./key",
        "way",
        "way/key",
        "key",
        join(root, ".life/key")
      ]) {
        for (const [tool, input] of toolsOn(path)) {
          assert.strictEqual((yield* failure(prepare(tool, input))).reason, "PolicyViolation", `${tool} ${path}`)
        }
      }
      const shown = yield* Effect.forEach(toolsOn(".").slice(1, 4), ([tool, input]) => call(tool, input))
      assert.notMatch(JSON.stringify(shown), /\.life|TOP-SECRET/)
      assert.deepInclude(yield* call("list_dir", { depth: 5 }), { total: 2 })
    })
  )

  it.scoped("git's own files can be read and not written, at any depth", () =>
    Effect.gen(function* () {
      const { call, prepare, root } = yield* makeTarget
      mkdirSync(join(root, ".git/hooks"), { recursive: true })
      writeFileSync(join(root, ".git/config"), "[core]")
      symlinkSync(".git/hooks", join(root, "innocent"))
      assert.deepInclude(yield* call("read_file", { path: ".git/config" }), { content: "[core]" })
      const paths = [
        ".git/config",
        ".git/hooks/pre-commit",
        ".GIT/config",
        ".git",
        "innocent/post-commit",
        "sub/.git/config",
        "sub/.git"
      ]
      for (const path of paths) {
        const error = yield* failure(prepare("write_file", { path, content: "x" }))
        assert.strictEqual(error.reason, "PolicyViolation", path)
      }
      yield* call("write_file", { path: ".gitignore", content: "dist\n" })
      yield* call("write_file", { path: ".github/workflow.yml", content: "on: push\n" })
    })
  )
})

describe("what is not a regular file", () => {
  it.scoped("a pipe, a socket and a device are refused at once", () =>
    Effect.gen(function* () {
      const { call, root } = yield* makeTarget
      assert.strictEqual(spawnSync("mkfifo", [join(root, "pipe")]).status, 0)
      const server = createServer().listen(join(root, "socket"))
      yield* Effect.addFinalizer(() => Effect.sync(() => server.close()))
      yield* Effect.async<void>((resume) => {
        if (server.listening) resume(Effect.void)
        else server.once("listening", () => resume(Effect.void))
      })
      const device = spawnSync("mknod", [join(root, "device"), "c", "1", "5"]).status === 0
      for (const path of ["pipe", "socket", ...(device ? ["device"] : [])]) {
        for (const tool of ["read_file", "grep", "write_file"]) {
          const input =
            tool === "grep" ? { path, pattern: "x" } : tool === "read_file" ? { path } : { path, content: "x" }
          assert.strictEqual((yield* failure(call(tool, input))).reason, "Unavailable", `${tool} ${path}`)
        }
      }
      assert.deepInclude(yield* call("grep", { pattern: "x" }), { count: 0 })
      assert.deepInclude(yield* call("list_dir", {}), { total: device ? 3 : 2 })
    })
  )

  it.scoped("a file or directory without permission is an error, or skipped by a search", (context) =>
    Effect.gen(function* () {
      if (process.getuid?.() === 0 && process.seteuid === undefined) return context.skip("permissions do not bind root")
      const { call, root } = yield* makeTarget
      mkdirSync(join(root, "shut"))
      writeFileSync(join(root, "shut/a"), "x")
      writeFileSync(join(root, "closed"), "x")
      writeFileSync(join(root, "open"), "x")
      writeFileSync(join(root, "fixed"), "x")
      chmodSync(join(root, "shut"), 0)
      chmodSync(join(root, "closed"), 0)
      chmodSync(join(root, "fixed"), 0o444)
      chmodSync(root, 0o777)
      yield* Effect.acquireRelease(
        Effect.sync(() => process.getuid?.() === 0 && process.seteuid?.(65_534)),
        () => Effect.sync(() => process.getuid?.() === 0 && process.seteuid?.(0))
      )
      for (const path of ["closed", "shut/a"]) {
        const error = yield* failure(call("read_file", { path }))
        assert.strictEqual(error.reason, "Unavailable")
        assert.include(error.message, "permission")
      }
      assert.strictEqual(
        (yield* failure(call("write_file", { path: "fixed", content: "y", sha256: sha256("x") }))).reason,
        "Unavailable"
      )
      assert.deepInclude(yield* call("grep", { pattern: "x" }), {
        count: 2,
        skipped: { binary: 0, secret: 0, tooLarge: 0, unreadable: 2 }
      })
    })
  )
})

describe("any path at all", () => {
  const part = fc.oneof(
    fc.constantFrom(
      "..",
      ".",
      "",
      "/",
      "\\",
      "a",
      "link",
      "out",
      "dir",
      "\0",
      "..\0",
      "%2e%2e",
      "․․",
      "．．",
      "~",
      "C:",
      "\u202e.."
    ),
    fc.string({ unit: "binary", maxLength: 6 })
  )
  const path = fc
    .tuple(fc.constantFrom("", "/", "//", "\\", "./"), fc.array(part, { maxLength: 8 }), fc.constantFrom("/", "\\"))
    .map(([start, parts, separator]) => start + parts.join(separator))

  it.scoped(
    "no path at all leads outside of the workspace",
    () =>
      Effect.gen(function* () {
        const { call, outside, root } = yield* makeTarget
        mkdirSync(join(root, "a/dir"), { recursive: true })
        symlinkSync("a/dir", join(root, "link"))
        symlinkSync(outside, join(root, "out"))
        symlinkSync("../../out", join(root, "a/dir/out"))
        const seed = Number(process.env["FC_SEED"] ?? 20_261_122)
        yield* Effect.forEach(fc.sample(path, { numRuns: 400, seed }), (path) =>
          Effect.gen(function* () {
            const outcomes = yield* Effect.forEach(toolsOn(path), ([tool, input]) => Effect.either(call(tool, input)))
            assert.notInclude(JSON.stringify(outcomes), secret, `seed ${seed}, path ${JSON.stringify(path)}`)
          })
        )
        unchangedOutside(outside)
      }),
    120_000
  )
})

for (const [system, openRoot] of [
  ["descriptors", openProc],
  ["real paths", openPortable]
] as const) {
  describe(`the boundary by ${system}`, () => {
    const make = Effect.gen(function* () {
      const root = yield* temporaryDirectory
      const outside = yield* temporaryDirectory
      writeFileSync(join(outside, "secret"), secret)
      const workspace = yield* makeWith(openRoot, { root, protectedPaths: [] })
      const run = <A>(work: () => Work<A>) => cooperate("test", "test", work)
      return { root, outside, workspace, run }
    })

    it.scoped.skipIf(openRoot === openProc && process.platform !== "linux")(
      "the boundary lets reads and writes through inside",
      () =>
        Effect.gen(function* () {
          const { root, run, workspace } = yield* make
          const options = { tag: "t", replaced: undefined }
          yield* run(() => writeFile(workspace, ["a", "b"], Buffer.from("one"), options))
          yield* run(() =>
            writeFile(workspace, ["a", "b"], Buffer.from("two"), { ...options, replaced: sha256("one") })
          )
          assert.strictEqual(String(yield* run(() => readFile(workspace, ["a", "b"], 10))), "two")
          assert.deepStrictEqual(readdirSync(join(root, "a")), ["b"])
        })
    )

    it.scoped.skipIf(openRoot === openProc && process.platform !== "linux")(
      "the boundary does not wait at a pipe",
      () =>
        Effect.gen(function* () {
          const { root } = yield* make
          assert.strictEqual(spawnSync("mkfifo", [join(root, "pipe")]).status, 0)
          const directory = openRoot(root)
          closeSync(directory.open("pipe", constants.O_RDONLY))
          assert.throws(() => directory.open("pipe", constants.O_WRONLY), /ENXIO/)
          directory.close()
        })
    )

    it.scoped.skipIf(openRoot === openProc && process.platform !== "linux")(
      "the boundary follows no symlink, not even one inside",
      () =>
        Effect.gen(function* () {
          const { outside, root, run, workspace } = yield* make
          mkdirSync(join(root, "real"))
          writeFileSync(join(root, "real/file"), "x")
          symlinkSync("real", join(root, "inside"))
          symlinkSync(outside, join(root, "out"))
          symlinkSync(join(outside, "secret"), join(root, "leaf"))
          for (const names of [["inside", "file"], ["out", "secret"], ["leaf"]]) {
            yield* failure(run(() => readFile(workspace, names, 100)))
            yield* failure(run(() => writeFile(workspace, names, Buffer.from("x"), { tag: "t", replaced: undefined })))
          }
          assert.deepStrictEqual(readdirSync(outside), ["secret"])
          assert.strictEqual(readFileSync(join(outside, "secret"), "utf8"), secret)
        })
    )
  })
}
