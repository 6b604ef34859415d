/**
 * Mutants of what is stored and read.
 */
import { Clock, Effect, Option, Stream } from "effect"
import { vi } from "vitest"
import { LiveAgent } from "../../../src/actors/agent/Session.js"
import * as Replay from "../../../src/actors/replay.js"
import { hashOf, headText } from "../../../src/layers/aios/events/EventRecord.js"
import { Identity } from "../../../src/layers/aios/ports/Identity.js"
import { Journal, mainBranch } from "../../../src/layers/aios/ports/Journal.js"
import { nextPhase } from "../../../src/layers/aios/schema/TickPhase.js"
import * as Database from "../../../src/layers/lago/Database.js"
import * as Records from "../../../src/layers/lago/records.js"
import { world } from "../../../src/simulation/index.js"
import { type Mutant, type Program, swapJournal } from "./Mutant.js"

const { withRun } = Database
const { place } = Records
const { loadAgent } = Replay
const { flush } = LiveAgent.prototype

// Commits a transaction only when the next one begins.
const lazily: typeof withRun = (file, run) => ({
  ...withRun(file, run),
  transaction: (effect) =>
    Effect.ignore(run("COMMIT")).pipe(
      Effect.zipRight(run("BEGIN IMMEDIATE")),
      Effect.zipRight(effect),
      Effect.onError(() => Effect.ignore(run("ROLLBACK"))),
      Effect.uninterruptible
    )
})

// A second writer appends to the journal of an agent: the agent's writer, which knew the older head, must be told.
const intrusion: Program = Effect.gen(function* () {
  const journal = yield* Journal
  const { seal } = yield* Identity
  const stream = { sessionId: "agent-0", branchId: mainBranch }
  const intrude = (number: number) =>
    Effect.gen(function* () {
      yield* Effect.sleep("7 seconds")
      const at = yield* Clock.currentTimeMillis
      const { sequence: expectedSequence } = yield* journal.head(stream)
      const kind = { type: "UserMessage", content: `Message ${number} of a stranger.` } as const
      const eventId = `${number}`.padStart(26, "0")
      const events = [{ eventId, at, kind, actor: { type: "user" } as const }]
      yield* journal.append({
        ...stream,
        agentId: stream.sessionId,
        events,
        expectedSequence,
        seal: (head) => seal(headText(stream, head))
      })
    }).pipe(Effect.ignore)
  yield* Effect.all([world({ agents: 1, ticks: 12 }), Effect.forEach([1, 2, 3], intrude)], { concurrency: 2 })
})

const everySeventh = (sequence: number) => sequence % 7 === 0

export const journalMutants: ReadonlyArray<Mutant> = [
  {
    name: "an append is acknowledged before its commit",
    sabotage: () => void vi.spyOn(Database, "withRun").mockImplementation(lazily)
  },
  {
    name: "the failure of an append is swallowed",
    sabotage: () =>
      void vi.spyOn(LiveAgent.prototype, "flush").mockImplementation(function (this: LiveAgent) {
        return Effect.catchTag(flush.call(this), "JournalError", () =>
          Effect.sync(() => {
            this.broken = undefined
          })
        )
      })
  },
  {
    name: "loading skips a phase",
    sabotage: () =>
      void vi.spyOn(Replay, "loadAgent").mockImplementation((journal, stream) =>
        Effect.map(loadAgent(journal, stream), (loaded) => ({
          ...loaded,
          state: { ...loaded.state, phase: nextPhase(loaded.state.phase) }
        }))
      )
  },
  {
    name: "loading skips the results of tools",
    sabotage: () =>
      void vi.spyOn(Replay, "loadAgent").mockImplementation((journal, stream) =>
        loadAgent(
          {
            ...journal,
            stream: (query) => Stream.filter(journal.stream(query), ({ kind }) => kind.type !== "ToolResult")
          },
          stream
        )
      )
  },
  {
    name: "the newest checkpoint is given with the state of the one before",
    sabotage: () => {
      const states = new Map<string, unknown>()
      return swapJournal((journal) => ({
        append: ({ checkpoint, ...append }) => {
          if (checkpoint === undefined) return journal.append(append)
          const state = states.get(append.sessionId) ?? checkpoint.state
          states.set(append.sessionId, checkpoint.state)
          return journal.append({ ...append, checkpoint: { ...checkpoint, state, stateHash: hashOf(state) } })
        },
        // The product does not use a checkpoint whose hash no event names.
        checkpoint: (...args) =>
          Effect.flatMap(journal.checkpoint(...args), (found) =>
            Option.match(found, {
              onNone: () => Effect.succeed(found),
              onSome: (checkpoint) =>
                Effect.map(
                  journal.read({
                    sessionId: args[0].sessionId,
                    branchId: args[0].branchId,
                    after: checkpoint.sequence,
                    limit: 1
                  }),
                  ([named]) =>
                    Option.some(
                      named?.kind.type === "CheckpointCreated"
                        ? { ...checkpoint, stateHash: named.kind.stateHash }
                        : checkpoint
                    )
                )
            })
          )
      }))
    }
  },
  {
    name: "the expected sequence is ignored",
    program: intrusion,
    faults: [],
    sabotage: () =>
      swapJournal((journal) => ({ append: ({ expectedSequence: _, ...append }) => journal.append(append) }))
  },
  {
    name: "a digest is computed over a stale one",
    sabotage: () => {
      const stale = new Map<string, string>()
      vi.spyOn(Records, "place").mockImplementation((info, sequence, previous, encoded, seal) => {
        const over = everySeventh(sequence) ? (stale.get(info.sessionId) ?? previous) : previous
        stale.set(info.sessionId, previous)
        return place(info, sequence, over, encoded, seal)
      })
    }
  },
  {
    name: "a tail drops an event",
    sabotage: () =>
      swapJournal((journal) => ({
        tail: (query) => Stream.filter(journal.tail(query), ({ sequence }) => !everySeventh(sequence))
      }))
  },
  {
    name: "a tail doubles an event",
    sabotage: () =>
      swapJournal((journal) => ({
        tail: (query) =>
          Stream.flatMap(journal.tail(query), (record) =>
            Stream.make(record, ...(everySeventh(record.sequence) ? [record] : []))
          )
      }))
  }
]
