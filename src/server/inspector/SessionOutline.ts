/**
 * The outline of a session: its changes of mode and its runs. It reads new records as the session grows.
 *
 * @since 0.1.0
 */
import { Effect, Stream } from "effect"
import {
  type BudgetState,
  initialState,
  type Journal,
  type JournalError,
  Limits,
  maskSecrets,
  type StreamId
} from "../../layers/aios/index.js"
import type { ModeChange, Outline } from "./page/wire.js"

interface RunMark {
  readonly sequence: number
  readonly type: "RunStarted" | "RunFinished" | "RunErrored"
  readonly granted: BudgetState | undefined
}

const types = ["ModeChanged", "RunStarted", "RunFinished", "RunErrored"] as const

export class SessionOutline {
  private readonly changes: Array<ModeChange> = []
  private readonly runs: Array<RunMark> = []
  private read = 0

  constructor(
    private readonly journal: typeof Journal.Service,
    private readonly stream: StreamId
  ) {}

  /** Reads the records up to a sequence that it has not read yet. */
  through(head: number): Effect.Effect<void, JournalError> {
    if (head <= this.read) return Effect.void
    return this.journal.stream({ ...this.stream, after: this.read, through: head, types }).pipe(
      Stream.runForEach(({ kind, sequence }) =>
        Effect.sync(() => {
          // Two requests may read the same part.
          if (sequence <= this.read) return
          this.read = sequence
          if (kind.type === "ModeChanged")
            this.changes.push({
              sequence,
              from: kind.from,
              to: kind.to,
              reason: maskSecrets(kind.reason),
              ...(kind.rule === undefined ? {} : { rule: kind.rule })
            })
          else if (kind.type === "RunStarted") this.runs.push({ sequence, type: kind.type, granted: kind.budget })
          else if (kind.type === "RunFinished" || kind.type === "RunErrored") {
            this.runs.push({ sequence, type: kind.type, granted: undefined })
          }
        })
      ),
      Effect.tap(() =>
        Effect.sync(() => {
          this.read = Math.max(this.read, head)
        })
      )
    )
  }

  /** The last change of mode at or before a sequence. */
  changeAt(sequence: number): ModeChange | undefined {
    return lastAt(this.changes, sequence)
  }

  /** The allowance of the latest run at or before a sequence. */
  grantedAt(sequence: number): BudgetState | undefined {
    return lastAt(
      this.runs.filter(({ granted }) => granted !== undefined),
      sequence
    )?.granted
  }

  outline(head: number): Outline {
    const stride = Math.ceil(this.changes.length / Limits.outlineModesMax)
    const modes = this.changes.filter((_, index) => index % Math.max(1, stride) === 0)
    return {
      head,
      modes: [{ sequence: 0, mode: initialState.mode }, ...modes.map(({ sequence, to }) => ({ sequence, mode: to }))],
      runs: this.runs.slice(-Limits.outlineModesMax).map(({ sequence, type }) => ({ sequence, type }))
    }
  }
}

const lastAt = <A extends { readonly sequence: number }>(sorted: ReadonlyArray<A>, sequence: number): A | undefined => {
  let [low, high] = [0, sorted.length]
  while (low < high) {
    const middle = (low + high) >> 1
    if ((sorted[middle]?.sequence ?? Number.POSITIVE_INFINITY) <= sequence) low = middle + 1
    else high = middle
  }
  return sorted[low - 1]
}
