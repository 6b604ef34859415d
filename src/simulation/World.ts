/**
 * A simulated world: agents and their children, and people who talk, approve, refuse, cancel, stop and listen.
 *
 * @since 0.1.0
 */
import { Duration, Effect, Random } from "effect"
import { ActorSystem, type Agent } from "../actors/index.js"
import type { BudgetState } from "../layers/aios/index.js"
import { Faults } from "./Faults.js"
import { type As, family } from "./world/family.js"
import { approve, disturb, hold, insist, isHeard, listen, spawn, talk, thank, untilStored } from "./world/people.js"
import { longObjective } from "./world/scripted.js"

/**
 * Size of a world.
 *
 * @since 0.1.0
 * @category models
 */
export interface WorldOptions {
  readonly agents: number
  /** Ticks each agent completes before faults stop. */
  readonly ticks: number
}

const faultyMax = Duration.hours(12)

/**
 * Runs agents under faults until every agent has completed its ticks. Then ends the faults and asks each agent for one
 * more run: interrupted work must have recovered by then, and the agent must perceive every message.
 *
 * @since 0.1.0
 * @category running
 */
export const world = ({ agents, ticks }: WorldOptions) =>
  Effect.gen(function* () {
    const faults = yield* Faults
    const base = yield* Random.nextInt
    // Each agent and each person draws from a random stream of its own, so that one more draw shifts no other stream.
    const as: As = (who, effect) => Effect.withRandom(effect, Random.make(`${base}:${who}`))
    const names = Array.from({ length: agents }, (_, index) => `agent-${index}`)
    yield* Effect.forEach(names, (name) => Effect.scoped(underFaults(name, ticks, as)), {
      concurrency: "unbounded",
      discard: true
    }).pipe(Effect.timeout(faultyMax), Effect.ignore)
    faults.stop()
    const everybody = yield* Effect.flatMap(ActorSystem, ({ list }) => list)
    // A sub-agent exists only for the objective that it was given, so it gets no further run.
    const others = everybody.map(({ sessionId }) => sessionId).filter((sessionId) => !sessionId.startsWith("sub-"))
    const all = new Set([...names, ...others])
    yield* Effect.forEach(all, (name) => Effect.scoped(withoutFaults(name, as)), {
      concurrency: "unbounded",
      discard: true
    })
  })

const underFaults = Effect.fnUntraced(function* (name: string, ticks: number, as: As) {
  const join = <E, R>(what: string, person: Effect.Effect<unknown, E, R>) =>
    Effect.forkScoped(as(`${name} ${what}`, person))
  const agent = yield* as(`${name} spawn`, spawn(name))
  yield* join("talk", talk(name))
  yield* join("approve", approve(name))
  yield* join("disturb", disturb(name))
  const day = Effect.flatMap(hold(name), ({ snapshot }) => insist(snapshot)).pipe(
    Effect.tap(({ tick }) => (tick >= ticks ? Effect.void : work(name, tick, ticks))),
    Effect.repeat({ until: ({ tick }) => tick >= ticks })
  )
  // In a race, so that a gap in the events, or a child with the wrong parent, makes the world fail.
  const beside = Effect.all([listen(agent), as(`${name} family`, family(name, as))], { concurrency: "unbounded" })
  yield* as(`${name} work`, day).pipe(Effect.raceFirst(Effect.zipRight(beside, Effect.never)))
})

interface Work {
  readonly objective: string
  readonly budget: Partial<BudgetState>
}

const plenty = {
  ticksRemaining: 150,
  toolCallsRemaining: 1_000,
  tokensRemaining: 10_000_000,
  timeRemainingMs: 36_000_000,
  errorBudgetRemaining: 1_000
}

// Some runs get a small budget, and some a long objective.
const nextWork = (tick: number, ticks: number): Effect.Effect<Work> =>
  Effect.map(Effect.all([Random.nextIntBetween(0, 8), Random.nextIntBetween(1, 6)]), ([what, left]) => {
    const objective = `Do something, tick ${tick}.`
    if (what === 0) return { objective, budget: { toolCallsRemaining: left } }
    if (what === 1) return { objective, budget: { ticksRemaining: 2 * left } }
    return what <= 3 && ticks - tick >= longTicks
      ? { objective: longObjective, budget: plenty }
      : { objective, budget: {} }
  })

const longTicks = 20

const work = (name: string, tick: number, ticks: number) =>
  Effect.gen(function* () {
    const { budget, objective } = yield* nextWork(tick, ticks)
    const agent = yield* hold(name)
    yield* agent.run(objective, { budget, outcome: true }).pipe(
      Effect.catchTags({
        RunError: ({ reason }) => (reason === "Busy" ? Effect.ignore(agent.outcome) : Effect.sleep("1 second")),
        MessageError: () => Effect.sleep("1 second"),
        JournalError: () => Effect.sleep("1 second")
      })
    )
    if (yield* Random.nextBoolean) yield* Effect.ignore(thank(agent))
  }).pipe(Effect.timeout("1 hour"), Effect.ignore)

const withoutFaults = Effect.fnUntraced(function* (name: string, as: As) {
  const agent = yield* hold(name)
  yield* Effect.forkScoped(as(`${name} approve, later`, approve(name)))
  yield* untilStored(agent.outcome).pipe(Effect.timeout("6 hours"), Effect.ignore)
  yield* insist(inTurn(agent, "Do one more, without faults.", { outcome: true })).pipe(Effect.timeout("6 hours"))
  yield* as(`${name} without faults`, chat(agent))
  yield* untilStored(atRest(agent)).pipe(Effect.timeout("6 hours"))
})

// A run that was queued under faults may have begun after the last run, and wait for an approval.
const atRest = (agent: Agent) =>
  Effect.repeat(Effect.zipRight(agent.outcome, agent.snapshot), { until: ({ run }) => run === undefined })

// A message that was queued under faults begins a run as soon as another run ends.
const inTurn = (agent: Agent, ...what: Parameters<Agent["run"]>): ReturnType<Agent["run"]> =>
  Effect.catchTag(agent.run(...what), "RunError", (error) =>
    error.reason === "Busy"
      ? // A run may be open that is not durable yet.
        Effect.zipRight(Effect.delay(agent.outcome, "1 second"), inTurn(agent, ...what))
      : Effect.fail(error)
  )

const wordsMax = 4

// Sends messages at the very moment a run has ended, and messages later, when the agent rests.
const chat = Effect.fnUntraced(function* (agent: Agent) {
  yield* isHeard(agent, thank(agent))
  for (let word = 0; word < wordsMax; word++) {
    if (yield* Random.nextBoolean) yield* Effect.sleep(yield* Random.nextIntBetween(1, 5_000))
    else yield* inTurn(agent, "Do a little.", { budget: { ticksRemaining: 1 }, outcome: true })
    yield* isHeard(agent, thank(agent))
  }
})
