/** The one fold: the vectors it must keep, and the ways into it. */
import { assert, describe, it } from "@effect/vitest"
import { FastCheck as fc, Schema } from "effect"
import { readFileSync } from "node:fs"
import { canonicalJson, digestOf, EventRecord, genesisDigest, hashOf } from "../../src/layers/aios/index.js"
import { Memory } from "../../src/layers/lago/index.js"
import { type Folded, SessionFold, sessionFold } from "../../src/machines/SessionFold.js"

const recorded = readFileSync(new URL("../fixtures/journal-0.1.0.jsonl", import.meta.url), "utf8")
  .trim()
  .split("\n")
  .map((line) => Schema.decodeSync(EventRecord)(line))

const { initial, restore, step } = sessionFold
const remembering = new SessionFold([Memory.memory])

describe("the fold of a session", () => {
  it("the fold keeps the state hash and the digests of a journal of version 0.1.0", () => {
    const { at, digest, previous, sequence, state, values } = recorded.reduce(remembering.step, remembering.initial)
    assert.strictEqual(
      hashOf(remembering.projections.formerly(state, values)),
      "9e3829f412f21a6f572eb8737ecafbc6696708f9846b98b37283f8a4dae32b60"
    )
    assert.strictEqual(digest, "6b90ca5c017a08cdeec4e5288c4e55e47ef16393e9eced964e086785a9aff77f")
    assert.strictEqual(sequence, recorded.length)
    assert.strictEqual(previous, recorded.at(-1))
    assert.strictEqual(at, Date.parse(previous?.timestamp ?? ""))
    let before = genesisDigest
    for (const record of recorded) {
      assert.strictEqual(digestOf(before, record), record.digest)
      before = record.digest
    }
  })

  it("the fold gives the same session from any checkpoint as from the start, and changes no session", () => {
    const sessions = recorded.reduce<ReadonlyArray<Folded>>(
      (all, record) => [...all, step(all.at(-1) ?? initial, record)],
      []
    )
    const hashes = sessions.map(({ state }) => hashOf(state))
    fc.assert(
      fc.property(fc.nat({ max: recorded.length - 2 }), (index) => {
        const { sequence, state } = sessions[index] ?? initial
        const stored = { sequence, state: JSON.parse(canonicalJson(state)) as unknown }
        const start = restore(stored)?.session ?? assert.fail()
        const end = recorded.slice(sequence).reduce(step, start)
        assert.deepStrictEqual(end, sessions.at(-1))
      }),
      { seed: 6, numRuns: 20 }
    )
    assert.deepStrictEqual(
      sessions.map(({ state }) => hashOf(state)),
      hashes
    )
  })

  it("the fold takes an event that is not durable yet, and knows its digest only from the record", () => {
    const [first] = recorded
    assert.isDefined(first)
    const { kind, sequence, timestamp } = first
    const made = step(initial, { sequence, at: Date.parse(timestamp), kind })
    const durable = step(initial, first)
    assert.deepStrictEqual(made, { ...durable, digest: genesisDigest, previous: undefined })
  })

  it("the fold restores nothing from a state that this version cannot read", () => {
    assert.isUndefined(restore({ sequence: 7, state: { phase: "dream" } }))
  })
})
