import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { ActorSystem } from "../../src/actors/ActorSystem.js"
import { scripted, spawn } from "../support/story.js"
import { world } from "../support/world.js"

describe("an error of an operation", () => {
  it.effect("an error of an operation is caught by its tag and has its own code", () =>
    Effect.gen(function* () {
      const agent = yield* spawn("ada")
      const system = yield* ActorSystem
      const code = (error: { readonly code: string }) => Effect.succeed(error.code)
      const no = "no approval"
      assert.deepStrictEqual(
        yield* Effect.all([
          Effect.catchTag(system.spawn({ name: "ada" }), "SpawnError", code),
          Effect.catchTag(system.get("ben"), "LookupError", code),
          Effect.catchTag(system.supervise({ name: "" }, Effect.void), "SuperviseError", code),
          Effect.catchTag(agent.tell(""), "MessageError", code),
          Effect.catchTag(agent.run(""), "MessageError", code),
          Effect.catchTag(agent.outcome, "RunError", code),
          Effect.catchTag(agent.cancel("enough"), "RunError", code),
          Effect.catchTag(agent.approve(no, { actor: "eve", scope: "pattern" }), "ApprovalError", code),
          Effect.catchTag(agent.deny(no, { actor: "eve" }), "ApprovalError", code)
        ]),
        [
          "LIFE_SPAWN_NAME_TAKEN",
          "LIFE_LOOKUP_NOT_FOUND",
          "LIFE_SUPERVISE_INVALID_NAME",
          "LIFE_MESSAGE_EMPTY",
          "LIFE_MESSAGE_EMPTY",
          "LIFE_RUN_NOT_RUNNING",
          "LIFE_RUN_NOT_RUNNING",
          "LIFE_APPROVAL_INVALID_GRANT",
          "LIFE_APPROVAL_UNKNOWN"
        ]
      )
    }).pipe(Effect.provide(world({ model: scripted() })))
  )
})
