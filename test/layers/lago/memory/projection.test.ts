/** Knowledge of a session, folded from the events about memory. */
import { assert, describe, it } from "@effect/vitest"
import { Memory } from "../../../../src/layers/lago/index.js"
import { Projections } from "../../../../src/machines/index.js"
import type { Subsystem } from "../../../../src/layers/aios/index.js"

const projections = new Projections([Memory.memory])
const known = (kinds: ReadonlyArray<Subsystem.Kind>): Memory.Memories => {
  const values = kinds.reduce(
    (before, kind, index) => projections.step(before, { sequence: index + 1, at: index, kind }),
    projections.initial
  )
  return projections.valueOf(values, Memory.memory) ?? assert.fail("memory is not folded")
}

const provenance = { eventStart: 1, eventEnd: 1, files: [] }
const stored = (memoryId: string): Memory.MemoryKind => ({
  type: "MemoryStored",
  scope: "session",
  memoryId,
  text: `about ${memoryId}`,
  tags: [],
  provenance
})
const started: Subsystem.Kind = {
  type: "RunStarted",
  runId: "r",
  provider: "p",
  model: "m",
  budget: {
    tokensRemaining: 1,
    costRemainingUsd: 1,
    timeRemainingMs: 1,
    toolCallsRemaining: 1,
    errorBudgetRemaining: 1,
    ticksRemaining: 1
  }
}
const retrieved: Memory.MemoryKind = {
  type: "MemoryRetrieved",
  source: "session",
  memoryIds: ["m1"],
  tokens: 1,
  recalled: [{ memoryId: "m1", scope: "session", block: "Memory", text: "" }]
}

describe("what a session knows", () => {
  it("what a session knows is the newest it has observed, without what was forgotten", () => {
    const many = Array.from({ length: 40 }, (_, n) => stored(`m${n}`))
    const ids = (kinds: ReadonlyArray<Subsystem.Kind>) => known(kinds).observations.map(({ memoryId }) => memoryId)
    assert.lengthOf(ids(many), 32)
    assert.strictEqual(ids(many)[0], "m8")
    const forgotten = { type: "MemoryTombstoned", scope: "session", memoryId: "m8", reason: "wrong" } as const
    assert.strictEqual(ids([...many, forgotten])[0], "m9")
  })

  it("what a session knows has the text of a run's recall until that run ends, and not in the next one", () => {
    const open = [stored("m1"), started, retrieved]
    assert.deepStrictEqual(known(open).recalled, [
      { memoryId: "m1", scope: "session", block: "Memory", text: "about m1" }
    ])
    assert.notProperty(known([...open, { type: "RunErrored", runId: "r", error: "out" }]), "recalled")
    assert.notProperty(known([...open, started]), "recalled")
  })
})
