/**
 * A disk that is tampered with while the simulated process is dead. The next process must not take up a session that is
 * not what its key wrote last; then a backup is put in place.
 *
 * @since 0.1.0
 */
import { Effect, Exit } from "effect"
import { trusted } from "../actors/index.js"
import { Identity, Journal, type JournalError, mainBranch } from "../layers/aios/index.js"
import type { SqliteJournal } from "../layers/lago/index.js"
import { sessionFold } from "../Life.js"
import type { FaultPlan } from "./Faults.js"
import type { Watch } from "./Watch.js"

const inStream = "stream = (SELECT id FROM streams WHERE session_id = ? AND branch_id = 'main')"

// A row as a program without the key can append it: a grant that no person gave, without a seal.
const forgedRow = `INSERT INTO events (stream, sequence, event_id, at, kind, body, extra, digest)
  SELECT stream, sequence + 1, randomblob(16), at + 1,
    (SELECT code FROM kinds WHERE type = 'ApprovalGranted' AND body IS NULL),
    '{"actor":"mallory","approvalId":"forged","type":"ApprovalGranted"}', NULL, digest
  FROM events WHERE ${inStream} ORDER BY sequence DESC LIMIT 1`

const tamperings = {
  "disk-forged-row": () => [{ sql: forgedRow, parameters: [] as ReadonlyArray<number> }],
  // The copy is older than the last anchored head.
  "disk-rollback": (anchored: number) => [
    { sql: `DELETE FROM events WHERE ${inStream} AND sequence >= ?`, parameters: [anchored] },
    { sql: `DELETE FROM checkpoints WHERE ${inStream} AND sequence >= ?`, parameters: [anchored] }
  ]
} as const

/**
 * The name of a violation by a tampered session that is taken up.
 */
export const tamperedIsRefused = "a session that is not what its key wrote last is not taken up"

/**
 * Tampers with each session as the plan says, and notes a violation for each that the next process would take up.
 */
export const tamper = (
  plan: FaultPlan,
  watch: Watch,
  { layer, tampered }: Effect.Effect.Success<typeof SqliteJournal.makeSurviving>
): Effect.Effect<void, JournalError, Identity> =>
  Effect.gen(function* () {
    const journal = yield* Journal
    const identity = yield* Identity
    for (const { head, sessionId } of yield* journal.sessions) {
      const stream = { sessionId, branchId: mainBranch }
      const [anchor] = yield* journal.anchors(stream)
      for (const fault of ["disk-forged-row", "disk-rollback"] as const) {
        if (head === 0 || anchor === undefined || !plan.strikes(fault)) continue
        const statements = tamperings[fault](anchor.sequence).map(({ parameters, sql }) => ({
          sql,
          parameters: [sessionId, ...parameters]
        }))
        const exit = yield* tampered(statements, Effect.exit(trusted(journal, identity, stream, sessionFold)))
        watch.note(tamperedIsRefused, Exit.isSuccess(exit) ? `${fault} was not noticed` : undefined, { sessionId })
      }
    }
  }).pipe(Effect.provide(layer))
