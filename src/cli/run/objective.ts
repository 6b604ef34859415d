/**
 * The objective of a run. It names the report, so that the process that resumes the run knows the report as well.
 *
 * @since 0.1.0
 */

// The default of the scout's option `reportPath`.
const reportDefault = "life-report.md"

/** The objective of a run: the text of the user (default: a survey), with the report to write, if one was named. */
export const objectiveOf = (asked: string | undefined, report: string | undefined): string => {
  if (asked === undefined) return `Survey this workspace and write a report to ${report ?? reportDefault}`
  return report === undefined ? asked : `${asked.trimEnd()}\n\nWrite a report to ${report}`
}

/** The report that an objective names at its end. */
export const reportIn = (objective: string): string | undefined => /\breport to (\S[^\n]*?)\.?\s*$/.exec(objective)?.[1]
