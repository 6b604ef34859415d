/**
 * Ports and tools of one's own: a journal that lives in memory and tells what is written to it, and a tool that needs a
 * service.
 *
 *   node --import tsx examples/ports.ts
 */
import { Context, Effect, Layer, Schema } from "effect"
import { ActorSystem, Capability, Journal, Life, Policy, ScriptedModel, SqliteJournal, Tool } from "life-agent-os"
import { existsSync, mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"

class Warehouse extends Context.Tag("example/Warehouse")<
  Warehouse,
  { readonly stockOf: (item: string) => Effect.Effect<number> }
>() {}

const stock = Tool.make({
  name: "stock",
  description: "Says how many of an item are left.",
  input: Schema.Struct({ item: Schema.String.annotations({ description: "the item's name" }) }),
  annotations: { readOnly: true, destructive: false, idempotent: true, openWorld: false },
  capabilities: ({ item }) => [`stock:read:${Capability.escapeScope(item)}`],
  execute: ({ item }) =>
    Effect.map(
      Effect.flatMap(Warehouse, ({ stockOf }) => stockOf(item)),
      (output) => ({ output })
    )
})

const model = ScriptedModel.layer(({ messages }, turn) => {
  const last = messages.at(-1)
  if (turn === 0) return ScriptedModel.call("stock", { item: "lamps" })
  return { content: `There are ${last?.role === "tool" ? String(last.results[0]?.output) : "no"} lamps.` }
})

// Wraps an existing journal in the same port, which says what becomes durable.
const toldJournal = Layer.map(SqliteJournal.layerMemory, (context) => {
  const journal = Context.get(context, Journal.Journal)
  return Context.add(context, Journal.Journal, {
    ...journal,
    append: (append) =>
      Effect.tap(journal.append(append), (records) =>
        Effect.sync(() => console.log(records.map(({ kind, sequence }) => `${sequence} ${kind.type}`).join(", ")))
      )
  })
})

const workspace = mkdtempSync(join(tmpdir(), "life-ports-"))
const policy = Policy.extend(Policy.defaultPolicy, { allow: ["stock:read:*"] })
const options = { workspace, provider: model, policy, tools: [stock], without: ["write_file", "delegate"] }

// `except` takes the default journal out: it is not built, and the type requires another journal in its place.
const life = Life.layerCore(options).pipe(
  Layer.provide(Layer.merge(toldJournal, Life.layerPorts({ ...options, except: [Journal.Journal] }))),
  Layer.provide(Layer.succeed(Warehouse, { stockOf: () => Effect.succeed(12) }))
)

const program = Effect.gen(function* () {
  const system = yield* ActorSystem.ActorSystem
  const clerk = yield* system.spawn({ name: "clerk" })
  const { finalAnswer } = yield* clerk.run("How many lamps are left?")
  console.log(`\n${finalAnswer}`)
  console.log(`a journal in the workspace: ${existsSync(join(workspace, ".life", "journal.sqlite"))}`)
})

await Effect.runPromise(Effect.provide(program, life)).finally(() =>
  rmSync(workspace, { recursive: true, force: true })
)
