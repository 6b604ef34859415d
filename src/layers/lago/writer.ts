/**
 * Group commit: appends that are ready at the same time share one transaction.
 *
 * No fiber waits for work. The first caller leads: it lets every runnable fiber run once, commits the appends that are
 * queued by then, and goes on until the queue is empty. The other callers wait for their outcome.
 */
import { Effect, Exit, Metric } from "effect"
import { type Append, type EventRecord, JournalError, Limits } from "../aios/index.js"
import { type Committer, commit, noOutcome, type Outcome } from "./commit.js"
import { commitBytesMax, encode, type Request } from "./records.js"

/**
 * The commits of one journal.
 */
export interface Writer {
  readonly append: (append: Append) => Effect.Effect<ReadonlyArray<EventRecord>, JournalError>
}

/**
 * Counter of the transactions of all journals of this process. Appends per transaction show how well they are merged.
 */
export const transactionsTotal = Metric.counter("life_journal_transactions_total", {
  description: "Transactions in which the journal committed appends",
  incremental: true
})

interface Ticket {
  readonly request: Request
  outcome: Outcome | undefined
  resume: ((outcome: Outcome) => void) | undefined
}

// Continues after every other runnable fiber, so that their appends can join the group.
const yieldToAll = Effect.yieldNow({ priority: 1 })

/**
 * Makes the writer of a journal. It calls `committed` for each append that became durable.
 */
export const make = (
  committer: Committer,
  committed: (append: Append, records: ReadonlyArray<EventRecord>) => void
): Writer => {
  const queue: Array<Ticket> = []
  let leading = false

  const nextGroup = (): ReadonlyArray<Ticket> => {
    let events = 0
    let bytes = 0
    let count = 0
    for (const { request } of queue) {
      events += request.events.length
      bytes += request.bytes
      if (count > 0 && (events > Limits.commitEventsMax || bytes > commitBytesMax)) break
      count++
    }
    return queue.splice(0, count)
  }

  const settle = (group: ReadonlyArray<Ticket>, outcomes: ReadonlyArray<Outcome>): void =>
    group.forEach((ticket, index) => {
      const outcome = outcomes[index] ?? noOutcome
      ticket.outcome = outcome
      if (Exit.isSuccess(outcome)) committed(ticket.request.append, outcome.value)
      ticket.resume?.(outcome)
    })

  const commitGroup = Effect.suspend(() => {
    const group = nextGroup()
    return commit(
      committer,
      group.map(({ request }) => request)
    ).pipe(
      committer.database.exclusive,
      Effect.catchAllCause((cause) => Effect.succeed(group.map(() => Exit.failCause(cause)))),
      Effect.map((outcomes) => settle(group, outcomes)),
      Effect.zipLeft(Metric.increment(transactionsTotal))
    )
  })

  const drain: Effect.Effect<void> = Effect.suspend(() => {
    if (queue.length > 0) return Effect.zipRight(commitGroup, drain)
    leading = false
    return Effect.void
  })

  const lead = Effect.zipRight(yieldToAll, drain)

  const submit = (request: Request): Effect.Effect<ReadonlyArray<EventRecord>, JournalError> => {
    const ticket: Ticket = { request, outcome: undefined, resume: undefined }
    queue.push(ticket)
    if (leading) {
      return Effect.async((resume) => {
        ticket.resume = resume
      })
    }
    leading = true
    return Effect.zipRight(
      lead,
      Effect.suspend(() => ticket.outcome ?? noOutcome)
    )
  }

  return {
    append: (append) =>
      Effect.uninterruptible(
        Effect.suspend(() => {
          const request = encode(append, committer.kinds)
          return request instanceof JournalError ? request : submit(request)
        })
      )
  }
}
