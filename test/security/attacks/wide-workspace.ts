import { assert } from "@effect/vitest"
import { Effect, Layer } from "effect"
import { homedir } from "node:os"
import { dirname } from "node:path"
import { Praxis } from "../../../src/layers/praxis/index.js"
import { attack } from "../attack.js"

export default attack(
  "the home directory and what lies above it are no workspace unless that is asked for",
  Effect.gen(function* () {
    for (const workspace of [homedir(), dirname(homedir()), "/"]) {
      const error = yield* Effect.flip(Layer.build(Praxis.layer({ workspace, protectedPaths: [] })))
      assert.strictEqual(error.reason, "TooWide", workspace)
      yield* Layer.build(Praxis.layer({ workspace, protectedPaths: [], wideWorkspace: true }))
    }
    const error = yield* Effect.flip(Praxis.checkWorkspace(homedir(), false))
    assert.include(error.message, "is your home directory")
  })
)
