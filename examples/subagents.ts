/**
 * An agent that has two sub-agents do parts of its work at the same time, and their cost.
 *
 *   node --import tsx examples/subagents.ts
 */
import { Effect } from "effect"
import { ActorSystem, Journal, Life, type Model, ScriptedModel } from "life-agent-os"
import { mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"

const objectiveOf = ({ messages }: Model.Request): string =>
  messages.flatMap((message) => (message.role === "user" ? [message.content] : []))[0] ?? ""

const resultsOf = ({ messages }: Model.Request) =>
  messages.flatMap((message) => (message.role === "tool" ? message.results : []))

const part = (file: string) =>
  ScriptedModel.call("delegate", {
    objective: `How many lines has ${file}?`,
    name: `reader of ${file.replace(".md", "")}`,
    capabilities: [`fs:read:/${file}`],
    budget: { tokens: 5_000 }
  })

// A few rules play the part of a language model, so that this runs anywhere.
const model = ScriptedModel.layer((request, turn) => {
  const usage = { inputTokens: 400, outputTokens: 60 }
  const file = /^How many lines has (.*)\?$/.exec(objectiveOf(request))?.[1]
  if (file !== undefined) {
    const [read] = resultsOf(request)
    if (read === undefined) return { ...ScriptedModel.call("read_file", { path: file }), usage }
    return { content: `${file}: ${JSON.stringify(read.output).split("\\n").length - 1} lines`, usage }
  }
  switch (turn) {
    case 0:
      // A look at the folder comes before everything else.
      return { ...ScriptedModel.call("list_dir", { path: "." }), usage }
    case 1:
      return { toolCalls: ["a.md", "b.md"].flatMap((name) => part(name).toolCalls ?? []), usage }
    default:
      return {
        content: resultsOf(request)
          .filter(({ toolName }) => toolName === "delegate")
          .map(({ output }) =>
            typeof output === "object" && output !== null && "answer" in output ? output.answer : "?"
          )
          .join("; "),
        usage
      }
  }
})

const program = Effect.gen(function* () {
  const system = yield* ActorSystem.ActorSystem
  const lead = yield* system.spawn({ name: "lead" })
  const outcome = yield* lead.run("Count the lines of everything")
  const { budget } = yield* lead.snapshot
  console.log(`${outcome.reason}: ${outcome.finalAnswer}`)
  console.log(`tokens used by all three: ${outcome.usage.inputTokens + outcome.usage.outputTokens}`)
  console.log(`tokens left: ${budget.tokensRemaining}`)

  const journal = yield* Journal.Journal
  for (const { name, sessionId } of yield* journal.sessions) {
    const records = yield* journal.read({ sessionId, branchId: Journal.mainBranch, after: 0, types: ["RunFinished"] })
    for (const { kind } of records) console.log(`${name.padEnd(22)} ${JSON.stringify("reason" in kind && kind.reason)}`)
  }
})

const workspace = mkdtempSync(join(tmpdir(), "life-subagents-"))
writeFileSync(join(workspace, "a.md"), "# A\n\none\n")
writeFileSync(join(workspace, "b.md"), "# B\n\none\ntwo\n")

await Effect.runPromise(Effect.provide(program, Life.layer({ workspace, provider: model }))).finally(() =>
  rmSync(workspace, { recursive: true, force: true })
)
