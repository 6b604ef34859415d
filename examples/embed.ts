/**
 * Life inside an Effect application: one agent surveys a folder while its events are watched.
 *
 *   node --import tsx examples/embed.ts
 */
import { Effect, Stream } from "effect"
import { ActorSystem, Life } from "life-agent-os"
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"

const program = (workspace: string) =>
  Effect.gen(function* () {
    const system = yield* ActorSystem.ActorSystem
    const agent = yield* system.spawn({ name: "scribe" })

    // Every event from the first on, and each new one as it becomes durable.
    yield* agent.events.pipe(
      Stream.filter(({ kind }) => kind.type === "ModeChanged" || kind.type === "ToolResult"),
      Stream.runForEach(({ kind, sequence }) =>
        Effect.sync(() => {
          if (kind.type === "ModeChanged") console.log(`${sequence}: ${kind.from} -> ${kind.to} (${kind.reason})`)
          if (kind.type === "ToolResult") console.log(`${sequence}: call ${kind.callId} ended with ${kind.status}`)
        })
      ),
      Effect.forkScoped
    )

    const outcome = yield* agent.run("Survey this folder", { budget: { ticksRemaining: 50 } })
    console.log(`\n${outcome.reason} after ${outcome.ticks} ticks: ${outcome.finalAnswer ?? ""}`)
    console.log(readFileSync(join(workspace, "life-report.md"), "utf8").split("\n").slice(0, 8).join("\n"))

    const view = yield* agent.snapshot
    console.log(`\nmode ${view.mode}, ${view.head} events, state ${view.stateHash.slice(0, 12)}`)
  }).pipe(Effect.scoped)

const workspace = mkdtempSync(join(tmpdir(), "life-embed-"))
writeFileSync(join(workspace, "README.md"), "# An example\n\n## With two headings\n")
writeFileSync(join(workspace, "main.ts"), "// TODO: say more\nconsole.log('hello')\n")

const life = Life.layer({ workspace, dataDir: join(workspace, ".life"), provider: "scout" })

await Effect.runPromise(Effect.provide(program(workspace), life)).finally(() =>
  rmSync(workspace, { recursive: true, force: true })
)
