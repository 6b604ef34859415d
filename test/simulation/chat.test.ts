/** A model that talks to its server over HTTP, through every fault of the network of a simulation. */
import { assert, describe, it } from "@effect/vitest"
import { faultNames, type History, Simulation, world } from "../../src/simulation/index.js"
import { chat, chatModel, saying } from "./chat.js"

describe("a model behind HTTP", () => {
  const talk = (options: Partial<Simulation.SimulationOptions>) =>
    Simulation.run(world({ agents: 1, ticks: 12 }), { seed: 1, model: chatModel, network: chat, ...options })
  const answers = ({ history }: { readonly history: History }) =>
    (history.session("agent-0")?.records ?? []).flatMap(({ kind }) =>
      kind.type === "AssistantMessage" ? [kind.content] : []
    )

  it("a model behind HTTP hears what its server says as server-sent events", () => {
    const result = talk({})
    assert.deepStrictEqual(result.violations, [])
    assert.include(answers(result), saying.join(""))
  })

  it("a model behind HTTP tells one story per seed, under every network fault", { timeout: 120_000 }, () => {
    const struck = new Set<string>()
    for (let seed = 0; seed < 16; seed++) {
      const { digest, faults, violations } = talk({ seed, faults: "all" })
      assert.deepStrictEqual(violations, [], `seed ${seed}`)
      assert.strictEqual(talk({ seed, faults: "all" }).digest, digest, `seed ${seed}`)
      for (const [fault, times] of Object.entries(faults)) if (times > 0) struck.add(fault)
    }
    assert.deepStrictEqual(
      faultNames.filter((fault) => fault.startsWith("network-") && !struck.has(fault)),
      []
    )
  })

  it("a model behind HTTP hears the same answer after any network faults", () => {
    const network = faultNames.filter((fault) => fault.startsWith("network-"))
    for (let seed = 0; seed < 8; seed++) {
      const said = answers(talk({ seed, faults: network })).filter((content) => content !== "")
      assert.deepStrictEqual([...new Set(said)], [saying.join("")], `seed ${seed}`)
    }
  })
})
