/**
 * `life sessions`: lists the sessions of a data directory.
 *
 * @since 0.1.0
 */
import { Command } from "@effect/cli"
import { Effect } from "effect"
import type { SessionSummary } from "../../layers/aios/index.js"
import { json, location } from "../options.js"
import { Output } from "../Output.js"
import { columns, type Line } from "../render/line.js"
import { withJournal } from "../store.js"

/** The command. */
export const sessions = Command.make("sessions", { ...location, json }, (options) =>
  withJournal(options, (journal) =>
    Effect.gen(function* () {
      const output = yield* Output
      const found = yield* journal.sessions
      if (options.json) for (const summary of found) yield* output.json(JSON.stringify(summary))
      else for (const line of table(found)) yield* output.line(line)
    })
  )
).pipe(Command.withDescription("List the sessions of a data directory, the latest first"))

const table = (found: ReadonlyArray<SessionSummary>): ReadonlyArray<Line> =>
  found.length === 0
    ? ["there are no sessions yet; `life run` starts one"]
    : columns([
        ["SESSION", "NAME", "STATE", "EVENTS", "UPDATED"],
        ...found.map(({ sessionId, name, runOpen, head, updatedAt }) => [
          sessionId,
          name,
          runOpen ? "run open" : "idle",
          String(head),
          updatedAt
        ])
      ])
