import { readFileSync } from "node:fs"
import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import * as fc from "fast-check"
import { Limits, type Message, Model, type ToolCallRequest } from "../../../src/layers/aios/index.js"
import { ScoutModel } from "../../../src/layers/arcan/index.js"
import { drive, tools, type Workspace, workspaceOf } from "./workspace.js"

const objective = "Survey this workspace"
const ask = (content: string): Message => ({ role: "user", content })

const survey = (world: Workspace, content = objective, offered = tools) =>
  Effect.gen(function* () {
    const run = yield* drive(yield* Model, world, [ask(content)], offered)
    return { ...run, report: world.files.get("life-report.md") ?? "", answer: run.turns.at(-1)?.content ?? "" }
  }).pipe(Effect.provide(ScoutModel.layer()))

const project = {
  "README.md": "# Tide\n\nSee below.\n\n## Install & run\n\n```sh\n# not a heading\n```\n\nNotes\n-----\n\n#### Deep\n",
  "package.json": JSON.stringify({
    name: "tide",
    main: "dist/index.js",
    bin: { tide: "./bin/tide.js" },
    exports: { ".": { default: "./dist/index.js" } },
    scripts: { test: "vitest | tee log" }
  }),
  Makefile: "CC := gcc\nall: build test\n\techo\n",
  "src/index.ts": "// TODO: write it\nexport const a = 1\n",
  "src/a|b`c.ts": "// FIXME `quoted` | piped\n",
  "src/deep/er/tide.ts": "export {}\n",
  ".git/config": "TODO in git",
  "node_modules/x/index.js": "// TODO not ours"
}

describe("ScoutModel", () => {
  it.effect("a project gets its report", () =>
    Effect.gen(function* () {
      const { answer, report, turns } = yield* survey(workspaceOf(project))
      assert.strictEqual(report, readFileSync(new URL("golden/life-report.md", import.meta.url), "utf8"))
      assert.strictEqual(turns.length, 4)
      assert.strictEqual(
        answer,
        "The report is in `life-report.md`: 6 files with 346 bytes, 5 declared entry points, 1 starting file, " +
          "a README with 4 headings, 2 TODO or FIXME notes."
      )
      assert.strictEqual(turns.at(-1)?.stopReason, "end_turn")
    })
  )

  it.effect("independent looks go out in one turn, and nothing costs anything", () =>
    Effect.gen(function* () {
      const { turns } = yield* survey(workspaceOf(project))
      assert.deepStrictEqual(
        turns.map((turn) => turn.toolCalls.map((call) => call.toolName)),
        [
          ["list_dir", "glob", "grep"],
          ["list_dir", "read_file", "read_file", "read_file", "read_file"],
          ["write_file"],
          []
        ]
      )
      for (const turn of turns) {
        assert.deepStrictEqual(turn.usage, { inputTokens: 0, outputTokens: 0, cacheReadTokens: 0, cacheWriteTokens: 0 })
        assert.strictEqual(turn.costUsd, 0)
        assert.strictEqual(turn.model, "scout-1")
      }
    })
  )

  it.effect("text streams in as the turn's content", () =>
    Effect.gen(function* () {
      const model = yield* Model
      const heard: Array<string> = []
      const request = { sessionId: "s", system: "", messages: [ask(objective)], tools }
      const turn = yield* model.generate(request, ({ text }) => heard.push(text))
      assert.strictEqual(heard.join(""), turn.content)
    }).pipe(Effect.provide(ScoutModel.layer()))
  )

  it.effect("the same conversation gives the same turn", () =>
    Effect.gen(function* () {
      const { messages } = yield* survey(workspaceOf(project))
      for (let length = 1; length <= messages.length; length++) {
        const request = { sessionId: "s", system: "", messages: messages.slice(0, length), tools }
        assert.deepStrictEqual(ScoutModel.scoutTurn(request), ScoutModel.scoutTurn(structuredClone(request)))
      }
    })
  )

  it.effect("a second run in the same session looks afresh, with new call ids, and writes the same bytes", () =>
    Effect.gen(function* () {
      const model = yield* Model
      const world = workspaceOf(project)
      const first = yield* drive(model, world, [ask(objective)])
      const report = world.files.get("life-report.md")
      const second = yield* drive(model, world, [...first.messages, ask(objective)])
      assert.strictEqual(world.files.get("life-report.md"), report)
      // The second run also reads the report that it replaces.
      assert.strictEqual(second.turns.length, first.turns.length + 1)
      const ids = [...first.turns, ...second.turns].flatMap((turn) => turn.toolCalls.map((call) => call.callId))
      assert.strictEqual(new Set(ids).size, ids.length)
      assert.strictEqual(ids[0], "scout-0-1")
    }).pipe(Effect.provide(ScoutModel.layer()))
  )

  it.effect("an empty workspace has a report", () =>
    Effect.gen(function* () {
      const { report } = yield* survey(workspaceOf({}))
      assert.include(report, "0 files with 0 bytes")
      assert.include(report, "There is no README at the top level.")
      assert.notInclude(report, "What is missing")
    })
  )

  it.effect("what the objective speaks of comes first", () =>
    Effect.gen(function* () {
      const { report } = yield* survey(workspaceOf(project), "Which TODOs are open?\n# Now!")
      const titles = report.split("\n").filter((line) => line.startsWith("## "))
      assert.strictEqual(titles[0], "## TODO and FIXME")
      assert.strictEqual(titles.length, 6)
      assert.include(report, "> Which TODOs are open?\n> \\# Now!")
    })
  )

  it.effect("a very long objective is quoted in part", () =>
    Effect.gen(function* () {
      const { report } = yield* survey(workspaceOf({}), "word ".repeat(10_000))
      assert.isBelow(report.length, 2_500)
      assert.include(report, "…")
    })
  )

  it.effect("looks that fail are named in the report and never repeated", () =>
    Effect.gen(function* () {
      const refused: Array<ToolCallRequest> = []
      const world = workspaceOf(project, {
        refuse: (call) => {
          if (call.toolName === "write_file") return undefined
          refused.push(call)
          return { status: "denied", output: { message: "not <b>allowed</b>" } }
        }
      })
      const { answer, report } = yield* survey(world)
      assert.strictEqual(refused.length, 3)
      assert.include(report, "- `list_dir .` failed. denied: not \\<b\\>allowed\\</b\\>")
      assert.include(report, "- `grep \\b(TODO|FIXME)\\b` failed.")
      assert.include(answer, "Some things could not be looked at")
    })
  )

  it.effect("a report that is not written ends the run with an answer that says so", () =>
    Effect.gen(function* () {
      const world = workspaceOf(project, {
        refuse: (call) => (call.toolName === "write_file" ? { status: "denied", output: "ask a person" } : undefined)
      })
      const { answer, turns } = yield* survey(world)
      const writes = turns.flatMap((turn) => turn.toolCalls).filter((call) => call.toolName === "write_file")
      assert.strictEqual(writes.length, 1)
      assert.include(answer, "could not be written to `life-report.md` (denied: ask a person)")
      assert.include(answer, "6 files")
    })
  )

  it.effect("a write is not repeated when the conversation shows its text shortened", () =>
    Effect.gen(function* () {
      const { messages } = yield* survey(workspaceOf(project))
      const shortened = messages.map((message) =>
        message.role === "assistant"
          ? {
              ...message,
              toolCalls: message.toolCalls.map((call) =>
                call.toolName === "write_file" ? { ...call, input: { path: "life-report.md", content: "…" } } : call
              )
            }
          : message
      )
      const turn = ScoutModel.scoutTurn({ sessionId: "s", system: "", messages: shortened.slice(0, -1), tools })
      assert.deepStrictEqual(turn.toolCalls, [])
    })
  )

  it.effect("tools that are not offered are not called", () =>
    Effect.gen(function* () {
      const { answer, turns } = yield* survey(
        workspaceOf(project),
        objective,
        tools.filter(({ name }) => name === "list_dir")
      )
      assert.deepStrictEqual(
        [...new Set(turns.flatMap((turn) => turn.toolCalls.map((call) => call.toolName)))],
        ["list_dir"]
      )
      assert.include(answer, "there is no such tool")
    })
  )

  it.effect("outputs of another shape are named and do no harm", () =>
    Effect.gen(function* () {
      const world = workspaceOf(project, {
        refuse: (call) => (call.toolName === "glob" ? { status: "ok", output: { matches: "many" } } : undefined)
      })
      const { report } = yield* survey(world)
      assert.include(report, "`glob **/*` failed. its output could not be read")
      assert.include(report, "- `src/index.ts:1` `// TODO: write it`")
    })
  )

  it.effect("a malformed manifest is named", () =>
    Effect.gen(function* () {
      const { report } = yield* survey(workspaceOf({ "package.json": "{" }))
      assert.include(report, "`package.json` is malformed")
    })
  )

  it.effect("manifests of other languages are read", () =>
    Effect.gen(function* () {
      const { report } = yield* survey(
        workspaceOf({
          "Cargo.toml":
            '[package]\nname = "tide"\n[[bin]]\nname = "t"\npath = "src/t.rs"\n[dependencies]\nserde = "1"\n',
          "pyproject.toml": "[project]\nname = 'tide'\n[project.scripts]\ntide = \"tide:main\"\n",
          "go.mod": "module example.com/tide\n\ngo 1.22\n",
          "cmd/tide/main.go": "package main\n",
          Dockerfile: 'FROM scratch\nENTRYPOINT ["/tide"]\n'
        })
      )
      for (const line of [
        "| `Cargo.toml` | package name | `tide` |",
        "| `Cargo.toml` | bin path | `src/t.rs` |",
        "| `pyproject.toml` | script tide | `tide:main` |",
        "| `go.mod` | module | `example.com/tide` |",
        '| `Dockerfile` | ENTRYPOINT | `["/tide"]` |',
        "- `cmd/tide/main.go`, 1 line"
      ])
        assert.include(report, line)
      assert.notInclude(report, "serde")
    })
  )

  it.effect("cut lists are named, and a second run still writes the same bytes", () =>
    Effect.gen(function* () {
      const files = Object.fromEntries(Array.from({ length: 50 }, (_, i) => [`n${i}.txt`, `TODO ${i}`]))
      const world = workspaceOf({ ...files, "a.md": "x" }, { listEntriesMax: 20 })
      const { report } = yield* survey(world)
      assert.include(report, "The list of `.` is not whole.")
      assert.include(report, "ignored files are counted too")
      assert.strictEqual((yield* survey(world)).report, report)
    })
  )

  it.effect("many notes are shown in part, and a second run still writes the same bytes", () =>
    Effect.gen(function* () {
      const world = workspaceOf({ "a.txt": "TODO a\n".repeat(250), "z.txt": "TODO z\n".repeat(250) })
      const { report } = yield* survey(world)
      assert.include(report, "more than 100 TODO or FIXME notes")
      assert.include(report, "There are more; the first 100 are shown.")
      assert.strictEqual((yield* survey(world)).report, report)
    })
  )

  it.effect("another report path is kept out in the same way", () =>
    Effect.gen(function* () {
      const model = yield* Model
      const world = workspaceOf({ "a.txt": "TODO" })
      yield* drive(model, world, [ask(objective)])
      const report = world.files.get("out/report.md")
      assert.include(report ?? "", "1 file with 4 bytes")
      yield* drive(model, world, [ask(objective)])
      assert.strictEqual(world.files.get("out/report.md"), report)
    }).pipe(Effect.provide(ScoutModel.layer({ reportPath: "./out//report.md" })))
  )

  it.effect("a conversation without an objective still gives a turn", () =>
    Effect.gen(function* () {
      const turn = yield* Effect.sync(() =>
        ScoutModel.scoutTurn({ sessionId: "s", system: "", messages: [], tools: [] })
      )
      assert.strictEqual(turn.stopReason, "end_turn")
      assert.include(turn.content, "could not be written")
    })
  )

  it.effect("a directory of 5 000 files is surveyed in well under a second a turn", () =>
    Effect.gen(function* () {
      const files = Object.fromEntries(Array.from({ length: 5_000 }, (_, i) => [`src/file-${i}.ts`, "x".repeat(i)]))
      const { report } = yield* survey(workspaceOf(files))
      assert.include(report, "5,000 files with 12,497,500 bytes")
      assert.isBelow(Buffer.byteLength(report), Limits.toolOutputBytesMax)
    })
  )

  it("a run ends, tries nothing twice and repeats its bytes for any workspace and any tools", () => {
    const segment = fc.oneof(
      fc.constantFrom(
        "src",
        "README.md",
        "package.json",
        "index.ts",
        "life-report.md",
        "node_modules",
        ".git",
        "Makefile"
      ),
      fc
        .string({ minLength: 1, maxLength: 8, unit: "binary" })
        .map((name) => name.replace(/[/\0]/g, "_"))
        .filter((name) => name !== "." && name !== "..")
    )
    const tree = fc
      .array(
        fc.tuple(fc.array(segment, { minLength: 1, maxLength: 4 }), fc.string({ unit: "binary", maxLength: 40 })),
        { maxLength: 25 }
      )
      .map((entries) => {
        const files = new Map<string, string>()
        for (const [names, content] of entries) {
          const path = names.join("/")
          // A path cannot be a file and a directory at once.
          if (![...files.keys()].some((other) => other.startsWith(`${path}/`) || path.startsWith(`${other}/`)))
            files.set(path, content)
        }
        files.delete("life-report.md")
        return Object.fromEntries(files)
      })
    const denied = fc.uniqueArray(fc.constantFrom("list_dir", "glob", "grep", "read_file", "write_file"), {
      maxLength: 3
    })
    fc.assert(
      fc.property(tree, denied, fc.integer({ min: 1, max: 30 }), fc.string(), (files, names, listEntriesMax, words) => {
        const denies = (name: string) => names.some((denied) => denied === name)
        const world = workspaceOf(files, {
          listEntriesMax,
          refuse: (call) => (denies(call.toolName) ? { status: "error", output: "no" } : undefined)
        })
        const first = Effect.runSync(survey(world, words))
        const calls = first.turns.flatMap((turn) => turn.toolCalls)
        const keys = calls.map((call) => JSON.stringify([call.toolName, call.input]))
        assert.isAtMost(first.turns.length, 20)
        assert.isAtMost(calls.length, 48)
        assert.strictEqual(new Set(keys).size, keys.length)
        assert.strictEqual(first.turns.at(-1)?.toolCalls.length, 0)
        assert.strictEqual(world.files.has("life-report.md"), !denies("write_file"))
        if (denies("write_file")) assert.include(first.answer, "could not be written")
        const exact = listEntriesMax > Object.keys(files).length * 4
        if (exact) assert.strictEqual(Effect.runSync(survey(world, words)).report, first.report)
      }),
      { numRuns: 200 }
    )
  })
})
