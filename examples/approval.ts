/**
 * Approvals: an agent wants to replace a file. The program sees what the call would do, which rule asks and how risky
 * the call is, and allows it once. The file is written exactly once, and the next such call is refused.
 *
 *   node --import tsx examples/approval.ts
 */
import { Effect, Stream } from "effect"
import { ActorSystem, type Event, Life, ScriptedModel } from "life-agent-os"
import { createHash } from "node:crypto"
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"

// A model that looks around, and then wants to replace the same file twice.
// A call that replaces a file gives the hash of what it replaces, as read_file gives it.
const write = (content: string, before: string) =>
  ScriptedModel.call("write_file", {
    path: "notes.txt",
    content,
    sha256: createHash("sha256").update(before).digest("hex")
  })
const script = [
  ScriptedModel.call("list_dir", { path: "." }),
  write("Mine.\n", "Not mine.\n"),
  write("Mine, and more.\n", "Mine.\n")
]
const model = ScriptedModel.layer((_, turn) => script[turn] ?? { content: "I have written what I was allowed to." })

const program = Effect.gen(function* () {
  const system = yield* ActorSystem.ActorSystem
  const agent = yield* system.spawn({ name: "scribe" })
  let asked = 0

  const answer = (request: Event.KindOf<"ApprovalRequested">) => {
    console.log(`\n${request.toolName} ${JSON.stringify(request.input)}`)
    console.log(`  ${request.reason ?? ""}`)
    console.log(`  risk ${request.risk}, to be answered until ${new Date(request.dueAt ?? 0).toISOString()}`)
    asked++
    return asked === 1
      ? agent.approve(request.approvalId, { actor: "ada", reason: "the old notes are saved" })
      : agent.deny(request.approvalId, { actor: "ada", reason: "once was enough" })
  }

  let written = 0
  yield* agent.events.pipe(
    Stream.runForEach(({ kind }) => {
      if (kind.type === "ApprovalRequested") return answer(kind)
      if (kind.type === "FileWritten") console.log(`  written: ${kind.path} (write ${++written})`)
      if (kind.type === "ToolResult" && kind.status === "denied")
        console.log(`  denied: ${JSON.stringify(kind.output)}`)
      return Effect.void
    }),
    Effect.forkScoped
  )
  const { finalAnswer, reason } = yield* agent.run("Write down what you know")
  console.log(`\n${reason}: ${finalAnswer ?? ""}`)
  return { asked, written }
}).pipe(Effect.scoped)

const workspace = mkdtempSync(join(tmpdir(), "life-approval-"))
const notes = join(workspace, "notes.txt")
writeFileSync(notes, "Not mine.\n")

try {
  const { asked, written } = await Effect.runPromise(
    Effect.provide(program, Life.layer({ workspace, provider: model, approvalTimeoutMs: 60_000 }))
  )
  const content = readFileSync(notes, "utf8")
  console.log(`asked ${asked} times, written ${written} times: notes.txt now says ${JSON.stringify(content)}`)
  if (asked !== 2 || written !== 1 || content !== "Mine.\n") process.exitCode = 1
} finally {
  rmSync(workspace, { recursive: true, force: true })
}
