/**
 * `life state`: shows the present state of an agent, folded from its journal.
 *
 * @since 0.1.0
 */
import { Command } from "@effect/cli"
import { Effect } from "effect"
import { type AgentView, foldStream, viewOf } from "../../actors/index.js"
import { sessionFold } from "../../Life.js"
import { json, location, session } from "../options.js"
import { Output } from "../Output.js"
import { columns, pairs } from "../render/text.js"
import { withSession } from "../store.js"

/** The command. */
export const state = Command.make("state", { session, ...location, json }, (options) =>
  withSession(options, options.session, ({ journal, stream }) =>
    Effect.gen(function* () {
      const output = yield* Output
      const folded = yield* foldStream(journal, stream, yield* journal.checkpoint(stream), undefined, sessionFold)
      const view = viewOf(options.session, folded, { fold: sessionFold })
      for (const line of options.json ? [JSON.stringify(view)] : table(view)) yield* output.line(line)
    })
  )
).pipe(Command.withDescription("Show the state of an agent as its journal gives it"))

const valueCharactersMax = 200

const table = (view: AgentView): ReadonlyArray<string> =>
  columns(Object.entries(view).map(([name, value]) => [name, pairs(value, valueCharactersMax)]))
