import { assert, it } from "@effect/vitest"
import { Effect } from "effect"
import { ofType, records, scripted, spawn } from "../support/story.js"
import { world } from "../support/world.js"
it.live(
  "5 MB",
  () =>
    Effect.gen(function* () {
      const agent = yield* spawn()
      const exit = yield* Effect.exit(Effect.timeout(agent.run("x"), "40 seconds"))
      console.log(String(exit).slice(0, 1500))
      const all = yield* records(agent.sessionId)
      console.log(
        all
          .map((r) => r.kind.type)
          .join(" ")
          .slice(0, 3000),
        ofType(all, "RunErrored")
      )
      assert.isTrue(true)
    }).pipe(Effect.provide(world({ model: scripted({ content: "x".repeat(5_000_000) }) }))),
  60000
)
