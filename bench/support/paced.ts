/**
 * Agents that do as many rounds as they are told and then wait, so that slices of several contenders can alternate.
 *
 * A round is one model turn that asks for a call, and the call. An agent waits inside its model, where everything it did
 * before is durable.
 */
import { Effect } from "effect"
import { ActorSystem } from "../../src/actors/ActorSystem.js"
import type { ModelTurn } from "../../src/layers/aios/index.js"
import {
  callsExecuted,
  callTurn,
  endlessBudget,
  expectEqual,
  instantModel,
  makeSystem,
  type SystemOptions
} from "./world.js"

class Pace {
  round = 0
  private until = 0
  private resume: ((effect: Effect.Effect<ModelTurn>) => void) | undefined
  private reached: (() => void) | undefined

  readonly next: Effect.Effect<ModelTurn> = Effect.suspend(() => {
    if (this.round < this.until) return Effect.succeed(callTurn(`${++this.round}`))
    return Effect.async<ModelTurn>((resume) => {
      this.resume = resume
      this.reached?.()
    })
  })

  waiting(): Promise<void> {
    return this.resume === undefined ? new Promise((resolve) => (this.reached = resolve)) : Promise.resolve()
  }

  async advance(rounds: number): Promise<void> {
    await this.waiting()
    this.until += rounds
    const { resume } = this
    this.resume = undefined
    resume?.(this.next)
    await this.waiting()
  }
}

/** A group of agents in a system of their own. */
export interface Paced {
  /** Every agent does this many rounds; resolves when the last agent is through. */
  readonly advance: (rounds: number) => Promise<void>
  readonly sessionIds: ReadonlyArray<string>
  /** Fails when the calls of the rounds were not all executed. */
  readonly close: () => Promise<void>
}

/** Spawns agents; they wait before their first round. */
export const makePaced = async (agents: number, options: SystemOptions = {}): Promise<Paced> => {
  const paces = new Map<string, Pace>()
  const paceOf = (sessionId: string): Pace => {
    const known = paces.get(sessionId) ?? new Pace()
    paces.set(sessionId, known)
    return known
  }
  const runtime = makeSystem(
    instantModel((sessionId) => paceOf(sessionId).next),
    options
  )
  await runtime.runPromise(
    Effect.gen(function* () {
      const system = yield* ActorSystem
      for (let i = 0; i < agents; i++) {
        const agent = yield* system.spawn({ name: `agent-${i}`, sessionId: `session-${i}` })
        yield* Effect.forkDaemon(agent.run("Poke for ever.", { budget: endlessBudget }))
        yield* Effect.promise(() => paceOf(agent.sessionId).waiting())
      }
    })
  )
  return {
    advance: async (rounds) => {
      await Promise.all([...paces.values()].map((pace) => pace.advance(rounds)))
    },
    sessionIds: [...paces.keys()],
    close: async () => {
      for (const [sessionId, { round }] of paces) {
        expectEqual(`calls of ${sessionId}`, await runtime.runPromise(callsExecuted(sessionId)), round)
      }
      await runtime.dispose()
    }
  }
}
