/** The queue in front of a watcher: bounded, in order, and never without the introductions it needs. */
import { assert, describe, it } from "@effect/vitest"
import type { ActorInspection, Inspection, SnapshotInspection } from "../../../../src/layers/aios/index.js"
import { Inspectors } from "../../../../src/layers/vigil/index.js"
import { initialState } from "../../../../src/layers/aios/schema/AgentState.js"
import { actorInspection, inspectedSnapshot } from "../../../../src/machines/inspection.js"

const actor = (sessionId: string): ActorInspection =>
  actorInspection(sessionId, { ...initialState, name: sessionId }, 1)

const snapshot = (sessionId: string, tick: number, closed = false): SnapshotInspection => ({
  type: "@xstate.snapshot",
  sessionId,
  rootId: "life",
  createdAt: String(tick),
  id: null,
  _version: "0.7.2",
  event: { type: "Report", sequence: tick },
  snapshot: inspectedSnapshot({ ...initialState, tick, closed })
})

const drain = (backlog: Inspectors.Backlog) => {
  const all: Array<Inspection> = []
  for (let next = backlog.shift(); next !== undefined; next = backlog.shift()) all.push(next)
  return all
}

describe("a backlog", () => {
  it("a backlog gives its messages in the order in which they came, however many there are", () => {
    const backlog = new Inspectors.Backlog(10_000)
    const expected: Array<Inspection> = []
    const got: Array<Inspection> = []
    for (let n = 0; n < 9_000; n++) {
      const message = snapshot("a", n)
      expected.push(message)
      backlog.push(message)
      if (n % 3 > 0) got.push(backlog.shift() ?? message)
    }
    assert.strictEqual(backlog.size, 3_000)
    assert.deepStrictEqual([...got, ...drain(backlog)], expected)
    assert.strictEqual(backlog.size, 0)
  })

  it("a backlog drops the oldest message when it is full, and says which", () => {
    const backlog = new Inspectors.Backlog(2)
    const [first, ...rest] = [snapshot("a", 1), snapshot("a", 2), snapshot("a", 3)]
    assert.isUndefined(backlog.push(first ?? snapshot("a", 0)))
    assert.deepStrictEqual(
      rest.map((message) => backlog.push(message)),
      [undefined, first]
    )
    assert.deepStrictEqual(backlog.waiting, rest)
  })

  it("a backlog introduces the actors as they were before the messages that wait", () => {
    const backlog = new Inspectors.Backlog(2)
    const messages = [actor("a"), actor("b"), snapshot("a", 1), snapshot("a", 2), snapshot("b", 3), snapshot("a", 4)]
    for (const message of messages) backlog.push(message)
    assert.deepStrictEqual(backlog.introductions, [
      { ...actor("a"), createdAt: "2", snapshot: snapshot("a", 2).snapshot },
      actor("b")
    ])
    assert.deepStrictEqual(backlog.waiting, [snapshot("b", 3), snapshot("a", 4)])
  })

  it("a backlog forgets actors that have stopped, and the oldest ones, but not the root", () => {
    const backlog = new Inspectors.Backlog(0, 3)
    for (const name of ["life", "a", "b", "c"]) backlog.push(actor(name))
    backlog.push(snapshot("b", 1, true))
    assert.deepStrictEqual(
      backlog.introductions.map(({ sessionId }) => sessionId),
      ["life", "c"]
    )
    backlog.clear()
    assert.deepStrictEqual(backlog.introductions, [])
  })
})
