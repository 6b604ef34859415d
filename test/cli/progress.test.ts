/** The lines of a run that people follow, from its events. */
import { assert, it } from "@effect/vitest"
import { eventLines } from "../../src/cli/render/progress.js"
import { render } from "../../src/cli/render/line.js"
import { defaultBudget, type EventKind } from "../../src/layers/aios/index.js"
import { sessionFold, viewAfter, viewFrom } from "../../src/machines/index.js"
import { record } from "../support/record.js"

it("a tick is shown in the mode in which it acted, not in the one that it ended in", () => {
  const kinds: ReadonlyArray<EventKind> = [
    { type: "UserMessage", content: "Look." },
    { type: "RunStarted", runId: "r", provider: "p", model: "m", budget: defaultBudget },
    { type: "PhaseEntered", phase: "act", passed: ["orient", "decide"], plan: "tools" },
    { type: "PhaseEntered", phase: "regulate", passed: ["observe", "learn"] },
    { type: "ModeChanged", from: "Explore", to: "Execute", reason: "sure enough" },
    { type: "PhaseEntered", phase: "report" },
    { type: "PhaseEntered", phase: "perceive" },
    { type: "RunErrored", runId: "r", error: "out of wire" }
  ]
  let view = viewFrom(sessionFold.initial)
  const lines = kinds.flatMap((kind, index) => {
    const before = view
    const next = record(index + 1, kind)
    view = viewAfter(before, next)
    return eventLines(before, next, view, 0).map((line) => render(line))
  })
  const figures = "0 tool calls, 0 tokens, $0.00, 0.0 s"
  assert.deepStrictEqual(lines, [
    "run r, model m",
    "mode  Explore -> Execute: sure enough",
    `tick 1  Explore  perceive orient decide act(tools) observe learn regulate report  ${figures}`,
    `tick 2  Execute  perceive  ${figures}`
  ])
})
