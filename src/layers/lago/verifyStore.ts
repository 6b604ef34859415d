/**
 * Verification of what is stored beside the records.
 */
import { hash } from "node:crypto"
import { Effect } from "effect"
import { decodeKind, type JournalError } from "../aios/index.js"
import { verifyMemories } from "./memory/table.js"
import { isIntact, type Source } from "./reader.js"

/**
 * Checks that each checkpoint is the one that the event behind it names, that each blob has its hash, and that the index
 * of shared memories is what the events say. Gives a line for each flaw.
 */
export const verifyStore = (source: Source, hasMemories: boolean): Effect.Effect<ReadonlyArray<string>, JournalError> =>
  Effect.gen(function* () {
    const checkpoints = yield* verifyCheckpoints(source)
    if (!hasMemories) return checkpoints
    return [...checkpoints, ...(yield* verifyBlobs(source)), ...(yield* verifyMemories(source.database))]
  })

interface CheckpointRow {
  readonly session_id: string
  readonly sequence: number
  readonly state: string
  readonly state_hash: string
  readonly kind: number | null
  readonly body: string | null
}

// The event behind a checkpoint holds the hash of its state, and is itself part of the chain.
const verifyCheckpoints = ({ database, kinds }: Source) =>
  Effect.map(
    database.run<CheckpointRow>(
      `SELECT s.session_id, c.sequence, c.state, c.state_hash, e.kind, e.body FROM checkpoints c
       LEFT JOIN streams s ON s.id = c.stream
       LEFT JOIN events e ON e.stream = c.stream AND e.sequence = c.sequence + 1 ORDER BY c.stream, c.sequence`
    ),
    (rows) =>
      rows.flatMap(({ body, kind, sequence, session_id, state, state_hash }) => {
        const text = body ?? kinds.byCode.get(kind ?? -1)?.constant?.text
        const named = text === undefined ? undefined : decodeKind(text)
        const isNamed =
          named?.type === "CheckpointCreated" &&
          named.eventSequence === sequence &&
          named.stateHash === state_hash &&
          isIntact(state, state_hash) !== undefined
        return isNamed ? [] : [`the checkpoint of ${session_id} at ${sequence} is not the one that its event names`]
      })
  )

const verifyBlobs = Effect.fnUntraced(function* ({ database }: Source) {
  const names = yield* database.run<{ readonly rowid: number; readonly sha256: Buffer }>(
    "SELECT rowid, sha256 FROM blobs ORDER BY rowid"
  )
  const flaws: Array<string> = []
  // One at a time, because blobs may be large.
  for (const { rowid, sha256 } of names) {
    const [row] = yield* database.run<{ readonly bytes: Buffer }>("SELECT bytes FROM blobs WHERE rowid = ?", [rowid])
    const name = sha256.toString("hex")
    if (row !== undefined && hash("sha256", row.bytes, "hex") !== name) flaws.push(`the blob ${name} was altered`)
  }
  return flaws
})
