import { assert } from "@effect/vitest"
import { Effect, Schema } from "effect"
import { Tool } from "../../../src/layers/praxis/index.js"
import { attack, attempt, type Call } from "../attack.js"

const payees = [
  "mallory",
  "mallory\n",
  "mallory\r",
  "mallory\u2028x",
  "mallory\u2029",
  "\u0000mallory",
  "mal\u202elory",
  "*"
]

export default attack(
  "no character in an argument leads a payment around its gate",
  Effect.gen(function* () {
    const paid: Array<string> = []
    const pay = Tool.make({
      name: "pay",
      description: "Pays.",
      input: Schema.Struct({ to: Schema.String }),
      annotations: { readOnly: false, destructive: true, idempotent: false, openWorld: true },
      // As a careless author writes it: the text goes into the capability as it is.
      capabilities: ({ to }) => [`payments:initiate:${to}`],
      execute: ({ to }) => Effect.sync(() => ({ output: paid.push(to) }))
    })
    const { results } = yield* attempt({
      tools: [pay],
      policy: { allow: ["*"], gate: ["payments:initiate:**"] },
      calls: payees.map((to): Call => ["pay", { to }])
    })
    assert.deepStrictEqual(paid, [])
    assert.isTrue(results.every(({ status }) => status !== "ok"))
  })
)
