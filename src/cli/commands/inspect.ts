/**
 * `life inspect`: serves a page that shows the sessions of a data directory, past and present.
 *
 * @since 0.1.0
 */
import { Args, Command } from "@effect/cli"
import { Effect } from "effect"
import { Redactor } from "../../layers/aios/index.js"
import { follow, journalHistory, Relay, serve } from "../../server/inspector/index.js"
import { openBrowser } from "../browser.js"
import { flag, location, port, word } from "../options.js"
import { Output } from "../Output.js"
import { columns, exact } from "../render/line.js"
import { findSession, withJournal } from "../store.js"

const options = {
  sessions: word("session", "Only these sessions (default: all)").pipe(Args.repeated),
  ...location,
  port,
  open: flag("open", "Open the page in a browser")
}

/** The command. */
export const inspect = Command.make("inspect", options, (given) =>
  withJournal(given, (journal) =>
    Effect.scoped(
      Effect.gen(function* () {
        const { sessions } = given
        for (const sessionId of sessions) yield* findSession(journal, sessionId, given)
        const output = yield* Output
        const redact = yield* Redactor
        const relay = new Relay()
        const { streamUrl, url } = yield* serve(
          relay,
          journalHistory(journal, redact),
          given.port === undefined ? {} : { port: given.port }
        )
        for (const line of columns([
          ["page", exact(url)],
          ["stream", exact(streamUrl)]
        ])) {
          yield* output.line(line)
        }
        yield* output.note(
          "The stream has the messages of Stately's inspector, one JSON text a frame. Ctrl-C ends the command."
        )
        if (given.open) yield* openBrowser(url)
        return yield* follow({ journal, relay, redact, ...(sessions.length === 0 ? {} : { sessionIds: sessions }) })
      })
    )
  )
).pipe(Command.withDescription("Show sessions in a browser: live, and at any of their events"))
