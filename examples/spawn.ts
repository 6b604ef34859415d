/**
 * Actors: a parent that supervises two children, messages to one of them, and an orderly stop.
 *
 *   node --import tsx examples/spawn.ts
 */
import { Effect } from "effect"
import { ActorSystem, Life } from "life-agent-os"
import { mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"

const program = Effect.gen(function* () {
  const system = yield* ActorSystem.ActorSystem

  // Supervision of the lead's children: all are restarted when one fails, at most three times in ten seconds.
  const lead = yield* system.spawn({
    name: "lead",
    supervision: { strategy: "one-for-all", restartsMax: 3, withinMs: 10_000 }
  })
  const reader = yield* system.spawn({
    name: "reader",
    parent: lead,
    soul: { mission: "Read, and change nothing" },
    policy: { allow: ["fs:read:/**"], gate: [] }
  })
  // A temporary child is not restarted.
  yield* system.spawn({ name: "helper", parent: lead, restart: "temporary" })

  const show = Effect.map(system.list, (agents) => {
    for (const { name, parentId, sessionId, status } of agents) {
      console.log(`${name.padEnd(8)} ${status.padEnd(10)} ${sessionId}${parentId === undefined ? "" : " (a child)"}`)
    }
  })
  yield* show

  // An agent is found by its name or by its session id.
  const found = yield* system.get("reader")
  console.log(`\nget("reader") gives ${found.sessionId === reader.sessionId ? "the same agent" : "another one"}`)

  // A message is durable once tell returns; the agent perceives it in its next tick.
  yield* found.tell("The folder is small.")
  const outcome = yield* found.run("Survey this folder")
  console.log(`reader: ${outcome.reason}. ${outcome.finalAnswer ?? ""}\n`)

  // Stopping the lead stops its children first.
  yield* lead.stop
  yield* show
  console.log(`${(yield* system.list).length} agents are left`)
})

const workspace = mkdtempSync(join(tmpdir(), "life-spawn-"))
writeFileSync(join(workspace, "README.md"), "# An example\n")

const life = Life.layer({ workspace, dataDir: join(workspace, ".life"), provider: "scout" })

await Effect.runPromise(Effect.provide(program, life)).finally(() =>
  rmSync(workspace, { recursive: true, force: true })
)
