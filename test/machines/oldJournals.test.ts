/** What an earlier version has written stays true: every state it hashed is folded again. */
import { assert, describe, it } from "@effect/vitest"
import { Effect, Schema } from "effect"
import { readFileSync } from "node:fs"
import { loadAgent, replay } from "../../src/actors/replay.js"
import { EventRecord, hashOf, Journal, mainBranch } from "../../src/layers/aios/index.js"
import { SqliteJournal } from "../../src/layers/lago/index.js"
import { initialState } from "../../src/layers/aios/schema/AgentState.js"
import { foldEvent, reduce } from "../../src/machines/fold.js"
import { load } from "../../src/simulation/recorded.js"

const lines = readFileSync(new URL("../fixtures/journal-0.1.0.jsonl", import.meta.url), "utf8")
  .trim()
  .split("\n")
const recorded = lines.map((line) => Schema.decodeSync(EventRecord)(line))

describe("a journal of version 0.1.0", () => {
  it("folds to the states it was checked with then", () => {
    let state = initialState
    let checked = 0
    for (const record of recorded) {
      if (record.kind.type === "CheckpointCreated") {
        // The one field that is folded from what was there before.
        const { lastCall: _, ...known } = state
        assert.strictEqual(hashOf(known), record.kind.stateHash)
        checked++
      }
      state = reduce(state, foldEvent(record))
    }
    assert.strictEqual(checked, 3)
    assert.lengthOf(state.memories, 3)
  })

  it.effect("replays without a difference, and gives back its conversation", () =>
    Effect.gen(function* () {
      yield* load(recorded)
      const journal = yield* Journal
      const stream = { sessionId: "old", branchId: mainBranch }
      assert.strictEqual((yield* replay(journal, stream)).difference, undefined)
      const { transcript } = yield* loadAgent(journal, stream)
      const messages = transcript.messages()
      assert.deepStrictEqual(messages.at(-1), { role: "assistant", content: "Done 18.", toolCalls: [] })
      assert.isTrue(messages.some((message) => message.role === "user" && message.content === "Objective 2."))
    }).pipe(Effect.provide(SqliteJournal.layerMemory))
  )
})
