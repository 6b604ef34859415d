/** A story that leads an agent through all of its modes, turn by turn as the test allows. */
import { Effect, type Layer, Queue } from "effect"
import { type Model, ToolError } from "../../src/layers/aios/index.js"
import { ScriptedModel } from "../../src/layers/arcan/index.js"
import { reader, sender, type TestTool, writer } from "../support/world.js"

/** Text that would be a program if a page took it for markup. */
export const markup = `<script>window.intruder = 1</script><img src="x" onerror="window.intruder = 2">`

const broken: TestTool = {
  annotations: { readOnly: true, idempotent: true },
  run: () => new ToolError({ toolName: "fetch_rates", reason: "Unavailable", message: "the exchange is closed" })
}

/** The tools of the story. */
export const tools: { readonly [name: string]: TestTool } = {
  // Reads the summary as well, which is the check that Verify waits for.
  read_ledger: {
    ...reader,
    capabilities: ["fs:read:/out"],
    run: () => Effect.succeed({ rows: 412, note: markup })
  },
  fetch_rates: broken,
  write_summary: writer,
  send_letter: { ...sender, capabilities: ["fs:overwrite:/outbox/letter.md"] }
}

const usage = { inputTokens: 2_150, outputTokens: 180 }
const turn = (content: string, ...names: ReadonlyArray<string>): ScriptedModel.ScriptedTurn => ({
  content,
  usage,
  costUsd: 0.0192,
  toolCalls: names.map((toolName, index) => ({
    callId: `${toolName}-${content.length}-${index}`,
    toolName,
    input: { quarter: "Q3", part: index + 1 }
  }))
})

/** Turns of the model. */
export const turns: ReadonlyArray<ScriptedModel.ScriptedTurn> = [
  turn("I look at the ledger first.", "read_ledger", "read_ledger"),
  turn("The rates are missing.", "fetch_rates"),
  turn("Once more.", "fetch_rates", "fetch_rates"),
  turn("Then from the ledger, which has the old ones.", "read_ledger", "read_ledger", "read_ledger"),
  turn("Now the summary.", "write_summary", "write_summary", "write_summary", "write_summary"),
  turn("Does it add up?", "read_ledger"),
  turn("The letter goes out as well.", "send_letter"),
  { ...turn("The quarter is summed up, and the letter is out."), toolCalls: [] }
]

/** A model that says a turn for each permission it gets. */
export const makeModel = Effect.map(Queue.unbounded<void>(), (permits) => ({
  /** Lets the model say so many turns. */
  allow: (count: number) => Effect.replicateEffect(Queue.offer(permits, undefined), count),
  model: ScriptedModel.layer((_, index) => Effect.as(Queue.take(permits), turns[index] ?? { content: "done" }))
}))

/** The model that waits for no permission. */
export const freeModel: Layer.Layer<Model> = ScriptedModel.layer((_, index) => turns[index] ?? { content: "done" })
