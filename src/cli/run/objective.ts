/**
 * The objective of a run. It names the report, so that whoever resumes the run knows the report, too.
 *
 * @since 0.1.0
 */

// The same name that the scout uses by itself.
const reportDefault = "life-report.md"

/** The objective of a run: what was asked for, or a survey; with the report it is to write, if one was named. */
export const objectiveOf = (asked: string | undefined, report: string | undefined): string => {
  if (asked === undefined) return `Survey this workspace and write a report to ${report ?? reportDefault}`
  return report === undefined ? asked : `${asked.trimEnd()}\n\nWrite a report to ${report}`
}

/** The report that an objective names at its end. */
export const reportIn = (objective: string): string | undefined => /\breport to (\S[^\n]*?)\.?\s*$/.exec(objective)?.[1]
