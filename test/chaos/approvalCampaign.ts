/** Campaigns against processes in which a call waits for an approval. */
import { assert } from "@effect/vitest"
import { Effect } from "effect"
import { asAnswered, askedCalls, deathsOf, type Stage } from "./approvals.js"
import { campaign, isSingle } from "./campaign.js"
import { answerMs, type Fate, timeoutMs, waitMs } from "./fates.js"
import { commandOf } from "./programs.js"
import type { Moment, Trial } from "./trial.js"

/** Stages that have to be hit, and the side of its effect on which a call in doubt was. */
type Hit = Stage | "before its effect" | "behind its effect"

interface Target {
  /** The answer comes last: a visitor is killed around it. */
  readonly moments: ReadonlyArray<Moment>
  readonly hits: ReadonlyArray<Hit>
}

const targets: { readonly [F in Fate]: Target } = {
  approve: {
    moments: [
      { type: "ToolResult", spanMs: answerMs },
      { type: "ApprovalRequested", spanMs: answerMs },
      { type: "ApprovalGranted", spanMs: 3 * waitMs }
    ],
    hits: ["asked", "answered", "begun", "before its effect", "behind its effect", "settled"]
  },
  deny: {
    moments: [
      { type: "ApprovalRequested", spanMs: answerMs },
      { type: "ApprovalDenied", spanMs: 10 }
    ],
    hits: ["asked", "answered", "settled"]
  },
  timeout: {
    moments: [
      { type: "ApprovalRequested", spanMs: timeoutMs / 2 },
      { type: "ApprovalDenied", spanMs: 10 }
    ],
    hits: ["late", "answered", "settled"]
  }
}

const killsMin = 12

/**
 * Kills processes around the approvals of a fate, and processes that only bring the answer, until all of its instants
 * were hit. Prints which instants were hit.
 */
export const approvalCampaign = (programs: string, fate: Fate) =>
  Effect.gen(function* () {
    const { hits, moments } = targets[fate]
    const counts = new Map<Hit, number>()
    const count = (hit: Hit) => counts.set(hit, (counts.get(hit) ?? 0) + 1)
    const judge = (trial: Trial) => {
      for (const stage of deathsOf(trial.records)) count(stage)
      for (const { executions, results } of askedCalls(trial)) {
        if (results[0]?.kind.status === "unknown") count(executions === 0 ? "before its effect" : "behind its effect")
      }
      return asAnswered(fate)(trial)
    }
    const command = commandOf(programs, "approvalsWorker", fate, "life")
    const visitor = commandOf(programs, "approvalsWorker", fate, "visit")
    const missed = () => hits.filter((hit) => !counts.has(hit))
    yield* campaign(
      { name: fate, command, visitor, furnish: () => {}, moments, judge },
      killsMin,
      () => missed().length === 0
    )
    console.log(`chaos ${fate}: died ${[...counts].map(([hit, times]) => `${hit} ${times}`).join(", ")}`)
    if (!isSingle) assert.deepStrictEqual(missed(), [], "kills hit every instant")
  })
