/**
 * `life log`: the events of a session.
 *
 * @since 0.1.0
 */
import { Command, Options } from "@effect/cli"
import { Effect, Stream } from "effect"
import { type EventType, eventTypes, nearest, toJsonLine } from "../../layers/aios/index.js"
import { invalid } from "../CliError.js"
import { flag, json, location, number, session, text } from "../options.js"
import { Output } from "../Output.js"
import { recordLine } from "../render/record.js"
import { withSession } from "../store.js"

const kind = text("kind", "TYPE", "Only events of this type, for example ToolCall").pipe(
  Options.mapEffect((given): Effect.Effect<EventType | undefined, ReturnType<typeof invalid>> => {
    const known = eventTypes.find((type) => type === given)
    if (known !== undefined || given === undefined) return Effect.succeed(known)
    const near = nearest(given, eventTypes)
    return Effect.fail(
      invalid(`there is no event type ${given}${near.length === 0 ? "" : `; did you mean ${near.join(" or ")}`}`)
    )
  })
)

/** The command. */
export const log = Command.make(
  "log",
  {
    session,
    ...location,
    json,
    after: number("after", "Only events after this sequence", { min: 0 }),
    follow: flag("follow", "Go on with each new event until Ctrl-C"),
    kind
  },
  (options) =>
    withSession(options, options.session, ({ journal, stream }) =>
      Effect.gen(function* () {
        const output = yield* Output
        const query = {
          ...stream,
          after: options.after ?? 0,
          ...(options.kind === undefined ? {} : { types: [options.kind] })
        }
        yield* (options.follow ? journal.tail(query) : journal.stream(query)).pipe(
          Stream.runForEach((record) =>
            output.line(options.json ? toJsonLine(record) : recordLine(record, output.paint))
          )
        )
      })
    )
).pipe(Command.withDescription("Print the events of a session, the oldest first"))
