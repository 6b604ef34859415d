/** The effect of a call, by the promise of its tool and by its capabilities. */
import { assert, describe, it } from "@effect/vitest"
import { effectOf } from "../../../src/layers/aios/index.js"

const honest = { readOnly: true, destructive: false }

describe("a tool that promises to read only", () => {
  it("a tool that promises to read only is believed if it asks for capabilities of reading or of its own", () => {
    for (const capability of [
      "fs:read:/**",
      "memory:read:user",
      "net:egress:example.com",
      "weather:get:rome",
      "db:list:*"
    ]) {
      assert.strictEqual(effectOf(honest, [capability]), "reads", capability)
    }
    assert.strictEqual(effectOf(honest, []), "reads")
  })

  it("a tool that promises to read only is not believed if one of its capabilities changes something", () => {
    for (const capability of [
      "fs:write:/a",
      "exec:cmd:ls",
      "db:drop:orders",
      "orders:cancel:7",
      "shop:pay:x",
      "*",
      "x:*:y"
    ]) {
      assert.notStrictEqual(effectOf(honest, ["fs:read:/**", capability]), "reads", capability)
    }
    assert.strictEqual(effectOf(honest, ["fs:overwrite:/a"]), "destroys")
    assert.strictEqual(effectOf({ readOnly: true, destructive: true }, []), "destroys")
  })
})
