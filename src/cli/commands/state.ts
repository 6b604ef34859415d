/**
 * `life state`: shows the present state of an agent, folded from its journal.
 *
 * @since 0.1.0
 */
import { Command } from "@effect/cli"
import { Effect } from "effect"
import { resolve } from "node:path"
import { type AgentView, foldStream, namedCheckpoint, viewOf } from "../../actors/index.js"
import { sessionFold } from "../../Life.js"
import { json, location, session } from "../options.js"
import { Output } from "../Output.js"
import { callLines } from "../render/call.js"
import { columns, fields, line, type Line, yellow } from "../render/line.js"
import { replacedText } from "../run/replaced.js"
import { withSession } from "../store.js"

/** The command. */
export const state = Command.make("state", { session, ...location, json }, (options) =>
  withSession(options, options.session, ({ journal, stream }) =>
    Effect.gen(function* () {
      const output = yield* Output
      const folded = yield* foldStream(journal, stream, yield* namedCheckpoint(journal, stream), undefined, sessionFold)
      const view = viewOf(options.session, folded, { fold: sessionFold })
      if (options.json) yield* output.json(JSON.stringify(view))
      else {
        const workspace = resolve(options.workspace ?? ".")
        for (const each of [...table(view), ...waiting(view, workspace, output.showsSecrets)]) yield* output.line(each)
      }
    })
  )
).pipe(Command.withDescription("Show the state of an agent as its journal gives it"))

const valueCharactersMax = 200

const table = (view: AgentView): ReadonlyArray<Line> =>
  columns(Object.entries(view).map(([name, value]) => [name, fields(value, valueCharactersMax)]))

// The whole of each call that waits, because a person has to answer it.
const waiting = ({ approvals }: AgentView, workspace: string, showsSecrets: boolean): ReadonlyArray<Line> =>
  approvals.flatMap(({ approvalId, input, request: { capabilities, reason, risk }, toolName }) => {
    const replaced = capabilities
      .map((capability) => replacedText(workspace, capability))
      .find((text) => text !== undefined)
    return [
      "",
      line`${yellow("approval")}  ${approvalId}: ${toolName} wants ${capabilities.join(", ")} (risk ${risk})`,
      ...(reason === undefined ? [] : [`  ${reason}`]),
      ...callLines({ input, replaced, showsSecrets })
    ]
  })
