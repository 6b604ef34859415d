/**
 * The states of a session at any of its sequences, without folding it from the start each time.
 *
 * @since 0.1.0
 */
import { Effect, Option, Stream } from "effect"
import { type Journal, type JournalError, Limits, type StreamId } from "../../layers/aios/index.js"
import { type Folded, sessionFold } from "../../machines/index.js"

// Records between two states that are kept: folding that many takes a few milliseconds.
const strideMin = 128

export class SessionStates {
  private kept: Array<Folded> = [sessionFold.initial]
  private stride = strideMin

  constructor(
    private readonly journal: typeof Journal.Service,
    private readonly stream: StreamId
  ) {}

  /** The session after the record with this sequence. */
  at(sequence: number): Effect.Effect<Folded, JournalError> {
    return Effect.gen(this, function* () {
      const nearest = this.nearest(sequence)
      const start =
        sequence - nearest.sequence > 2 * this.stride ? yield* this.checkpointed(sequence, nearest) : nearest
      const end = yield* this.journal.stream({ ...this.stream, after: start.sequence, through: sequence }).pipe(
        Stream.runFold(start, (before, record) => {
          const next = sessionFold.step(before, record)
          if (next.sequence % this.stride === 0) this.keep(next)
          return next
        })
      )
      if (end.sequence - this.nearest(end.sequence).sequence >= this.stride) this.keep(end)
      return end
    })
  }

  private nearest(sequence: number): Folded {
    return this.kept.findLast((kept) => kept.sequence <= sequence) ?? sessionFold.initial
  }

  // Where no state is kept yet, a checkpoint of the agent helps. It must be before the sequence, because a session that
  // is restored from a checkpoint has no last record.
  private checkpointed(sequence: number, nearest: Folded): Effect.Effect<Folded, JournalError> {
    return Effect.map(this.journal.checkpoint(this.stream, sequence - 1), (found) => {
      const restored = Option.getOrUndefined(Option.flatMapNullable(found, sessionFold.restore))?.session
      return restored !== undefined && restored.sequence > nearest.sequence ? restored : nearest
    })
  }

  private keep(session: Folded): void {
    const index = this.kept.findIndex((kept) => kept.sequence >= session.sequence)
    if (index < 0) this.kept.push(session)
    else if (this.kept[index]?.sequence !== session.sequence) this.kept.splice(index, 0, session)
    if (this.kept.length <= Limits.inspectedStatesMax) return
    this.kept = this.kept.filter((_, index) => index % 2 === 0)
    this.stride *= 2
  }
}
