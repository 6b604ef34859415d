/** Messages to watchers: no secret, no endless text, no message above its bound. */
import { assert, describe, it } from "@effect/vitest"
import {
  defaultRedaction,
  encodeInspection,
  type Json,
  Limits,
  type SnapshotInspection
} from "../../../src/layers/aios/index.js"
import { initialState } from "../../../src/layers/aios/schema/AgentState.js"
import { inspectedSnapshot } from "../../../src/machines/inspection.js"

const message = (fields: { readonly [field: string]: Json }): SnapshotInspection => ({
  type: "@xstate.snapshot",
  sessionId: "s",
  rootId: "life",
  createdAt: "0",
  id: null,
  _version: "0.7.2",
  event: { type: "Custom", sequence: 7, ...fields },
  snapshot: inspectedSnapshot(initialState)
})

describe("the redaction", () => {
  it("the redaction shortens long texts and says how long they were", () => {
    const { event } = defaultRedaction(message({ data: { deep: ["y".repeat(5_000)] } })) as typeof shown
    const shown = message({ data: { deep: [`${"y".repeat(Limits.inspectionTextCharactersMax)}… [5000 characters]`] } })
    assert.deepStrictEqual(event, shown.event)
  })

  it("the redaction masks a secret that the end of the shown text would cut in two", () => {
    const text = `${" ".repeat(Limits.inspectionTextCharactersMax - 5)}token=${"s".repeat(3_000)}`
    const { event } = defaultRedaction(message({ data: text })) as SnapshotInspection
    assert.notInclude(JSON.stringify(event), "ss")
  })

  it("the redaction cuts no character in two", () => {
    const text = `${"y".repeat(Limits.inspectionTextCharactersMax - 1)}😀😀`
    const { event } = defaultRedaction(message({ data: text })) as SnapshotInspection
    assert.notMatch(String(event["data"]), /[\uD800-\uDBFF](?![\uDC00-\uDFFF])/)
  })

  it("the redaction masks what an agent holds, not only what happens to it", () => {
    const { snapshot } = defaultRedaction({
      ...message({}),
      snapshot: inspectedSnapshot({
        ...initialState,
        calls: [{ callId: "c", toolName: "login", input: { password: "swordfish" }, status: "requested" }]
      })
    }) as SnapshotInspection
    assert.deepStrictEqual(snapshot.context["calls"], [
      { callId: "c", toolName: "login", input: { password: "[masked]" }, status: "requested" }
    ])
  })
})

describe("an encoded message", () => {
  const large: ReadonlyArray<readonly [what: string, data: Json]> = [
    ["one text of 5 MB", "é".repeat(2_500_000)],
    ["many texts", Array.from({ length: 5_000 }, (_, n) => `entry ${n}`.repeat(10))],
    ["many keys", Object.fromEntries(Array.from({ length: 5_000 }, (_, n) => [`${n}`.repeat(40), n]))],
    ["nested lists", Array.from({ length: 40 }, () => Array.from({ length: 40 }, () => "\u0000".repeat(60)))],
    ["deep nesting", JSON.parse(`${"[".repeat(2_000)}${"]".repeat(2_000)}`)]
  ]

  it("an encoded message stays below its bound, keeps its type and sequence, and is JSON", () => {
    for (const [what, data] of large) {
      const text = encodeInspection(message({ data }))
      assert.isAtMost(Buffer.byteLength(text), Limits.inspectionBytesMax, what)
      const { event, snapshot } = JSON.parse(text)
      assert.deepInclude(event, { type: "Custom", sequence: 7 }, what)
      assert.deepInclude(snapshot.context, { phase: "perceive", tick: 0 }, what)
    }
  })

  it("a small encoded message is untouched", () => {
    const small = message({ data: [1, "two", { three: null }] })
    assert.deepStrictEqual(JSON.parse(encodeInspection(small)), small)
  })
})
