/**
 * `life replay`: proves that folding the journal gives the same state every time.
 *
 * @since 0.1.0
 */
import { Command } from "@effect/cli"
import { Effect } from "effect"
import { replay as replaySession } from "../../actors/index.js"
import { sessionFold } from "../../Life.js"
import { failure } from "../CliError.js"
import { json, location, session } from "../options.js"
import { Output } from "../Output.js"
import { columns } from "../render/line.js"
import { withSession } from "../store.js"

/** The command. */
export const replay = Command.make("replay", { session, ...location, json }, (options) =>
  withSession(options, options.session, ({ journal, stream }) =>
    Effect.gen(function* () {
      const output = yield* Output
      const {
        sequence: head,
        stateHash,
        checkpointSequence,
        difference,
        missing
      } = yield* replaySession(journal, stream, sessionFold)
      const result = {
        sessionId: options.session,
        head,
        stateHash,
        checkpointSequence: checkpointSequence ?? null,
        missing,
        difference: difference ?? null
      }
      const lines = columns([
        ["events", String(head)],
        ["state hash", stateHash],
        ["checkpoint", checkpointSequence === undefined ? "none" : `at sequence ${checkpointSequence}`],
        ...(missing.length === 0
          ? []
          : [
              [
                "not checked",
                `what ${missing.join(", ")} keeps: it was not there for a while, or is not here now`
              ] as const
            ])
      ])
      if (options.json) yield* output.json(JSON.stringify(result))
      else for (const line of lines) yield* output.line(line)
      if (difference !== undefined) {
        return yield* failure(
          `the replay of ${options.session} differs at sequence ${difference.sequence}: ${difference.message}. ` +
            "The journal was written by another version or was altered; `life verify` tells which."
        )
      }
      if (!options.json) yield* output.line("every fold, checkpoint and phase agrees")
    })
  )
).pipe(Command.withDescription("Fold a session from its start and from its last checkpoint and compare"))
