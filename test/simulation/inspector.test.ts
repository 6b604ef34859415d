/** An inspector changes nothing of a simulation and misses nothing of it, under every fault. */
import { assert, describe, it } from "@effect/vitest"
import { Inspector } from "life-agent-os"
import type { EventRecord } from "../../src/layers/aios/index.js"
import { sessionFold } from "../../src/machines/SessionFold.js"
import { inspectionsOf } from "../../src/machines/inspection.js"
import { faultNames, Simulation, world } from "../../src/simulation/index.js"
import { failing } from "../support/faults.js"

const program = world({ agents: 2, ticks: 8 })

const watched = (options: Simulation.SimulationOptions) => {
  const messages: Array<Inspector.Inspection> = []
  const { digest, history, violations } = Simulation.run(program, {
    ...options,
    inspector: Inspector.merge(Inspector.layerMemory(messages, 1_000_000), Inspector.layerNoop)
  })
  return { digest, history, messages, violations }
}

/** Messages about a session's records, without introductions that are not in the journal. */
const toldOf = (sessionId: string, messages: ReadonlyArray<Inspector.Inspection>) =>
  messages.filter(
    (message) =>
      message.sessionId === sessionId && (message.type === "@xstate.actor" || message.event.sequence !== undefined)
  )

const retold = (records: ReadonlyArray<EventRecord>) => {
  let session = sessionFold.initial
  return records.flatMap((record) => {
    const before = session
    session = sessionFold.step(before, record)
    return inspectionsOf(before, record, session)
  })
}

const schedules = ["fifo", "random", "pct"] as const

/** Faults of people who talk to the agents from several sides at once. */
const crowd = faultNames.filter((fault) => /^(message|approval)-/.test(fault))

describe("an inspector", () => {
  it.each(schedules)("an inspector leaves the story of a seed as it is, with all faults, under %s", (schedule) => {
    for (const seed of [2, 3]) {
      const options = { seed, schedule, faults: "all" as const }
      const { digest, messages } = watched(options)
      assert.strictEqual(digest, Simulation.run(program, options).digest, `seed ${seed}`)
      assert.isAbove(messages.length, 100)
    }
  })

  it.each([3, 4, 7, 12, 20, 33])(
    "an inspector gets each record once and in order if the reply of append %i is lost",
    (at) => {
      const { history, messages } = watched({
        seed: at,
        schedule: "random",
        faults: crowd,
        journal: (journal) => failing(journal, at, "after")
      })
      for (const { records, sessionId } of history.sessions) {
        // An agent that was stopped and spawned again is introduced again.
        const told = toldOf(sessionId, messages).filter(({ type }, index) => index === 0 || type !== "@xstate.actor")
        assert.deepStrictEqual(told, retold(records))
      }
    }
  )

  it("an inspector of a process that starts again is told which actors there are, and then goes on", () => {
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
