import { assert, describe, it } from "@effect/vitest"
import { type OperatingMode, operatingModes, tickPhases } from "../../src/layers/aios/index.js"
import { ruleNames, rules } from "../../src/machines/agent/modeRules.js"
import { agentMachine } from "../../src/machines/index.js"
import { statechartOf } from "../../scripts/statechart.js"

const rulesOf = (mode: OperatingMode): string => ruleNames.filter((name) => rules[name].mode === mode).join(", ")

describe("the picture of the machine", () => {
  it("has every mode once, apart from the others, and every transition of the machine", async () => {
    const { edges, height, initial, modes, phases, width } = await statechartOf(agentMachine)
    assert.deepStrictEqual(modes.map(({ mode }) => mode).toSorted(), operatingModes.toSorted())
    assert.strictEqual(initial, "Explore")
    assert.deepStrictEqual(phases, tickPhases)
    for (const a of modes) {
      assert.isTrue(a.x >= 0 && a.y >= 0 && a.x + a.width <= width && a.y + a.height <= height)
      for (const b of modes) {
        const apart = a.x + a.width < b.x || b.x + b.width < a.x || a.y + a.height < b.y || b.y + b.height < a.y
        assert.isTrue(a === b || apart, `${a.mode} and ${b.mode} overlap`)
      }
    }
    const ways = edges.flatMap(({ back, from, label, to }) => [
      `${from} ${to}: ${label}`,
      ...(back === undefined ? [] : [`${to} ${from}: ${back}`])
    ])
    const expected = operatingModes
      .filter((from) => from !== "Sleep")
      .flatMap((from) => operatingModes.filter((to) => to !== from).map((to) => `${from} ${to}: ${rulesOf(to)}`))
    assert.deepStrictEqual(ways.toSorted(), [...expected, "Sleep Explore: newsPerceived"].toSorted())
  })

  it("has ways that begin and end at the modes they connect", async () => {
    const { edges, modes } = await statechartOf(agentMachine)
    const touches = (mode: string, [x = 0, y = 0]: ReadonlyArray<number>) => {
      const box = modes.find((each) => each.mode === mode)
      assert.isDefined(box)
      if (box === undefined) return
      assert.isTrue(x >= box.x - 1 && x <= box.x + box.width + 1, `${mode}: ${x}`)
      assert.isTrue(y >= box.y - 1 && y <= box.y + box.height + 1, `${mode}: ${y}`)
    }
    for (const { from, path, to } of edges) {
      assert.match(path, /^M [\d.]+ [\d.]+( [CQL]( [\d.]+ [\d.]+,?)+)+$/)
      const numbers = path.match(/[\d.]+/g)?.map(Number) ?? []
      touches(from, numbers.slice(0, 2))
      touches(to, numbers.slice(-2))
    }
  })
})
