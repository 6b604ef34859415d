/**
 * One life of an agent in a process of its own: takes the session up where an earlier life left it, or begins it. It
 * says on the standard output what has become durable, so that the killer knows what must not be lost.
 */
import { writeSync } from "node:fs"
import { Effect, Layer, Logger, LogLevel, type Scope, Stream } from "effect"
import { ActorSystem } from "../../src/actors/ActorSystem.js"
import type { Agent } from "../../src/actors/Agent.js"
import type { ApprovalError, BudgetState, JournalError, MessageError, RunError } from "../../src/layers/aios/index.js"
import * as Life from "../../src/Life.js"
import { sessionId, type Word } from "./words.js"

const patience = new Int32Array(new SharedArrayBuffer(4))

// Writes at once, not through a stream: a buffer would hide what was durable before a kill.
const say = (word: Word): void => {
  const bytes = Buffer.from(`${JSON.stringify(word)}\n`)
  for (let offset = 0; offset < bytes.length; ) {
    try {
      offset += writeSync(1, bytes, offset)
    } catch (cause) {
      if (!(cause instanceof Error && "code" in cause && cause.code === "EAGAIN")) throw cause
      // The pipe is full until the listener has caught up.
      Atomics.wait(patience, 0, 0, 1)
    }
  }
}

const findOrSpawn = (system: ActorSystem["Type"]) =>
  Effect.catchTag(system.get(sessionId), "LookupError", (error) =>
    Effect.if(error.reason === "NotFound", {
      onTrue: () => system.spawn({ name: "survivor", sessionId }),
      onFalse: () => error
    })
  )

const sayEvents = (agent: Agent) =>
  Effect.forkScoped(
    Stream.runForEach(agent.events, ({ digest, kind: { type }, sequence }) =>
      Effect.sync(() => say({ word: "event", sequence, type, digest }))
    )
  )

/** Effect of a person or program that works with the agent during a life. */
type Company = (agent: Agent) => Effect.Effect<void, ApprovalError | MessageError | RunError | JournalError>

const life = Effect.fnUntraced(function* (objective: string, budget: Partial<BudgetState>, beside: Company) {
  const system = yield* ActorSystem
  say({ word: "ready" })
  const agent = yield* findOrSpawn(system)
  yield* sayEvents(agent)
  yield* Effect.forkScoped(Effect.tapErrorCause(beside(agent), Effect.logError))
  const { lastRun, run } = yield* agent.snapshot
  const isNew = run === undefined && lastRun === undefined
  const { reason } = yield* isNew ? agent.run(objective, { budget }) : agent.outcome
  say({ word: "end", reason })
})

const call = Effect.fnUntraced(function* (company: Company) {
  const system = yield* ActorSystem
  say({ word: "ready" })
  const agent = yield* findOrSpawn(system)
  yield* sayEvents(agent)
  yield* company(agent)
  say({ word: "end", reason: "visited" })
})

// The standard output belongs to the words, and the standard error to unexpected warnings.
const quiet = Layer.merge(
  Logger.replace(Logger.defaultLogger, Logger.withConsoleError(Logger.logfmtLogger)),
  Logger.minimumLogLevel(LogLevel.Warning)
)

const process = <E>(work: Effect.Effect<void, E, ActorSystem | Scope.Scope>, options: Life.LifeOptions) =>
  work.pipe(Effect.scoped, Effect.provide(Layer.provideMerge(Life.layer(options), quiet)), Effect.runPromise)

/** Lives until the run has ended, in company or alone. */
export const live = (
  objective: string,
  options: Life.LifeOptions,
  budget: Partial<BudgetState> = {},
  beside: Company = () => Effect.void
): Promise<void> => process(life(objective, budget, beside), options)

/** Does something with the agent while nothing drives it, as `life approve` does. */
export const visit = (company: Company, options: Life.LifeOptions): Promise<void> =>
  process(call(company), { ...options, resume: false, drive: false })
