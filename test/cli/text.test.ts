import { assert, describe, it } from "@effect/vitest"
import { Cause } from "effect"
import { exitCodes, reportOf } from "../../src/cli/CliError.js"
import { tidyHelp } from "../../src/cli/help.js"
import { jsonLine } from "../../src/cli/render/json.js"
import { bold, columns, exact, fields, line, plain, red, render, short } from "../../src/cli/render/line.js"
import { seconds, usd } from "../../src/cli/render/text.js"
import { objectiveOf, reportIn } from "../../src/cli/run/objective.js"
import { JournalError, nearest } from "../../src/layers/aios/index.js"

describe("text for people", () => {
  it("text for people shows a character that a terminal would obey or hide as its code point", () => {
    assert.strictEqual(render("a\u001b[2Jb\u009bc\r\td\n\u202e"), "a\\u{1b}[2Jb\\u{9b}c\\r\\td\\n\\u{202e}")
    assert.strictEqual(render("a\r\n\tb", { ...plain, breaks: "kept" }), "a\n\tb")
    assert.strictEqual(render("a\nb", { ...plain, breaks: "indented" }), "a\n  b")
    assert.strictEqual(render(fields({ "\u001b[8m": "\u0007" }, 100)), "\\u{1b}[8m=\\u{7}")
  })

  it("text for people has the colours of Life, and no colour of a text", () => {
    const shown = render(line`${red("a\u001b[0m")} ${bold(exact("b"))}`, { ...plain, styled: true })
    assert.strictEqual(shown, "\u001b[31ma\\u{1b}[0m\u001b[39m \u001b[1mb\u001b[22m")
  })

  it("text for people stays on its line and within its width", () => {
    assert.strictEqual(render(short("one\n  two", 20)), "one two")
    assert.strictEqual(render(short("abcdef", 4)), "abc…")
    assert.strictEqual(render(short("abc😀def", 5)), "abc…")
    assert.strictEqual(
      render(fields({ path: ".", pattern: "a b", depth: 2, deep: { a: 1 } }, 8)),
      'path=. pattern="a b" depth=2 deep={"a":1}'
    )
  })

  it("text for people has its secrets masked before it is cut", () => {
    const key = ["sk-ant-", "api03-", "aZ09bY18cX27dW36eV45fU54"].join("")
    assert.strictEqual(render(short(`It is ${key}`, 20)), "It is [masked]")
    assert.strictEqual(render(fields({ password: "swordfish", text: key }, 12)), "password=[masked] text=[masked]")
    assert.strictEqual(render(line`${"token"}=${"swordfish"}`), "token=[masked]")
    assert.strictEqual(render(line`${exact("token=swordfish")}`), "token=swordfish")
    assert.strictEqual(render(short(key, 100), { ...plain, showsSecrets: true }), key)
  })

  it("JSON keeps its value and its form, and has neither secrets nor characters that a terminal would obey", () => {
    const json = '{"n":1e3,"text":"a\u009b\u202e\u{e0041}"}'
    assert.strictEqual(jsonLine(json, false), '{"n":1e3,"text":"a\\u009b\\u202e\\udb40\\udc41"}')
    assert.strictEqual(jsonLine('{"token":\n"x"}', false), '{"token":"[masked]"}')
    assert.strictEqual(jsonLine('{"token":\n"x"}', true), '{"token":"x"}')
  })

  it("text for people names units", () => {
    assert.strictEqual(seconds(1_234), "1.2 s")
    assert.deepStrictEqual([0, 0.0123, 1.5].map(usd), ["$0.00", "$0.0123", "$1.50"])
  })

  it("text for people lines up in columns", () => {
    assert.deepStrictEqual(
      columns([
        ["a", bold("bb"), "c"],
        ["aaa", "b", ""]
      ]).map((row) => render(row)),
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
