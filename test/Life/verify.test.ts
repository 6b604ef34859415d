/** Verify with the built-in tools. */
import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { existsSync, mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { ActorSystem } from "../../src/actors/ActorSystem.js"
import { ScriptedModel } from "../../src/layers/arcan/index.js"
import * as Life from "../../src/Life.js"

const folder = Effect.acquireRelease(
  Effect.sync(() => mkdtempSync(join(tmpdir(), "life-verify-"))),
  (path) => Effect.sync(() => rmSync(path, { recursive: true, force: true }))
)

const write = (path: string) => ScriptedModel.call("write_file", { path, content: path })

describe("Verify", () => {
  it.scopedLive("Verify is left by a read of each changed file, also of files whose names look like patterns", () =>
    Effect.gen(function* () {
      const workspace = yield* folder
      const turns = [
        ...["a*1", "a*2", "a*3", "a*4"].map(write),
        ...["a*1", "a*2", "a*3", "a*4"].map((path) => ScriptedModel.call("read_file", { path })),
        write("b")
      ]
      yield* Effect.gen(function* () {
        const agent = yield* Effect.flatMap(ActorSystem, (system) => system.spawn({ name: "ada" }))
        yield* agent.run("Write.")
      }).pipe(
        Effect.provide(
          Life.layerMemory({
            workspace,
            provider: ScriptedModel.layer((_, turn) => turns[turn] ?? { content: "Done." }),
            thresholds: { exploreUncertainty: 1 }
          })
        )
      )
      assert.isTrue(existsSync(join(workspace, "a*4")))
      assert.isTrue(existsSync(join(workspace, "b")))
    })
  )
})
