/**
 * Kills the real process again and again. Each test prints the seeds it tried; LIFE_CHAOS_SEED=<name>-<seed> tries one
 * of them again.
 */
import { afterAll, assert, beforeAll, describe, it } from "@effect/vitest"
import { existsSync, rmSync } from "node:fs"
import { join } from "node:path"
import { Effect } from "effect"
import { approvalCampaign } from "./approvalCampaign.js"
import { campaign, isLeftOut, isSingle } from "./campaign.js"
import { type Complaints, firstDifference, transcriptOf } from "./evidence.js"
import { contents, furnish } from "./fixture.js"
import { neverTwice, noteCalls } from "./notes.js"
import { bundle, commandOf } from "./programs.js"
import type { Trial } from "./trial.js"

const sameAsUndisturbed = (trial: Trial, reference: Trial): Complaints => [
  ...(existsSync(join(trial.workspace, "life-report.md")) ? [] : ["there is no report"]),
  ...firstDifference("the workspace", contents(reference.workspace), contents(trial.workspace)),
  ...firstDifference("the transcript", transcriptOf(reference.records), transcriptOf(trial.records))
]

// For a machine that is busy with other work; on an idle one, each campaign takes about half a minute.
const campaignMs = 600_000

describe.skipIf(process.platform === "win32")("a process that is killed with SIGKILL and started again", () => {
  let programs = ""
  beforeAll(async () => {
    programs = await bundle()
  })
  afterAll(() => rmSync(programs, { recursive: true }))

  it.live.skipIf(isLeftOut("survey"))(
    "a killed process ends with the same files and transcript as a process that never died",
    () => campaign({ name: "survey", command: commandOf(programs, "worker"), furnish, judge: sameAsUndisturbed }, 150),
    campaignMs
  )

  it.live.skipIf(isLeftOut("notes"))(
    "a killed process never repeats a call that must not be repeated, and still comes to its end",
    () =>
      Effect.gen(function* () {
        const doubts = new Set<number>()
        const judge = (trial: Trial, reference: Trial) => {
          for (const { executions, statuses } of noteCalls(trial)) if (statuses[0] === "unknown") doubts.add(executions)
          return neverTwice(trial, reference)
        }
        yield* campaign({ name: "notes", command: commandOf(programs, "notesWorker"), furnish: () => {}, judge }, 55)
        if (isSingle) return
        assert.deepStrictEqual([...doubts].toSorted(), [0, 1], "kills hit both before and behind the effect of a call")
      }),
    campaignMs
  )

  it.live.skipIf(isLeftOut("approve"))(
    "a killed process asks once, takes the approval once, and carries the call out at most once",
    () => approvalCampaign(programs, "approve"),
    campaignMs
  )

  it.live.skipIf(isLeftOut("deny"))(
    "a killed process asks once, takes the denial once, tells the model why, and never runs the call",
    () => approvalCampaign(programs, "deny"),
    campaignMs
  )

  it.live.skipIf(isLeftOut("timeout"))(
    "a call whose time runs out while no process runs is denied once, as soon as one does",
    () => approvalCampaign(programs, "timeout"),
    campaignMs
  )
})
