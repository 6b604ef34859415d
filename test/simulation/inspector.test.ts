/** Watching a simulation changes nothing of it, and misses nothing of it, whatever strikes. */
import { assert, describe, it } from "@effect/vitest"
import { Inspector } from "life-agent-os"
import type { EventRecord } from "../../src/layers/aios/index.js"
import { initialState } from "../../src/machines/AgentState.js"
import { foldEvent, reduce } from "../../src/machines/fold.js"
import { inspectionsOf } from "../../src/machines/inspection.js"
import { faultNames, Simulation, world } from "../../src/simulation/index.js"

const program = world({ agents: 2, ticks: 12 })

const watched = (options: Simulation.SimulationOptions) => {
  const messages: Array<Inspector.Inspection> = []
  const { digest, history, violations } = Simulation.run(program, {
    ...options,
    inspector: Inspector.merge(Inspector.layerMemory(messages, 1_000_000), Inspector.layerNoop)
  })
  return { digest, history, messages, violations }
}

/** What was told of a session's records, without introductions that are not in the journal. */
const toldOf = (sessionId: string, messages: ReadonlyArray<Inspector.Inspection>) =>
  messages.filter(
    (message) =>
      message.sessionId === sessionId && (message.type === "@xstate.actor" || message.event.sequence !== undefined)
  )

const retold = (records: ReadonlyArray<EventRecord>) => {
  let state = initialState
  return records.flatMap((record, index) => {
    const before = state
    state = reduce(before, foldEvent(record))
    return inspectionsOf(before, record, state, { previous: records[index - 1] })
  })
}

describe("an inspector", () => {
  it("leaves the story of a seed as it is, under every schedule and with all faults", { timeout: 240_000 }, () => {
    for (const schedule of ["fifo", "random", "pct"] as const) {
      for (const seed of [1, 2, 3, 4]) {
        const options = { seed, schedule, faults: "all" as const }
        const unwatched = Simulation.run(program, options)
        const { digest, messages } = watched(options)
        assert.strictEqual(digest, unwatched.digest, `seed ${seed}, ${schedule}`)
        assert.isAbove(messages.length, 100)
      }
    }
  })

  it("is told every record once and in order, even where replies are lost or overtake each other", {
    timeout: 240_000
  }, () => {
    let lost = 0
    for (let seed = 1; seed <= 12; seed++) {
      const faults = faultNames.filter((fault) => fault !== "crash")
      const { history, messages } = watched({ seed, faults })
      lost += Simulation.run(program, { seed, faults }).faults["journal-lost-reply"] ?? 0
      for (const { records, sessionId } of history.sessions) {
        assert.deepStrictEqual(toldOf(sessionId, messages), retold(records), `seed ${seed}`)
      }
    }
    assert.isAbove(lost, 0, "no reply was lost in any of these seeds")
  })

  it("of a process that starts again is told who is there, and then goes on", { timeout: 120_000 }, () => {
    const { history, messages } = watched({ seed: 3, faults: ["crash"], schedule: "random" })
    for (const { sessionId } of history.sessions) {
      let last = 0
      for (const message of toldOf(sessionId, messages)) {
        if (message.type === "@xstate.actor") last = 0
        else {
          const { sequence = 0 } = message.event
          assert.isTrue(last === 0 || sequence === last || sequence === last + 1, `${last} is followed by ${sequence}`)
          last = sequence
        }
      }
    }
  })
})
