/** A call as a person must see it before an answer. */
import { assert, describe, it } from "@effect/vitest"
import { Deferred, Effect } from "effect"
import { mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import type { EventKindOf, Json } from "../../src/layers/aios/index.js"
import { Output } from "../../src/cli/Output.js"
import { callLines } from "../../src/cli/render/call.js"
import { type Line, plain, render } from "../../src/cli/render/line.js"
import { question } from "../../src/cli/run/question.js"
import { replacedText } from "../../src/cli/run/replaced.js"
import { Signals } from "../../src/cli/Signals.js"

const shown = (input: Json, replaced?: string, showsSecrets = false) =>
  callLines({ input, replaced, showsSecrets }).map((line) => render(line, { ...plain, showsSecrets }))

describe("a call that waits", () => {
  it("a call that waits is shown with every argument whole, a text of several lines as lines", () => {
    assert.deepStrictEqual(shown({ path: "a.md", content: "one\n  two\n", deep: { a: [1] } }), [
      "  path: a.md",
      "  content:",
      "    one",
      "      two",
      "  deep:",
      "    {",
      '      "a": [',
      "        1",
      "      ]",
      "    }"
    ])
    const long = "x".repeat(2_500)
    assert.strictEqual(shown({ command: long }).slice(1).join("").replaceAll(" ", ""), long)
    assert.deepStrictEqual(shown("text"), ["  arguments: text"])
  })

  it("a call that replaces a file is shown with what it changes", () => {
    const before = `${"same\n".repeat(9)}old\nend\n`
    assert.deepStrictEqual(shown({ path: "a", content: before.replace("old", "new") }, before), [
      "  path: a",
      "  content, changed from what is there now:",
      "    @@ -7,5 +7,5 @@",
      "     same",
      "     same",
      "     same",
      "    -old",
      "    +new",
      "     end"
    ])
    assert.deepStrictEqual(shown({ content: "a" }, "a"), ["  content: as it is now"])
    const numbers = (from: number) => Array.from({ length: 3_000 }, (_, n) => `${n + from}`).join("\n")
    assert.lengthOf(shown({ content: numbers(0) }, numbers(9_000)), 3_001)
  })

  it("a call that waits has its secrets masked and says so, unless they are asked for", () => {
    const key = "-----BEGIN PRIVATE KEY-----\nabc\n-----END PRIVATE KEY-----"
    assert.deepStrictEqual(shown({ content: `a\n${key}` }, `b\n${key}`).slice(2), [
      "    -b",
      "    +a",
      "     [masked]",
      "    \\ No newline at end of file",
      "  Parts of this call look like secrets and are masked; --show-secrets shows them."
    ])
    assert.include(shown({ password: "swordfish" }, undefined, true), "  password: swordfish")
  })

  it("a file that a call would replace is read inside the workspace only, and only if it is a text", () => {
    const root = mkdtempSync(join(tmpdir(), "life-replaced-"))
    writeFileSync(join(root, "a.txt"), "mine")
    writeFileSync(join(root, "b.bin"), Buffer.from([0xff, 0xfe]))
    symlinkSync("/etc/hostname", join(root, "link"))
    const read = (path: string) => replacedText(root, `fs:overwrite:${path}`)
    assert.strictEqual(read("/a.txt"), "mine")
    for (const path of ["/b.bin", "/link", "/none", "/", "/../a.txt"]) assert.isUndefined(read(path), path)
    assert.isUndefined(replacedText(root, "fs:write:/a.txt"))
    rmSync(root, { recursive: true })
  })
})

describe("the question", () => {
  const asking = (input: Json, ...answers: ReadonlyArray<string>) =>
    Effect.gen(function* () {
      const lines: Array<string> = []
      const left = [...answers]
      const line = (each: Line) => Effect.sync(() => void lines.push(render(each)))
      const output = Output.of({
        line,
        lines: line,
        json: line,
        note: line,
        text: () => Effect.void,
        status: () => Effect.void,
        showsStatus: false,
        ask: (asked) =>
          Effect.zipRight(
            line(asked),
            Effect.sync(() => left.shift())
          ),
        interactive: true,
        showsSecrets: false
      })
      const signal = yield* Deferred.make<never>()
      const approval: EventKindOf<"ApprovalRequested"> = {
        type: "ApprovalRequested",
        approvalId: "a",
        callId: "c",
        toolName: "tool",
        input,
        capability: "x:y:z",
        risk: "high"
      }
      const said = yield* question("/nowhere", approval).pipe(
        Effect.provideService(Output, output),
        Effect.provideService(Signals, { first: Deferred.await(signal) })
      )
      return { said, lines }
    })

  it.effect("the question shows a page of a long call, and the rest when the user asks for it", () =>
    Effect.gen(function* () {
      const content = Array.from({ length: 70 }, (_, n) => `line ${n}`).join("\n")
      const { lines, said } = yield* asking({ content }, "m", "y")
      assert.deepStrictEqual(said, { grant: {} })
      assert.include(lines, "  … 31 more lines of this call; m shows them")
      assert.include(
        lines.find((line) => line.includes("Allow it?")),
        "m: more of the call  [y/N/a/e]"
      )
      assert.include(lines, "    line 69")
      assert.notInclude(lines.at(-1), "more of the call")
      const small = yield* asking({ content: "a" }, "m")
      assert.strictEqual(small.said, "denied")
    })
  )

  it.effect("the question takes no arguments in which a secret is still masked", () =>
    Effect.gen(function* () {
      const typed = ['{"password":"[masked]"}', '{"password":"x"}']
      const { lines, said } = yield* asking({ password: "swordfish" }, "e", ...typed)
      assert.deepStrictEqual(said, { grant: { input: { password: "x" } } })
      assert.include(lines, '  now: {"password":"[masked]"}')
      assert.isTrue(lines.some((line) => line.includes("[masked] stands for a secret")))
    })
  )
})
