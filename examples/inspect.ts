/**
 * Agents at work while a user watches them: the inspector's page, and the same stream as a program reads it.
 *
 *   node --import tsx examples/inspect.ts            reads the stream itself, and ends
 *   node --import tsx examples/inspect.ts --stay     keeps the page open until Ctrl-C
 */
import { Deferred, Effect, Layer } from "effect"
import { ActorSystem, Inspector, Life } from "life-agent-os"
import { mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { WebSocket } from "ws"

// Any program that takes Stately's messages can read the stream; this one counts them until both runs have ended.
const watch = (address: Inspector.InspectorAddress) =>
  Effect.gen(function* () {
    const seen = new Map<string, number>()
    const [opened, over] = [yield* Deferred.make<void>(), yield* Deferred.make<void>()]
    let runs = 0
    const socket = new WebSocket(address.streamUrl)
    socket.on("open", () => Deferred.unsafeDone(opened, Effect.void))
    socket.on("message", (data) => {
      const message: Inspector.Inspection = JSON.parse(String(data))
      seen.set(message.type, (seen.get(message.type) ?? 0) + 1)
      if (message.type === "@xstate.event" && message.event.type === "RunFinished" && ++runs === 2) {
        Deferred.unsafeDone(over, Effect.void)
      }
    })
    yield* Effect.addFinalizer(() => Effect.sync(() => socket.close()))
    yield* Deferred.await(opened)
    return { seen, over: Deferred.await(over) }
  })

const program = (address: Deferred.Deferred<Inspector.InspectorAddress>) =>
  Effect.gen(function* () {
    const where = yield* Deferred.await(address)
    const { over, seen } = yield* watch(where)
    const system = yield* ActorSystem.ActorSystem
    // Both agents write the report, and the second one replaces it.
    const policy = { allow: ["fs:read:/**", "fs:write:/**", "fs:overwrite:/**"], gate: [] } as const
    const parent = yield* system.spawn({ name: "editor", policy })
    const child = yield* system.spawn({ name: "reader", parent, policy })
    const outcomes = yield* Effect.all([parent.run("Survey this folder"), child.run("Survey it, too")], {
      concurrency: 2
    })
    for (const { reason, ticks } of outcomes) console.log(`${reason} after ${ticks} ticks`)
    yield* over
    for (const [type, count] of seen) console.log(`${type.padEnd(16)} ${count}`)
    if (!process.argv.includes("--stay")) return
    console.log(`the page: ${where.url}`)
    return yield* Effect.never
  }).pipe(Effect.scoped)

const workspace = mkdtempSync(join(tmpdir(), "life-inspect-"))
writeFileSync(join(workspace, "README.md"), "# An example\n\n## With two headings\n")
writeFileSync(join(workspace, "main.ts"), "// TODO: say more\nconsole.log('hello')\n")
const dataDir = join(workspace, ".life")

const main = Effect.gen(function* () {
  const address = yield* Deferred.make<Inspector.InspectorAddress>()
  const inspector = Inspector.layerServer({ dataDir, onListening: (found) => Deferred.succeed(address, found) })
  const life = Life.layer({ workspace, dataDir, provider: "scout" }).pipe(Layer.provide(inspector))
  yield* Effect.provide(program(address), life)
})

await Effect.runPromise(main).finally(() => rmSync(workspace, { recursive: true, force: true }))
