/**
 * The built-in model: rules instead of a network, so that a user can try an agent without any key.
 *
 * @since 0.1.0
 */
import { Effect, Either, Layer } from "effect"
import { Model, type ModelRequest, type ModelTurn } from "../aios/index.js"
import { entryPointsOf } from "./scout/entryPoints.js"
import { code, prose } from "./scout/markdown.js"
import { isOpen, type Notebook, openNotebook, outcome, output, type Step } from "./scout/notebook.js"
import { readmeOf } from "./scout/readme.js"
import { type Findings, reportOf, summaryOf } from "./scout/report.js"
import { readText, writeText } from "./scout/steps.js"
import { surveyOf } from "./scout/survey.js"

/**
 * Settings of the scout.
 *
 * @since 0.1.0
 * @category models
 */
export interface ScoutOptions {
  /** File of the report, relative to the workspace. @default "life-report.md" */
  readonly reportPath?: string
}

const model = "scout-1"

/**
 * The scout's next turn: a pure function of the conversation, the same on every machine.
 *
 * The scout surveys the workspace with `list_dir`, `glob`, `grep` and `read_file`, writes a Markdown report with
 * `write_file` and ends its turn with a summary. It tries each step at most once in a run: the report names the steps
 * that failed or were denied, and the answer says so if the report could not be written. All figures leave out an
 * earlier report, so that a second run writes the same bytes.
 *
 * @since 0.1.0
 * @category combinators
 */
export const scoutTurn = (request: ModelRequest, options: ScoutOptions = {}): ModelTurn => {
  const reportPath = relative(options.reportPath ?? "life-report.md")
  const notebook = openNotebook(request)
  const survey = surveyOf(notebook, reportPath)
  const readme = readmeOf(notebook, survey.paths)
  const entryPoints = entryPointsOf(notebook, survey.paths)
  const steps = [...survey.steps, ...readme.steps, ...entryPoints.steps]

  const open = steps.filter((step) => isOpen(notebook, step))
  if (open.length > 0) return calling(notebook, `Looking around: ${describe(open)}.`, open)

  const gaps = [...survey.gaps, ...readme.gaps, ...entryPoints.gaps, ...failures(notebook, steps)]
  const findings: Findings = { objective: notebook.objective, survey, readme, entryPoints, gaps }
  const earlier = readText(reportPath)
  if (survey.hasReport && isOpen(notebook, earlier)) {
    return calling(notebook, `Reading the earlier report in ${code(reportPath)}.`, [earlier])
  }
  const replaced = survey.hasReport ? output(notebook, earlier)?.sha256 : undefined
  const write = writeText(reportPath, reportOf(findings), replaced)
  const written = outcome(notebook, write)
  if (written === undefined) return calling(notebook, `Writing the report to ${code(reportPath)}.`, [write])
  return turnOf(
    Either.match(written, {
      onLeft: (why) =>
        `The report could not be written to ${code(reportPath)} (${why}). In short: ${summaryOf(findings)}`,
      onRight: () => `The report is in ${code(reportPath)}: ${summaryOf(findings)}`
    }) + (gaps.length === 0 ? "" : " Some things could not be looked at; the report names them.")
  )
}

/**
 * The scout as the model of an agent system. Calls cost nothing and count no tokens.
 *
 * @since 0.1.0
 * @category layers
 * @example
 * ```ts
 * import { ScoutModel } from "life-agent-os"
 *
 * const model = ScoutModel.layer({ reportPath: "report.md" })
 * ```
 */
export const layer = (options: ScoutOptions = {}): Layer.Layer<Model> =>
  Layer.succeed(Model, {
    provider: "scout",
    model,
    // The rules read a conversation of any length; the calls of many runs do not reach this size.
    contextWindowTokens: 10_000_000,
    ruleBased: true,
    generate: (request, onDelta) =>
      Effect.sync(() => {
        const turn = scoutTurn(request, options)
        onDelta({ type: "text", text: turn.content })
        return turn
      })
  })

const relative = (path: string): string =>
  path
    .split(/[/\\]/)
    .filter((name) => name !== "" && name !== ".")
    .join("/")

const describe = (steps: ReadonlyArray<Step<unknown>>): string => {
  const tools = [...new Set(steps.map((step) => step.toolName))]
  return tools.map((tool) => `${tool} × ${steps.filter((step) => step.toolName === tool).length}`).join(", ")
}

const failures = (notebook: Notebook, steps: ReadonlyArray<Step<unknown>>): ReadonlyArray<string> =>
  steps.flatMap((step) => {
    const found = outcome(notebook, step)
    const subject = step.input["path"] ?? step.input["pattern"]
    return found !== undefined && Either.isLeft(found)
      ? [`${code(`${step.toolName} ${String(subject)}`)} failed. ${prose(found.left)}`]
      : []
  })

const turnOf = (content: string): ModelTurn => ({
  content,
  toolCalls: [],
  stopReason: "end_turn",
  usage: { inputTokens: 0, outputTokens: 0, cacheReadTokens: 0, cacheWriteTokens: 0 },
  model,
  costUsd: 0
})

const calling = (notebook: Notebook, content: string, steps: ReadonlyArray<Step<unknown>>): ModelTurn => ({
  ...turnOf(content),
  toolCalls: steps.map(({ input, toolName }, index) => ({
    callId: `scout-${notebook.turn}-${index + 1}`,
    toolName,
    input
  })),
  stopReason: "tool_use"
})
