import { assert, describe, it } from "@effect/vitest"
import * as fc from "fast-check"
import ignore from "ignore"
import { spawnSync } from "node:child_process"
import { mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import picomatch from "picomatch"
import { parseGlob } from "../../../src/layers/praxis/search/glob.js"
import { addRules, isIgnored } from "../../../src/layers/praxis/search/ignoreRules.js"

const seed = Number(process.env["FC_SEED"] ?? 20_261_122)
const name = fc
  .string({ unit: fc.constantFrom("a", "b", "c", "."), minLength: 1, maxLength: 4 })
  .filter((name) => !/^\.+$/.test(name))
const names = fc.array(name, { minLength: 1, maxLength: 4 })
const piece = fc.constantFrom("a", "b", ".", "*", "?", "[ab]", "[!a]", "[a-b]")
// Two stars within a name mean one; the libraries disagree among themselves about three.
const ordinary = fc
  .array(piece, { minLength: 1, maxLength: 4 })
  .map((pieces) => pieces.join(""))
  .filter((text) => !text.includes("**"))
const segment = fc.oneof({ weight: 4, arbitrary: ordinary }, { weight: 1, arbitrary: fc.constant("**") })
const segments = fc.array(segment, { minLength: 1, maxLength: 4 })

const matches = (glob: string, path: string) => parseGlob(glob)(path.split("/"))

describe("globs", () => {
  it("globs match as one expects", () => {
    const yes = [
      ["**", "a/b/c"],
      ["**/*.ts", "a.ts"],
      ["**/*.ts", "a/b/.c.ts"],
      ["a/**/b", "a/b"],
      ["a/**/b", "a/x/y/b"],
      ["*.{ts,js{,x}}", "a.jsx"],
      ["*.{ts,js{,x}}", "a.js"],
      ["a\\*b", "a*b"],
      ["[!a-c]?", "d😀"],
      ["[]]", "]"],
      ["[", "["],
      ["{a}", "{a}"],
      ["./a", "a"],
      ["a\\{b,c\\}", "a{b,c}"]
    ] as const
    const no = [
      ["*", "a/b"],
      ["*.ts", "a/b.ts"],
      ["?", "ab"],
      ["a/*/b", "a/b"],
      ["[!a]", "a"],
      ["a/**", "a"],
      ["A", "a"],
      ["", "a"]
    ] as const
    for (const [glob, path] of yes) assert.isTrue(matches(glob, path), `${glob} ${path}`)
    for (const [glob, path] of no) assert.isFalse(matches(glob, path), `${glob} ${path}`)
  })

  it("globs match what picomatch matches", () => {
    fc.assert(
      fc.property(segments, names, (segments, names) => {
        // Of the two spellings of a negated set, picomatch knows this one.
        const glob = segments.join("/").replaceAll("[!", "[^")
        // `a/**` may match `a` too, depending on the kind of a; here it never does.
        fc.pre(segments.length === 1 || segments.at(-1) !== "**")
        // The two differ on a name of stars and dots alone: on what a leading dot may be.
        fc.pre(segments.every((segment) => !/^[.*?]*\.[.*?]*$/.test(segment)))
        const expected = picomatch.isMatch(names.join("/"), glob, { dot: true, bash: false, noextglob: true })
        assert.strictEqual(matches(glob, names.join("/")), expected, `${glob} on ${names.join("/")}`)
      }),
      { seed, numRuns: 3_000 }
    )
  })
})

const line = fc
  .tuple(fc.constantFrom("", "", "!"), fc.constantFrom("", "", "/"), segments, fc.constantFrom("", "", "/"))
  .map(([negation, start, segments, end]) => negation + start + segments.join("/") + end)
const file = fc.array(line, { maxLength: 4 }).map((lines) => lines.join("\n"))

/** Tells like a walk: an entry below an ignored directory is never looked at. */
const leavesOut = (text: string, names: ReadonlyArray<string>): boolean =>
  names.some((_, index) => isIgnored(addRules([], text, 0), names.slice(0, index + 1), index < names.length - 1))

describe("ignore rules", () => {
  it("ignore rules leave out what the ignore package leaves out", () => {
    fc.assert(
      fc.property(file, names, (text, names) => {
        assert.strictEqual(
          leavesOut(text, names),
          ignore({ ignorecase: false }).add(text).ignores(names.join("/")),
          JSON.stringify([text, names])
        )
      }),
      { seed, numRuns: 3_000 }
    )
  })

  it("ignore rules leave out what git leaves out", (context) => {
    if (spawnSync("git", ["--version"]).status !== 0) return context.skip("there is no git here")
    const root = mkdtempSync(join(tmpdir(), "life-git-"))
    try {
      spawnSync("git", ["init", "-q", root])
      const paths = fc.sample(names, { seed, numRuns: 60 }).map((names) => names.join("/"))
      for (const text of fc.sample(file, { seed, numRuns: 60 })) {
        writeFileSync(join(root, ".gitignore"), text)
        const { stdout } = spawnSync(
          "git",
          ["-C", root, "-c", "core.ignoreCase=false", "check-ignore", "--no-index", "--stdin"],
          {
            input: paths.join("\n"),
            encoding: "utf8"
          }
        )
        const left = new Set(stdout.split("\n"))
        for (const path of paths) {
          assert.strictEqual(leavesOut(text, path.split("/")), left.has(path), JSON.stringify([text, path]))
        }
      }
    } finally {
      rmSync(root, { recursive: true, force: true })
    }
  })

  it("ignore rules know comments, escapes, blanks at the end and Windows line ends", () => {
    const text = "# no\r\n\\#yes\r\n\\!bang\r\nblank   \r\nkept\\ \r\n\r\n   \r\ndir/\r\n"
    for (const name of ["#yes", "!bang", "blank", "kept "]) assert.isTrue(leavesOut(text, [name]), name)
    for (const name of ["# no", "no", "blank ", "kept", "dir"]) assert.isFalse(leavesOut(text, [name]), name)
    assert.isTrue(leavesOut(text, ["dir", "file"]))
  })
})
