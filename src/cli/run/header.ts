/**
 * The header that is printed before a run.
 *
 * @since 0.1.0
 */
import { suggestion } from "../options.js"
import { bold, columns, line, type Line, short } from "../render/line.js"
import { version } from "../version.js"
import type { RunSetup } from "./RunSetup.js"

const objectiveCharactersMax = 400
const otherRunsShownMax = 10

/** Lines with the agent, session, provider, workspace, journal and objective, and with open runs of other sessions. */
export const headerLines = (setup: RunSetup, sessionId: string): ReadonlyArray<Line> => {
  const {
    options: { fallback },
    otherRuns
  } = setup
  const others = fallback.length === 0 ? "" : `, falling back on ${fallback.join(", ")}`
  const more = otherRuns.length > otherRunsShownMax ? ", …" : ""
  return [
    line`${bold("life")} ${version}`,
    ...columns([
      ["agent", setup.existing?.name ?? "life"],
      ["session", sessionId],
      ["provider", `${setup.provider} (${setup.why})${others}`],
      ["workspace", setup.workspace],
      ["journal", setup.dataDir],
      ["objective", short(setup.objective, objectiveCharactersMax)]
    ]),
    ...(otherRuns.length === 0
      ? []
      : [
          `also open and left alone: ${otherRuns.slice(0, otherRunsShownMax).join(", ")}${more} ` +
            `(\`${suggestion("run --session ID --resume", setup.options)}\` goes on with one)`
        ]),
    ""
  ]
}
