import { assert } from "@effect/vitest"
import { Effect, Layer } from "effect"
import { symlinkSync } from "node:fs"
import { join } from "node:path"
import { ToolHarness } from "../../../src/layers/aios/index.js"
import { Praxis } from "../../../src/layers/praxis/index.js"
import { attack, folderWith } from "../attack.js"

const paths = ["check.sh", "hooks/a:b.sh", "hooks/e\u0301.sh", "hooks/[x]*.sh", "..name"]

export default attack(
  "a file that the hooks run is not changed without a person, under any name and through a linked workspace",
  Effect.gen(function* () {
    const root = yield* folderWith(Object.fromEntries(paths.map((path) => [path, "#!/bin/sh\n"])))
    const linked = `${root}-linked`
    symlinkSync(root, linked)
    yield* Effect.addFinalizer(() => Effect.promise(() => import("node:fs/promises").then(({ rm }) => rm(linked))))
    for (const workspace of [root, linked]) {
      const files = paths.map((path) => join(workspace, path))
      const sensitiveFiles = [Praxis.sensitivePaths(workspace, files, "is run by the hooks of Life")]
      const layer = Praxis.layer({ workspace, protectedPaths: [], sensitiveFiles })
      const harness = yield* Effect.provide(ToolHarness, yield* Layer.build(layer))
      for (const path of paths) {
        const input = { path, content: "#!/bin/sh\n" }
        const { capabilities } = yield* harness.prepare({ callId: "c", toolName: "write_file", input })
        assert.isTrue(
          capabilities.some((needed) => needed.startsWith("exec:file:")),
          path
        )
      }
    }
  })
)
