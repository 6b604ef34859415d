import { copyFileSync, statSync, truncateSync } from "node:fs"
import { join } from "node:path"
import { assert, describe, it } from "@effect/vitest"
import { Effect, Logger, Option } from "effect"
import { hashOf } from "../../../src/layers/aios/index.js"
import { event, said, stream, tamper, tempDir, to, using } from "./support.js"

const checkpointAt = (sequence: number) => ({ sequence, state: { n: sequence }, stateHash: hashOf({ n: sequence }) })

// Eight events with a checkpoint for all of them.
const written = Effect.gen(function* () {
  const dataDir = yield* tempDir
  const kinds = [1, 2, 3, 4, 5, 6, 7].map((n) => said(`message ${n}`))
  const extra = { ...event({ type: "PhaseEntered", phase: "act" as const }), actor: { type: "user" as const } }
  yield* using({ dataDir }, (journal) => journal.append(to("s", [...kinds, extra], { checkpoint: checkpointAt(8) })))
  return dataDir
})

const flawOf = (dataDir: string) =>
  using({ dataDir, readonly: true }, (journal) => journal.verify(stream("s"))).pipe(
    Effect.map(({ checked, flaw }) => ({ checked, sequence: Option.getOrUndefined(flaw)?.sequence }))
  )

describe("verify", () => {
  it.scopedLive("verify finds nothing in an untouched journal", () =>
    Effect.gen(function* () {
      assert.deepStrictEqual(yield* flawOf(yield* written), { checked: 8, sequence: undefined })
    })
  )

  const alterations: Readonly<Record<string, readonly [statement: string, sequence: number]>> = {
    "one byte of a body": ["UPDATE events SET body = replace(body, 'message 5', 'message 6') WHERE sequence = 5", 5],
    "a body that is no JSON any more": ["UPDATE events SET body = 'x' WHERE sequence = 5", 5],
    "a body that is no text any more": ["UPDATE events SET body = x'00ff' WHERE sequence = 5", 5],
    "one byte of a digest": ["UPDATE events SET digest = zeroblob(1) || substr(digest, 2) WHERE sequence = 3", 3],
    "a timestamp by one millisecond": ["UPDATE events SET at = at + 1 WHERE sequence = 6", 6],
    "a timestamp beyond all dates": ["UPDATE events SET at = 9e18 WHERE sequence = 6", 6],
    "an id": ["UPDATE events SET event_id = substr(event_id, 1, 15) || x'7f' WHERE sequence = 2", 2],
    "a type": ["UPDATE events SET kind = (SELECT code FROM kinds WHERE type = 'ToolCall') WHERE sequence = 4", 4],
    "a phase": [`UPDATE events SET kind = (SELECT code FROM kinds WHERE body LIKE '%"report"%') WHERE sequence = 8`, 8],
    "a type to one that does not exist": ["UPDATE events SET kind = 9999 WHERE sequence = 8", 8],
    "an actor": ["UPDATE events SET extra = replace(extra, 'user', 'system') WHERE sequence = 8", 8],
    "a cause that was not there": [
      "UPDATE events SET extra = json_set(extra, '$.causationId', 'x') WHERE sequence = 8",
      8
    ],
    "a sequence": ["UPDATE events SET sequence = 90 WHERE sequence = 7", 7],
    "a record taken out": ["DELETE FROM events WHERE sequence = 4", 4],
    "the first record": ["DELETE FROM events WHERE sequence = 1", 1],
    "the end cut off": ["DELETE FROM events WHERE sequence > 6", 7],
    "everything cut off": ["DELETE FROM events", 1],
    "the agent": ["UPDATE streams SET agent_id = 'other'", 1]
  }
  for (const [name, [statement, sequence]] of Object.entries(alterations)) {
    it.scopedLive(`verify finds ${name}`, () =>
      Effect.gen(function* () {
        const dataDir = yield* written
        tamper(dataDir, statement)
        assert.deepStrictEqual(yield* flawOf(dataDir), { checked: sequence - 1, sequence })
      })
    )
  }

  it.scopedLive("an unknown session is an error, not an intact one", () =>
    Effect.gen(function* () {
      const dataDir = yield* written
      const error = yield* Effect.flip(using({ dataDir }, (journal) => journal.verify(stream("other"))))
      assert.strictEqual(error.reason, "NotFound")
    })
  )
})

describe("a damaged journal", () => {
  it.scopedLive("a journal that lost the end of its log opens with an intact prefix and goes on", () =>
    Effect.gen(function* () {
      const [dataDir, copyDir] = [yield* tempDir, yield* tempDir]
      yield* using({ dataDir }, (journal) =>
        Effect.gen(function* () {
          for (let n = 1; n <= 20; n++) yield* journal.append(to("s", [said(`${n}`.repeat(500))]))
          for (const name of ["journal.sqlite", "journal.sqlite-wal"])
            copyFileSync(join(dataDir, name), join(copyDir, name))
        })
      )
      const wal = join(copyDir, "journal.sqlite-wal")
      truncateSync(wal, Math.floor(statSync(wal).size * 0.8) - 100)
      yield* using({ dataDir: copyDir }, (journal) =>
        Effect.gen(function* () {
          const head = yield* journal.head(stream("s"))
          assert.isAbove(head.sequence, 5)
          assert.isBelow(head.sequence, 20)
          yield* journal.append(to("s", [said("on")], { expectedSequence: head.sequence }))
          const { checked, flaw } = yield* journal.verify(stream("s"))
          assert.strictEqual(checked, head.sequence + 1)
          assert.isTrue(Option.isNone(flaw))
        })
      )
    })
  )

  it.scopedLive("a journal whose newest checkpoint is damaged falls back to the one before, with a warning", () =>
    Effect.gen(function* () {
      const dataDir = yield* tempDir
      yield* using({ dataDir }, (journal) =>
        Effect.forEach([1, 2], (n) => journal.append(to("s", [said("x")], { checkpoint: checkpointAt(n) })))
      )
      const warnings: Array<unknown> = []
      const newest = using({ dataDir }, (journal) => journal.checkpoint(stream("s"))).pipe(
        Effect.provide(
          Logger.replace(
            Logger.defaultLogger,
            Logger.make(({ message }) => warnings.push(message))
          )
        )
      )
      tamper(dataDir, "UPDATE checkpoints SET state = '{\"n\":3}' WHERE sequence = 2")
      assert.deepStrictEqual(yield* newest, Option.some(checkpointAt(1)))
      assert.strictEqual(warnings.length, 1)
      tamper(dataDir, "UPDATE checkpoints SET state_hash = 'x' WHERE sequence = 1")
      assert.deepStrictEqual(yield* newest, Option.none())
    })
  )

  it.scopedLive("a journal with an unreadable record says which one", () =>
    Effect.gen(function* () {
      const dataDir = yield* written
      tamper(dataDir, "UPDATE events SET extra = '{' WHERE sequence = 2")
      const error = yield* Effect.flip(using({ dataDir }, (journal) => journal.read(stream("s"))))
      assert.strictEqual(error.reason, "Corrupt")
      assert.include(error.message, "record 2")
    })
  )
})
