import { spawn } from "node:child_process"
import { once } from "node:events"
import { fileURLToPath } from "node:url"
import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { defaultScript } from "../../support/anthropicServer.js"
import { ask, hello, modelAt, serving, turnOf } from "./anthropicSupport.js"
import { drive, workspaceOf } from "./workspace.js"

describe("anthropicServer", () => {
  it.scoped("the default script asks for one listing and then ends its turn", () =>
    Effect.gen(function* () {
      const server = yield* serving(defaultScript)
      const { turns } = yield* drive(yield* modelAt(server), workspaceOf({ a: "1" }), hello.messages)
      assert.deepStrictEqual(
        turns.map((turn) => turn.stopReason),
        ["tool_use", "end_turn"]
      )
      assert.deepInclude(turns[0]?.toolCalls[0], { toolName: "list_dir", input: { path: "." } })
      assert.strictEqual(turns[1]?.content, "I have looked at the workspace.")
    })
  )

  it.scoped(
    "a process of its own prints its port and answers there",
    () =>
      Effect.gen(function* () {
        const file = fileURLToPath(new URL("../../support/anthropicServer.ts", import.meta.url))
        const child = yield* Effect.acquireRelease(
          Effect.sync(() => spawn(process.execPath, ["--import", "tsx", file, "--port", "0"])),
          (running) => Effect.sync(() => running.kill())
        )
        const [line] = yield* Effect.promise(() => once(child.stdout, "data"))
        const url = `http://127.0.0.1:${Number(String(line))}`
        const server = yield* serving([])
        assert.strictEqual(turnOf(yield* ask({ ...server, url })).toolCalls.length, 1)
      }),
    30_000
  )
})
