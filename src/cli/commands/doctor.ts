/**
 * `life doctor`: shows the parts of a Life.
 *
 * @since 0.1.0
 */
import { Command } from "@effect/cli"
import { Effect } from "effect"
import { ActorSystem } from "../../actors/index.js"
import * as Life from "../../Life.js"
import { invalid } from "../CliError.js"
import { flag, json } from "../options.js"
import { Output } from "../Output.js"
import { columns } from "../render/line.js"

/** The command. */
export const doctor = Command.make(
  "doctor",
  {
    sockets: flag("sockets", "Show what is plugged into each phase of a tick, in the order in which it is asked"),
    json
  },
  (options) =>
    Effect.gen(function* () {
      if (!options.sockets) {
        return yield* Effect.fail(invalid("say what to look at: `life doctor --sockets` shows the phases of a tick"))
      }
      const output = yield* Output
      const { sockets } = yield* Effect.provide(
        ActorSystem,
        Life.layerMemory({ wideWorkspace: true, context: { instructions: "" } })
      )
      if (options.json) for (const entry of sockets) yield* output.json(JSON.stringify(entry))
      else {
        const rows = sockets.map(({ detail = "", rule, socket }) => [socket, rule, detail])
        for (const line of columns(rows)) yield* output.line(line)
      }
    })
).pipe(Command.withDescription("Show what a Life is put together from"))
