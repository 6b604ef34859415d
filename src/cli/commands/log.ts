/**
 * `life log`: prints the events of a session.
 *
 * @since 0.1.0
 */
import { Command } from "@effect/cli"
import { Effect, Stream } from "effect"
import { eventTypes, nearest, toJsonLine } from "../../layers/aios/index.js"
import { sessionFold } from "../../Life.js"
import { invalid } from "../CliError.js"
import { flag, json, location, number, session, text } from "../options.js"
import { Output } from "../Output.js"
import { recordLine } from "../render/record.js"
import { type Opened, withSession } from "../store.js"

// A journal may hold types that this version does not know.
const known = [...eventTypes, ...sessionFold.kinds.types]

const checkType = Effect.fnUntraced(function* ({ journal, stream }: Opened, type: string) {
  if (known.includes(type)) return
  const found = yield* journal.read({ ...stream, types: [type], limit: 1 })
  if (found.length > 0) return
  const near = nearest(type, known)
  const meant = near.length === 0 ? "" : `; did you mean ${near.join(" or ")}`
  return yield* Effect.fail(invalid(`there is no event type ${type}${meant}`))
})

/** The command. */
export const log = Command.make(
  "log",
  {
    session,
    ...location,
    json,
    after: number("after", "Only events after this sequence", { min: 0 }),
    follow: flag("follow", "Go on with each new event until Ctrl-C"),
    kind: text("kind", "TYPE", "Only events of this type, for example ToolCall")
  },
  (options) =>
    withSession(options, options.session, (opened) =>
      Effect.gen(function* () {
        const { journal, stream } = opened
        const output = yield* Output
        if (options.kind !== undefined) yield* checkType(opened, options.kind)
        const query = {
          ...stream,
          after: options.after ?? 0,
          ...(options.kind === undefined ? {} : { types: [options.kind] })
        }
        yield* (options.follow ? journal.tail(query) : journal.stream(query)).pipe(
          Stream.runForEach((record) =>
            options.json ? output.json(toJsonLine(record)) : output.line(recordLine(record))
          )
        )
      })
    )
).pipe(Command.withDescription("Print the events of a session, the oldest first"))
