import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import {
  chmodSync,
  existsSync,
  ftruncateSync,
  mkdirSync,
  openSync,
  closeSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  writeFileSync
} from "node:fs"
import { join } from "node:path"
import { Limits } from "../../../src/layers/aios/index.js"
import { failure, makeHands, sha256 } from "./harness.js"

describe("read_file", () => {
  it.scoped("read_file gives the exact text, the line numbers and the hash of the whole file", () =>
    Effect.gen(function* () {
      const { call, root } = yield* makeHands()
      writeFileSync(join(root, "a.txt"), "one\r\ntwo\nthree")
      assert.deepStrictEqual(yield* call("read_file", { path: "a.txt" }), {
        path: "a.txt",
        content: "one\r\ntwo\nthree",
        startLine: 1,
        endLine: 3,
        totalLines: 3,
        truncated: false,
        sha256: sha256("one\r\ntwo\nthree")
      })
    })
  )

  it.scoped("read_file gives the requested lines and says that more follow", () =>
    Effect.gen(function* () {
      const { call, root } = yield* makeHands()
      writeFileSync(join(root, "a.txt"), "1\n2\n3\n4\n")
      assert.deepStrictEqual(yield* call("read_file", { path: "a.txt", offset: 2, limit: 2 }), {
        path: "a.txt",
        content: "2\n3\n",
        startLine: 2,
        endLine: 3,
        totalLines: 4,
        truncated: true,
        sha256: sha256("1\n2\n3\n4\n")
      })
      const error = yield* failure(call("read_file", { path: "a.txt", offset: 5 }))
      assert.strictEqual(error.reason, "InvalidInput")
      assert.include(error.message, "from 1 to 4")
    })
  )

  it.scoped("read_file gives an empty file as no lines", () =>
    Effect.gen(function* () {
      const { call, root } = yield* makeHands()
      writeFileSync(join(root, "empty"), "")
      assert.deepInclude(yield* call("read_file", { path: "empty" }), {
        content: "",
        startLine: 1,
        endLine: 0,
        totalLines: 0,
        truncated: false
      })
    })
  )

  it.scoped("read_file stops after the default number of lines and within the bytes of an output", () =>
    Effect.gen(function* () {
      const { call, root } = yield* makeHands()
      writeFileSync(join(root, "many.txt"), "x\n".repeat(5_000))
      assert.deepInclude(yield* call("read_file", { path: "many.txt" }), {
        endLine: Limits.readLinesDefault,
        totalLines: 5_000,
        truncated: true
      })
      writeFileSync(join(root, "wide.txt"), `${"\u0001".repeat(500)}\n`.repeat(1_000))
      const wide = yield* call("read_file", { path: "wide.txt" })
      assert.deepInclude(wide, { totalLines: 1_000, truncated: true })
      assert.isAtMost(Buffer.byteLength(JSON.stringify(wide)), Limits.toolOutputBytesMax)
      writeFileSync(join(root, "line.txt"), "y".repeat(Limits.toolOutputBytesMax))
      assert.strictEqual((yield* failure(call("read_file", { path: "line.txt" }))).reason, "TooLarge")
    })
  )

  it.scoped("read_file refuses files that are not UTF-8 text and says how big they are", () =>
    Effect.gen(function* () {
      const { call, root } = yield* makeHands()
      for (const bytes of [
        Buffer.from([0x66, 0xff, 0x0a]),
        Buffer.from("text", "utf16le"),
        Buffer.from([0xed, 0xa0, 0x80])
      ]) {
        writeFileSync(join(root, "b"), bytes)
        const error = yield* failure(call("read_file", { path: "b" }))
        assert.strictEqual(error.reason, "Unavailable")
        assert.include(error.message, `not UTF-8 text (${bytes.length} bytes`)
      }
    })
  )

  it.scoped("read_file refuses a 2 GB sparse file without reading it", () =>
    Effect.gen(function* () {
      const { call, root } = yield* makeHands()
      const fd = openSync(join(root, "sparse"), "w")
      ftruncateSync(fd, 2 ** 31)
      closeSync(fd)
      const before = process.memoryUsage().rss
      const error = yield* failure(call("read_file", { path: "sparse" }))
      assert.strictEqual(error.reason, "TooLarge")
      assert.include(error.message, "2147483648 bytes")
      assert.isBelow(process.memoryUsage().rss - before, 100_000_000)
      assert.deepInclude(yield* call("grep", { pattern: "x" }), {
        count: 0,
        skipped: { binary: 0, secret: 0, tooLarge: 1, unreadable: 0 }
      })
    })
  )

  it.scoped("read_file says where to look for a file that is missing", () =>
    Effect.gen(function* () {
      const { call, root } = yield* makeHands()
      const error = yield* failure(call("read_file", { path: "src/nothing.ts" }))
      assert.strictEqual(error.reason, "Unavailable")
      assert.include(error.message, "list_dir")
      writeFileSync(join(root, "file"), "")
      for (const path of ["file/", "file/.", "missing/", "."]) {
        assert.strictEqual((yield* failure(call("read_file", { path }))).reason, "Unavailable", path)
      }
    })
  )
})

describe("list_dir", () => {
  it.scoped("list_dir lists kinds and sizes sorted by name, deeper levels on request", () =>
    Effect.gen(function* () {
      const { call, root } = yield* makeHands()
      mkdirSync(join(root, "a/b/c"), { recursive: true })
      mkdirSync(join(root, ".git"))
      writeFileSync(join(root, ".git/HEAD"), "ref")
      writeFileSync(join(root, "a.txt"), "12345")
      writeFileSync(join(root, "a/b/x"), "1")
      symlinkSync("a.txt", join(root, "link"))
      const top = [
        { name: ".git", kind: "dir", sizeBytes: 0 },
        { name: "a", kind: "dir", sizeBytes: 0 },
        { name: "a.txt", kind: "file", sizeBytes: 5 },
        { name: "link", kind: "symlink", sizeBytes: 0 }
      ]
      assert.deepStrictEqual(yield* call("list_dir", {}), { path: ".", entries: top, total: 4, truncated: false })
      assert.deepStrictEqual(yield* call("list_dir", { path: "a/", depth: 2 }), {
        path: "a",
        entries: [
          { name: "b", kind: "dir", sizeBytes: 0 },
          { name: "b/c", kind: "dir", sizeBytes: 0 },
          { name: "b/x", kind: "file", sizeBytes: 1 }
        ],
        total: 3,
        truncated: false
      })
      assert.deepInclude(yield* call("list_dir", { depth: 9 }), { total: 7 })
      assert.strictEqual((yield* failure(call("list_dir", { path: "a.txt" }))).reason, "Unavailable")
      assert.strictEqual((yield* failure(call("list_dir", { path: "none" }))).reason, "Unavailable")
    })
  )

  it.scoped(
    "list_dir counts 20 000 files and gives as many as fit",
    () =>
      Effect.gen(function* () {
        const { call, root } = yield* makeHands()
        for (let i = 0; i < 20_000; i++) writeFileSync(join(root, `file-${i}`), "")
        const listed = yield* call("list_dir", {})
        assert.deepInclude(listed, { total: 20_000, truncated: true })
        assert.isAtMost(Buffer.byteLength(JSON.stringify(listed)), Limits.toolOutputBytesMax)
        const found = yield* call("glob", { pattern: "file-1*9" })
        assert.deepInclude(found, { count: 1_111, truncated: false })
        assert.deepInclude(yield* call("glob", { pattern: "**" }), { count: Limits.listEntriesMax, truncated: true })
      }),
    120_000
  )
})

describe("glob", () => {
  it.scoped("glob finds files from the given directory on, sorted, as paths from the workspace", () =>
    Effect.gen(function* () {
      const { call, root } = yield* makeHands()
      mkdirSync(join(root, "src/deep"), { recursive: true })
      for (const name of ["src/b.ts", "src/a.tsx", "src/deep/c.ts", "src/.hidden.ts", "top.ts"])
        writeFileSync(join(root, name), "")
      const glob = (pattern: string, path?: string) =>
        call("glob", path === undefined ? { pattern } : { pattern, path })
      assert.deepStrictEqual(yield* glob("**/*.{ts,tsx}"), {
        matches: ["src/.hidden.ts", "src/a.tsx", "src/b.ts", "src/deep/c.ts", "top.ts"],
        count: 5,
        truncated: false
      })
      assert.deepInclude(yield* glob("*.ts", "src"), { matches: ["src/.hidden.ts", "src/b.ts"] })
      assert.deepInclude(yield* glob("*.ts"), { matches: ["top.ts"] })
      assert.strictEqual((yield* failure(glob("../*"))).reason, "PolicyViolation")
      assert.strictEqual((yield* failure(glob("{a,../..}/*"))).reason, "PolicyViolation")
      assert.strictEqual((yield* failure(glob("/etc/*"))).reason, "InvalidInput")
      assert.strictEqual((yield* failure(glob("{a,b}".repeat(20)))).reason, "InvalidInput")
    })
  )

  it.scoped("glob leaves out .git, node_modules and ignored files, except when asked for them by path", () =>
    Effect.gen(function* () {
      const { call, root } = yield* makeHands()
      for (const dir of [".git", "node_modules/x", "dist", "pkg/out", "pkg/node_modules"])
        mkdirSync(join(root, dir), { recursive: true })
      for (const file of [
        ".git/config",
        "node_modules/x/i.js",
        "dist/a.js",
        "pkg/out/b.js",
        "pkg/c.js",
        "pkg/keep.log",
        "d.log"
      ]) {
        writeFileSync(join(root, file), "x")
      }
      writeFileSync(join(root, ".gitignore"), "dist/\n*.log\n")
      writeFileSync(join(root, "pkg/.gitignore"), "/out\n!keep.log\n")
      assert.deepInclude(yield* call("glob", { pattern: "**" }), {
        matches: [".gitignore", "pkg/.gitignore", "pkg/c.js", "pkg/keep.log"]
      })
      assert.deepInclude(yield* call("glob", { pattern: "**", path: "dist" }), { matches: ["dist/a.js"] })
      assert.deepInclude(yield* call("glob", { pattern: "**", path: "pkg" }), {
        matches: ["pkg/.gitignore", "pkg/c.js", "pkg/keep.log"]
      })
      assert.deepInclude(yield* call("grep", { pattern: "x", path: "node_modules" }), { count: 1 })
    })
  )
})

describe("grep", () => {
  it.scoped("grep finds lines by expression and file filter, sorted by file and line", () =>
    Effect.gen(function* () {
      const { call, root } = yield* makeHands()
      mkdirSync(join(root, "src"))
      writeFileSync(join(root, "src/a.ts"), "// TODO one\r\nx\n// todo two")
      writeFileSync(join(root, "src/b.md"), "TODO three\n")
      writeFileSync(join(root, "bin"), Buffer.from([0, 1, 2]))
      assert.deepStrictEqual(yield* call("grep", { pattern: "(?i)\\btodo\\b.*$" }), {
        matches: [
          { file: "src/a.ts", line: 1, text: "// TODO one" },
          { file: "src/a.ts", line: 3, text: "// todo two" },
          { file: "src/b.md", line: 1, text: "TODO three" }
        ],
        count: 3,
        truncated: false,
        skipped: { binary: 1, secret: 0, tooLarge: 0, unreadable: 0 }
      })
      assert.deepInclude(yield* call("grep", { pattern: "TODO", glob: "*.md" }), { count: 1 })
      assert.deepInclude(yield* call("grep", { pattern: "TODO", glob: "src/*.ts" }), { count: 1 })
      assert.deepInclude(yield* call("grep", { pattern: "TODO", path: "src/b.md" }), { count: 1 })
      assert.deepInclude(yield* call("grep", { pattern: "TODO", maxMatches: 1 }), { count: 1, truncated: true })
      const error = yield* failure(call("grep", { pattern: "(?=x)" }))
      assert.strictEqual(error.reason, "InvalidInput")
      assert.include(error.message, "RE2")
      assert.strictEqual((yield* failure(call("grep", { pattern: "x", path: "none" }))).reason, "Unavailable")
    })
  )

  it.scoped("grep shows the part of a long line that matches, in whole characters", () =>
    Effect.gen(function* () {
      const { call, root } = yield* makeHands()
      writeFileSync(join(root, "long"), `${"😀".repeat(5_000)}x needle y${"😀".repeat(5_000)}`)
      const found = yield* call("grep", { pattern: "needle" })
      const text = (found as { readonly matches: ReadonlyArray<{ readonly text: string }> }).matches[0]?.text ?? ""
      assert.include(text, "x needle y")
      assert.isAtMost(text.length, Limits.grepLineCharactersMax)
      assert.notMatch(text, /\p{Surrogate}/u)
    })
  )

  it.scoped("grep stays within the bytes of an output", () =>
    Effect.gen(function* () {
      const { call, root } = yield* makeHands()
      writeFileSync(join(root, "wide"), `${"\u0001".repeat(390)}\n`.repeat(1_000))
      const found = yield* call("grep", { pattern: ".", maxMatches: 1_000 })
      assert.deepInclude(found, { truncated: true })
      assert.isAtMost(Buffer.byteLength(JSON.stringify(found)), Limits.toolOutputBytesMax)
    })
  )
})

describe("write_file", () => {
  it.scoped("write_file makes the file and its directories, and lists what it wrote", () =>
    Effect.gen(function* () {
      const { prepare, root } = yield* makeHands()
      const prepared = yield* prepare("write_file", { path: "a/b/ü.md", content: "héllo" })
      const hash = sha256("héllo")
      assert.isFalse(existsSync(join(root, "a")))
      assert.deepStrictEqual(yield* prepared.execute({ sessionId: "s", runId: "r", callId: "c" }), {
        output: { path: "a/b/ü.md", bytes: 6, sha256: hash },
        files: [{ path: "a/b/ü.md", sha256: hash, sizeBytes: 6 }]
      })
      assert.strictEqual(readFileSync(join(root, "a/b/ü.md"), "utf8"), "héllo")
      assert.deepStrictEqual(readdirSync(join(root, "a/b")), ["ü.md"])
    })
  )

  it.scoped("write_file needs fs:overwrite only when other content would be lost", () =>
    Effect.gen(function* () {
      const { prepare, root } = yield* makeHands()
      const capabilities = (path: string) =>
        Effect.map(
          prepare("write_file", { path, content: "same", sha256: sha256("othr") }),
          (prepared) => prepared.capabilities
        )
      writeFileSync(join(root, "same"), "same")
      writeFileSync(join(root, "other"), "othr")
      symlinkSync("other", join(root, "link"))
      assert.deepStrictEqual(yield* capabilities("new"), ["fs:write:/new"])
      assert.deepStrictEqual(yield* capabilities("same"), ["fs:write:/same"])
      assert.deepStrictEqual(yield* capabilities("other"), ["fs:overwrite:/other"])
      assert.deepStrictEqual(yield* capabilities("./link"), ["fs:overwrite:/link", "fs:overwrite:/other"])
    })
  )

  it.scoped("write_file does not replace a file that turned up after the call was allowed", () =>
    Effect.gen(function* () {
      const { prepare, root } = yield* makeHands()
      const prepared = yield* prepare("write_file", { path: "a", content: "mine" })
      writeFileSync(join(root, "a"), "theirs")
      assert.strictEqual(
        (yield* failure(prepared.execute({ sessionId: "s", runId: "r", callId: "c" }))).reason,
        "Unavailable"
      )
      assert.strictEqual(readFileSync(join(root, "a"), "utf8"), "theirs")
      assert.deepStrictEqual(readdirSync(root), ["a"])
    })
  )

  it.scoped("write_file says and leaves the same when it runs twice, and keeps the permissions of the file", () =>
    Effect.gen(function* () {
      const { call, root } = yield* makeHands()
      writeFileSync(join(root, "run.sh"), "old")
      chmodSync(join(root, "run.sh"), 0o751)
      const input = { path: "run.sh", content: "new", sha256: sha256("old") }
      const first = yield* call("write_file", input)
      assert.deepStrictEqual(yield* call("write_file", input), first)
      assert.strictEqual(readFileSync(join(root, "run.sh"), "utf8"), "new")
      assert.strictEqual(statSync(join(root, "run.sh")).mode & 0o777, 0o751)
    })
  )

  it.scoped("write_file removes the leftovers of a killed write to its file, and hides those of other files", () =>
    Effect.gen(function* () {
      const { call, root } = yield* makeHands()
      const leftover = `.life-${sha256("a.txt").slice(0, 16)}-0123456789abcdef.tmp`
      const foreign = `.life-${sha256("b.txt").slice(0, 16)}-0123456789abcdef.tmp`
      for (const name of [leftover, foreign]) writeFileSync(join(root, name), "half")
      yield* call("write_file", { path: "a.txt", content: "whole" })
      assert.deepStrictEqual(readdirSync(root).toSorted(), [foreign, "a.txt"])
      assert.deepInclude(yield* call("list_dir", {}), { total: 1 })
      assert.deepInclude(yield* call("glob", { pattern: "**" }), { matches: ["a.txt"] })
    })
  )

  it.scoped("write_file refuses directories, slashes at the end, too much content and half characters", () =>
    Effect.gen(function* () {
      const { call, root } = yield* makeHands()
      mkdirSync(join(root, "dir"))
      writeFileSync(join(root, "file"), "x")
      const reason = (path: string, content: string) =>
        Effect.map(failure(call("write_file", { path, content })), (error) => error.reason)
      assert.strictEqual(yield* reason("dir", "x"), "Unavailable")
      assert.strictEqual(yield* reason(".", "x"), "Unavailable")
      assert.strictEqual(yield* reason("new/", "x"), "InvalidInput")
      assert.strictEqual(yield* reason("file/below", "x"), "Unavailable")
      assert.strictEqual(yield* reason("new", "x".repeat(Limits.writeFileBytesMax + 1)), "TooLarge")
      assert.strictEqual(yield* reason("new", "\ud83d"), "InvalidInput")
      assert.deepStrictEqual(readdirSync(root).toSorted(), ["dir", "file"])
    })
  )

  it.scoped("write_file writes the largest file in pieces", () =>
    Effect.gen(function* () {
      const { call, root } = yield* makeHands()
      const content = "0123456789".repeat(Limits.writeFileBytesMax / 10)
      yield* call("write_file", { path: "big", content })
      assert.strictEqual(sha256(readFileSync(join(root, "big"))), sha256(content))
    })
  )
})
