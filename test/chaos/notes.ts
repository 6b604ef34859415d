/** Checks of an agent that took notes with a tool that must not be repeated. */
import { readFileSync } from "node:fs"
import { join } from "node:path"
import type { ToolStatus } from "../../src/layers/aios/index.js"
import { type Complaints, ofType } from "./evidence.js"
import type { Trial } from "./trial.js"

/** The lines that the tool left, each with the id of a call. */
export const notesIn = (workspace: string): ReadonlyArray<string> =>
  readFileSync(join(workspace, "notes.txt"), "utf8").split("\n").slice(0, -1)

/** Each call for a note: how often it was carried out, and the outcomes that stand in the journal. */
export const noteCalls = (trial: Trial) => {
  const lines = notesIn(trial.workspace)
  const results = ofType(trial.records, "ToolResult")
  return ofType(trial.records, "ToolCall")
    .filter(({ kind }) => kind.toolName === "take_note")
    .map(({ kind: { callId, input } }) => ({
      callId,
      note: JSON.stringify(input),
      executions: lines.filter((line) => line === callId).length,
      statuses: results.filter(({ kind }) => kind.callId === callId).map(({ kind }) => kind.status)
    }))
}

const executionsOf: { readonly [S in ToolStatus]?: ReadonlyArray<number> } = { ok: [1], unknown: [0, 1], denied: [0] }

const notesOf = (calls: ReturnType<typeof noteCalls>): number => new Set(calls.map(({ note }) => note)).size

/** Every call has one outcome and was carried out as often as that outcome says; every note has come to an end. */
export const neverTwice = (trial: Trial, reference: Trial): Complaints => {
  const calls = noteCalls(trial)
  const known = new Set(calls.map(({ callId }) => callId))
  const settled = notesOf(calls.filter(({ statuses }) => statuses[0] !== "denied"))
  const wanted = notesOf(noteCalls(reference))
  return [
    ...calls.flatMap(({ callId, executions, statuses }) => {
      const [status] = statuses
      const fits = statuses.length === 1 && status !== undefined && executionsOf[status]?.includes(executions)
      return fits ? [] : [`${callId} was carried out ${executions} times with the outcomes [${statuses.join(", ")}]`]
    }),
    ...notesIn(trial.workspace).flatMap((line) => (known.has(line) ? [] : [`nobody asked for the note ${line}`])),
    ...(settled === wanted ? [] : [`${settled} notes were settled, not ${wanted}`])
  ]
}
