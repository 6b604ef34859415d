/**
 * The header that is printed before a run.
 *
 * @since 0.1.0
 */
import { suggestion } from "../options.js"
import { columns, type Paint, printable, shorten } from "../render/text.js"
import { version } from "../version.js"
import type { Plan } from "./Plan.js"

const objectiveCharactersMax = 400
const otherRunsShownMax = 10

/** Lines with the agent, session, provider, workspace, journal and objective, and with open runs of other sessions. */
export const headerLines = (plan: Plan, sessionId: string, paint: Paint): ReadonlyArray<string> => {
  const {
    options: { fallback },
    otherRuns
  } = plan
  const others = fallback.length === 0 ? "" : `, falling back on ${fallback.join(", ")}`
  const more = otherRuns.length > otherRunsShownMax ? ", …" : ""
  return [
    `${paint.bold("life")} ${version}`,
    ...columns([
      ["agent", printable(plan.existing?.name ?? "life")],
      ["session", sessionId],
      ["provider", `${plan.provider} (${plan.why})${others}`],
      ["workspace", plan.workspace],
      ["journal", plan.dataDir],
      ["objective", shorten(plan.objective, objectiveCharactersMax)]
    ]),
    ...(otherRuns.length === 0
      ? []
      : [
          `also open and left alone: ${otherRuns.slice(0, otherRunsShownMax).join(", ")}${more} ` +
            `(\`${suggestion("run --session ID --resume", plan.options)}\` goes on with one)`
        ]),
    ""
  ]
}
