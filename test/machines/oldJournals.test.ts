/** Journals of an earlier version stay true: every state that the version hashed is folded again. */
import { assert, describe, it } from "@effect/vitest"
import { Effect, Layer, Schema } from "effect"
import { readFileSync } from "node:fs"
import { loadAgent, replay } from "../../src/actors/replay.js"
import { EventRecord, Journal, mainBranch } from "../../src/layers/aios/index.js"
import { FileIdentity } from "../../src/layers/anima/index.js"
import { Memory, SqliteJournal } from "../../src/layers/lago/index.js"
import { SessionFold } from "../../src/machines/index.js"
import { load } from "../../src/simulation/recorded.js"

const lines = readFileSync(new URL("../fixtures/journal-0.1.0.jsonl", import.meta.url), "utf8")
  .trim()
  .split("\n")
const fold = new SessionFold([Memory.memory])
const recorded = lines.map((line) => Schema.decodeSync(EventRecord)(line))

describe("a journal of version 0.1.0", () => {
  it("a journal of version 0.1.0 folds to its hashed states, in which memory stood beside the rest", () => {
    let session = fold.initial
    let checked = 0
    for (const record of recorded) {
      if (record.kind.type === "CheckpointCreated") {
        assert.deepStrictEqual(fold.expected(session, record.kind), { stateHash: record.kind.stateHash, missing: [] })
        checked++
      }
      session = fold.step(session, record)
    }
    assert.strictEqual(checked, 3)
    assert.lengthOf(fold.projections.valueOf(session.values, Memory.memory)?.observations ?? [], 3)
  })

  it("a journal of version 0.1.0 cannot be checked without memory, and says so", () => {
    const without = new SessionFold()
    const checkpoint = recorded.find(({ kind }) => kind.type === "CheckpointCreated")?.kind
    assert(checkpoint?.type === "CheckpointCreated")
    const { missing, stateHash } = without.expected(without.initial, checkpoint)
    assert.deepStrictEqual({ missing, stateHash }, { missing: ["memory"], stateHash: checkpoint.stateHash })
  })

  it("a journal of version 0.1.0 has other hashes from the record on in which a statement was altered", () => {
    const first = recorded.findIndex(({ kind }) => kind.type === "Raw" && kind.of === "MemoryStored")
    let session = fold.initial
    for (const [at, record] of recorded.entries()) {
      const { kind } = record
      if (kind.type === "CheckpointCreated") {
        assert.strictEqual(fold.expected(session, kind).stateHash === kind.stateHash, at < first)
      }
      const altered =
        kind.type === "Raw" && at === first ? { ...kind, raw: kind.raw.replace('"text":"', '"text":"x') } : kind
      session = fold.step(session, { ...record, kind: altered })
    }
  })

  it.effect("a journal of version 0.1.0 replays without a difference, and gives back its conversation", () =>
    Effect.gen(function* () {
      yield* load(recorded)
      const journal = yield* Journal
      const stream = { sessionId: "old", branchId: mainBranch }
      assert.strictEqual((yield* replay(journal, stream, fold)).difference, undefined)
      const { transcript } = yield* loadAgent(journal, stream)
      const messages = transcript.messages()
      assert.deepStrictEqual(messages.at(-1), { role: "assistant", content: "Done 18.", toolCalls: [] })
      assert.isTrue(messages.some((message) => message.role === "user" && message.content === "Objective 2."))
    }).pipe(Effect.provide(Layer.merge(SqliteJournal.layerMemory, FileIdentity.layerSeeded(1))))
  )
})
