/** Nothing that the command writes can control a terminal, wherever in it a text comes from. */
import { assert, describe, it } from "@effect/vitest"
import { Cause, Effect } from "effect"
import * as FastCheck from "fast-check"
import { vi } from "vitest"
import { layerLogger } from "../../src/layers/vigil/telemetry/logger.js"
import { failure, reportOf } from "../../src/cli/CliError.js"
import { Output } from "../../src/cli/Output.js"
import { callLines } from "../../src/cli/render/call.js"
import { bold, columns, exact, fields, line, red, short } from "../../src/cli/render/line.js"
import { eventLines, statusLine } from "../../src/cli/render/progress.js"
import { recordLine } from "../../src/cli/render/record.js"
import { headerLines } from "../../src/cli/run/header.js"
import { outcomeLines, waitingFor } from "../../src/cli/run/outcome.js"
import type { RunSetup } from "../../src/cli/run/RunSetup.js"
import { defaultBudget, type EventKind, toJsonLine } from "../../src/layers/aios/index.js"
import { sessionFold, viewAfter, viewFrom } from "../../src/machines/index.js"
import { record } from "../support/record.js"
import { hostile, isSafe } from "./hostile.js"

const seed = 20_260_101

/** The output of an effect on both standard streams, which are terminals. */
const written = (use: (output: typeof Output.Service) => Effect.Effect<void>): string => {
  let shown = ""
  const spies = [process.stdout, process.stderr].map((stream) => {
    Object.defineProperty(stream, "isTTY", { value: true, configurable: true, writable: true })
    return vi.spyOn(stream, "write").mockImplementation((text) => {
      shown += String(text)
      return true
    })
  })
  try {
    Effect.runSync(Effect.provide(Effect.flatMap(Output, use), Output.layer()))
  } finally {
    for (const spy of spies) spy.mockRestore()
    for (const stream of [process.stdout, process.stderr]) Reflect.deleteProperty(stream, "isTTY")
  }
  return shown
}

const noTokens = { inputTokens: 0, outputTokens: 0, cacheReadTokens: 0, cacheWriteTokens: 0 }

const setupOf = (text: string): RunSetup => ({
  options: {
    objective: text,
    objectiveFile: undefined,
    provider: undefined,
    model: text,
    fallback: [text],
    session: text,
    resume: false,
    report: text,
    budget: {},
    json: false,
    yes: false,
    verbose: false,
    policy: undefined,
    wideWorkspace: false,
    approvalTimeout: undefined,
    workspace: text,
    dataDir: text
  },
  workspace: text,
  dataDir: text,
  sessionId: text,
  existing: undefined,
  objective: text,
  report: text,
  provider: "scout",
  model: text,
  why: text,
  otherRuns: [text]
})

const kindsOf = (text: string): ReadonlyArray<EventKind> => [
  { type: "UserMessage", content: text },
  { type: "RunStarted", runId: text, provider: text, model: text, budget: defaultBudget },
  { type: "AssistantMessage", content: text, model: text, stopReason: text, usage: noTokens },
  { type: "ToolCall", callId: text, toolName: text, input: { [text]: text } },
  {
    type: "ApprovalRequested",
    approvalId: text,
    callId: text,
    toolName: text,
    capability: text,
    risk: "high",
    input: { [text]: text },
    reason: text
  },
  { type: "ApprovalGranted", approvalId: text, actor: text, pattern: text, reason: text },
  { type: "ApprovalDenied", approvalId: text, actor: text, reason: text },
  { type: "ToolResult", callId: text, status: "error", output: { error: text }, durationMs: 1 },
  { type: "ModelFailed", message: text, reason: text, retryable: false },
  { type: "CircuitBreakerTripped", reason: text, errorStreak: 1 },
  { type: "ModeChanged", from: "Explore", to: "Execute", reason: text, rule: text },
  { type: "RunErrored", runId: text, error: text }
]

const everything = (text: string) => (output: typeof Output.Service) =>
  Effect.gen(function* () {
    const setup = setupOf(text)
    let view = viewFrom(sessionFold.initial)
    const print = (lines: ReadonlyArray<Parameters<typeof output.line>[0]>) => Effect.forEach(lines, output.line)
    yield* print(headerLines(setup, text))
    for (const [index, kind] of kindsOf(text).entries()) {
      const before = view
      const next = record(index + 1, kind)
      view = viewAfter(before, next)
      yield* print(eventLines(before, next, view, 0))
      yield* output.line(recordLine(next))
      yield* output.json(toJsonLine(next))
      yield* output.status(statusLine(view, 0))
    }
    const ended = { reason: text, error: text, ticks: 1, unverified: [text] } as never
    yield* print(outcomeLines(setup, text, ended, { ...view, files: new Map([[text, 1]]) }, 0))
    yield* print(columns([[text, bold(text), exact(text)]]))
    yield* print([line`${red(text)}${short(text, 5)}${fields(text, 5)}${fields({ [text]: { [text]: [text] } }, 9)}`])
    yield* print(callLines({ input: { [text]: text, content: text }, replaced: `a${text}`, showsSecrets: false }))
    yield* output.note(reportOf(Cause.fail(failure(text))).message)
    yield* output.note(reportOf(Cause.die(new Error(text))).message)
    const approval = kindsOf(text).find((kind) => kind.type === "ApprovalRequested")
    if (approval?.type === "ApprovalRequested") yield* output.note(waitingFor(setup, text, [approval]).message)
    for (const format of ["json", "pretty"] as const) {
      const write = (each: string) => output.note(format === "json" ? exact(each) : each)
      yield* Effect.logError(text, { [text]: text }, Cause.die(new Error(text))).pipe(
        Effect.annotateLogs(text, text),
        Effect.provide(layerLogger({ format, write }))
      )
    }
    yield* output.text(text, "dim")
    yield* output.text(text)
    yield* output.lines(text)
  })

describe("the console", { timeout: 120_000 }, () => {
  it("the console writes no control or hidden character of a text, in any position", () => {
    FastCheck.assert(
      FastCheck.property(hostile, (text) => isSafe(written(everything(text)), "the command")),
      { seed, numRuns: 300 }
    )
  })

  it("the console writes one line for each line, for any texts", () => {
    FastCheck.assert(
      FastCheck.property(hostile, (text) => {
        const shown = written((output) =>
          output.line(line`${text}${bold(text)}${exact(text)}${fields({ [text]: text }, 50)}`)
        )
        assert.strictEqual(shown.indexOf("\n"), shown.length - 1)
      }),
      { seed, numRuns: 500 }
    )
  })

  it("a note of several lines has no line that looks like another note", () => {
    assert.strictEqual(
      written((output) => output.note("life: it failed\nlife: all is well\r\nlife: really")),
      "life: it failed\n  life: all is well\n  life: really\n"
    )
  })

  it("a streamed text keeps its line breaks and shows its pieces as they come", () => {
    assert.strictEqual(
      written(({ text }) => Effect.zipRight(text("One wo"), text("rd\n\tand \u001b[2Jtwo\n"))),
      "One word\n\tand \\u{1b}[2Jtwo\n"
    )
  })
})
