/**
 * A subsystem of one's own: `spendcap` caps what an agent spends, with one thing in each phase of a tick. The subsystem
 * is a value that the program hands to Life; no other file knows of it. The agent buys twice and is then held back, and
 * the journal says why.
 *   node --import tsx examples/subsystem.ts
 */
import { Effect, Stream } from "effect"
import { ActorSystem, Life, ScriptedModel } from "life-agent-os"
import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { spendcap } from "./subsystem/spendcap.js"

const pay = (what: string) => ScriptedModel.call("pay", { what })
const script = [ScriptedModel.call("list_dir", { path: "." }), pay("tea"), pay("cake"), pay("more cake")]
const provider = ScriptedModel.layer((_, turn) => script[turn] ?? { content: "Two things are bought." })

const program = Effect.gen(function* () {
  const system = yield* ActorSystem.ActorSystem
  console.log("order and owners of the sockets:")
  for (const { rule, socket } of system.sockets) console.log(`  ${socket.padEnd(12)} ${rule}`)
  const agent = yield* system.spawn({ name: "buyer", policy: { allow: ["*"], gate: [] } })
  const run = yield* agent.run("Buy tea and cake.")
  const { head } = yield* agent.snapshot
  yield* agent.events.pipe(
    Stream.take(head),
    Stream.runForEach(({ kind }) =>
      Effect.sync(() => {
        if (kind.type === "ModeChanged") console.log(`mode ${kind.from} -> ${kind.to} by ${kind.rule}: ${kind.reason}`)
        if (kind.type === "ToolResult") console.log(`call ${kind.status}: ${JSON.stringify(kind.output)}`)
        if (kind.type === "Raw") console.log(`${kind.of}: ${kind.raw}`)
      })
    )
  )
  console.log(`${run.reason}: ${run.finalAnswer}`)
  return run
})

const workspace = mkdtempSync(join(tmpdir(), "life-subsystem-"))
try {
  const { reason } = await Effect.runPromise(
    Effect.provide(program, Life.layer({ workspace, provider, subsystems: [spendcap] }))
  )
  if (reason !== "completed") throw new Error(`the run ended as ${reason}`)
} finally {
  rmSync(workspace, { recursive: true, force: true })
}
