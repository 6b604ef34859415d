import { assert, describe, it } from "@effect/vitest"
import { Cause } from "effect"
import { exitCodes, reportOf } from "../../src/cli/CliError.js"
import { tidyHelp } from "../../src/cli/help.js"
import { columns, pairs, printable, seconds, shorten, usd } from "../../src/cli/render/text.js"
import { objectiveOf, reportIn } from "../../src/cli/run/objective.js"
import { JournalError, nearest } from "../../src/layers/aios/index.js"

describe("text for people", () => {
  it("text for people cannot drive the terminal", () => {
    assert.strictEqual(printable("a\u001b[2Jb\u009bc\r\td\n"), "a\ufffd[2Jb\ufffdc\ufffd\td\n")
    assert.notInclude(pairs({ path: "\u001b]0;x\u0007" }, 100), "\u001b")
  })

  it("text for people stays on its line and within its width", () => {
    assert.strictEqual(shorten("one\n  two", 20), "one two")
    assert.strictEqual(shorten("abcdef", 4), "abc…")
    assert.strictEqual(
      pairs({ path: ".", pattern: "a b", depth: 2, deep: { a: 1 } }, 8),
      'path=. pattern="a b" depth=2 deep={"a":1}'
    )
  })

  it("text for people names units", () => {
    assert.strictEqual(seconds(1_234), "1.2 s")
    assert.deepStrictEqual([0, 0.0123, 1.5].map(usd), ["$0.00", "$0.0123", "$1.50"])
  })

  it("text for people lines up in columns", () => {
    assert.deepStrictEqual(
      columns([
        ["a", "bb", "c"],
        ["aaa", "b", ""]
      ]),
      ["a    bb  c", "aaa  b"]
    )
  })
})

describe("the objective", () => {
  it("the objective names the report, so that a resumed run knows it", () => {
    assert.strictEqual(reportIn(objectiveOf(undefined, undefined)), "life-report.md")
    assert.strictEqual(reportIn(objectiveOf("Look around\n", "docs/my report.md")), "docs/my report.md")
    assert.strictEqual(objectiveOf("Look around", undefined), "Look around")
    assert.isUndefined(reportIn("Write a report to the board, then stop it\nand more"))
  })
})

describe("a mistyped word", () => {
  it("a mistyped word is near the words it may have meant, and far from others", () => {
    assert.deepStrictEqual(nearest("ToolCal", ["ToolResult", "ToolCall", "Custom"]), ["ToolCall"])
    assert.deepStrictEqual(nearest("01J", ["01JABC", "02X"]), ["01JABC"])
    assert.deepStrictEqual(nearest("entirely-different", ["a", "b"]), [])
  })
})

describe("the help", () => {
  it("the help says what an option does beside it, without what every option shares", () => {
    const help =
      "OPTIONS\n\n\u001b[1m--after N\u001b[0m\n\n  A user-defined piece of text.\n\n  Only later ones\n\n  This setting is optional.\n\nEnd."
    assert.strictEqual(tidyHelp(help), "\nOPTIONS\n  --after N  Only later ones\n\nEnd.")
  })
})

describe("a failure", () => {
  it("a failure is told with the code of its error, but not with a code of the host", () => {
    const full = new JournalError({ reason: "DiskFull", message: "no room is left" })
    const { failure } = exitCodes
    assert.deepStrictEqual(reportOf(Cause.fail(full)), {
      message: "no room is left [LIFE_JOURNAL_DISK_FULL]",
      exitCode: failure
    })
    const missing = Object.assign(new Error("no such file"), { code: "ENOENT" })
    assert.deepStrictEqual(reportOf(Cause.fail(missing)), { message: "no such file", exitCode: failure })
  })
})
