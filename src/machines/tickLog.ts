/**
 * Log of the events since the last Learn that an agent may want to remember, built from the journal event by event.
 *
 * @since 0.1.0
 */
import { type Json, type PendingCall, phasesOf, type Subsystem } from "../layers/aios/index.js"
import type { FoldEvent } from "./Reducers.js"

type Log = Subsystem.TickLog

/**
 * A growing log that is emptied at the end of every Learn. Like a transcript, it is a function of the events alone.
 *
 * @since 0.1.0
 * @category models
 */
export class TickLog implements Log {
  from = 0
  files: Array<Log["files"][number]> = []
  failures: Array<string> = []
  successes: Array<string> = []
  answers: Array<string> = []
  change: Log["change"]
  /** The names of the tools behind open calls and approvals. */
  private readonly names = new Map<string, string>()

  /** `calls` are the calls that are open at the beginning of the log. */
  constructor(calls: ReadonlyArray<PendingCall>) {
    for (const { approvalId, callId, toolName } of calls) {
      this.names.set(callId, toolName)
      if (approvalId !== undefined) this.names.set(approvalId, toolName)
    }
  }

  /** Takes one more event into account. */
  add({ kind, sequence }: Pick<FoldEvent, "kind" | "sequence">): void {
    if (kind.type === "Raw") return
    if (this.from === 0) this.from = sequence
    switch (kind.type) {
      case "PhaseEntered":
        return phasesOf(kind).includes("regulate") ? this.clear() : undefined
      case "ToolCall":
        return void this.names.set(kind.callId, kind.toolName)
      case "ToolResult": {
        const name = this.take(kind.callId)
        if (kind.status === "ok") this.successes.push(name)
        else this.failures.push(`${name} ${kind.status}: ${reasonOf(kind.output)}`)
        return
      }
      case "ModelFailed":
        return void this.failures.push(`the model failed: ${kind.message}`)
      case "FileWritten":
        return void this.files.push({ path: kind.path, sha256: kind.sha256 })
      case "ApprovalRequested":
        return void this.names.set(kind.approvalId, kind.toolName)
      case "ApprovalGranted":
        return void this.answers.push(`${kind.actor} allowed ${this.take(kind.approvalId)}${because(kind.reason)}`)
      case "ApprovalDenied":
        return void this.answers.push(`${kind.actor} refused ${this.take(kind.approvalId)}${because(kind.reason)}`)
      case "ModeChanged":
        this.change ??= { kind, sequence }
        return
      case "RunFinished":
      case "RunErrored":
        // Every call ends with its run.
        return this.names.clear()
    }
  }

  private take(id: string): string {
    const name = this.names.get(id) ?? "a call"
    this.names.delete(id)
    return name
  }

  private clear(): void {
    this.from = 0
    this.files = []
    this.failures = []
    this.successes = []
    this.answers = []
    this.change = undefined
  }
}

const because = (reason: string | undefined): string => (reason === undefined ? "" : `: ${reason}`)

const reasonOf = (output: Json): string =>
  typeof output === "object" && output !== null && "error" in output ? String(output.error) : JSON.stringify(output)
