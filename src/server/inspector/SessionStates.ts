/**
 * The states of a session at any of its sequences, without folding it from the start each time.
 *
 * @since 0.1.0
 */
import { Effect, Option, Schema, Stream } from "effect"
import {
  AgentState,
  initialState,
  type Journal,
  type JournalError,
  Limits,
  type StreamId
} from "../../layers/aios/index.js"
import { foldEvent, reduce } from "../../machines/index.js"

interface Kept {
  readonly sequence: number
  readonly state: AgentState
}

const decodeState = Schema.decodeUnknownOption(AgentState)

// Records between two states that are kept: folding so many takes a few milliseconds.
const strideMin = 128

export class SessionStates {
  private kept: Array<Kept> = [{ sequence: 0, state: initialState }]
  private stride = strideMin

  constructor(
    private readonly journal: typeof Journal.Service,
    private readonly stream: StreamId
  ) {}

  /** The state after the record with this sequence. */
  at(sequence: number): Effect.Effect<AgentState, JournalError> {
    return Effect.gen(this, function* () {
      const nearest = this.nearest(sequence)
      const start =
        sequence - nearest.sequence > 2 * this.stride ? yield* this.checkpointed(sequence, nearest) : nearest
      const end = yield* this.journal.stream({ ...this.stream, after: start.sequence, through: sequence }).pipe(
        Stream.runFold(start, ({ state }, record): Kept => {
          const next = { sequence: record.sequence, state: reduce(state, foldEvent(record)) }
          if (next.sequence % this.stride === 0) this.keep(next)
          return next
        })
      )
      if (end.sequence - this.nearest(end.sequence).sequence >= this.stride) this.keep(end)
      return end.state
    })
  }

  private nearest(sequence: number): Kept {
    return this.kept.findLast((kept) => kept.sequence <= sequence) ?? { sequence: 0, state: initialState }
  }

  // The agent's own checkpoints help where nothing is kept yet.
  private checkpointed(sequence: number, nearest: Kept): Effect.Effect<Kept, JournalError> {
    return Effect.map(this.journal.checkpoint(this.stream, sequence), (found) => {
      const checkpoint = Option.getOrUndefined(found)
      if (checkpoint === undefined || checkpoint.sequence <= nearest.sequence) return nearest
      const state = decodeState(checkpoint.state)
      return Option.isSome(state) ? { sequence: checkpoint.sequence, state: state.value } : nearest
    })
  }

  private keep(state: Kept): void {
    const index = this.kept.findIndex((kept) => kept.sequence >= state.sequence)
    if (index < 0) this.kept.push(state)
    else if (this.kept[index]?.sequence !== state.sequence) this.kept.splice(index, 0, state)
    if (this.kept.length <= Limits.inspectedStatesMax) return
    this.kept = this.kept.filter((_, index) => index % 2 === 0)
    this.stride *= 2
  }
}
