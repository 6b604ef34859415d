/**
 * Mutants of mailboxes, wake-ups and supervision.
 */
import { Effect, Fiber } from "effect"
import { vi } from "vitest"
import { ActorSystem } from "../../../src/actors/ActorSystem.js"
import { AgentRuntime } from "../../../src/actors/AgentRuntime.js"
import type { LiveAgent } from "../../../src/actors/LiveAgent.js"
import * as Mailbox from "../../../src/actors/mailbox.js"
import { Supervisor } from "../../../src/actors/supervisor.js"
import type { JournalError } from "../../../src/layers/aios/Journal.js"
import { Limits } from "../../../src/layers/aios/Limits.js"
import type { Mutant, Program } from "./Mutant.js"

const { wake } = AgentRuntime.prototype

// Neither bounded nor, unless told to, durable.
const deliverWith =
  (flush: (live: LiveAgent) => Effect.Effect<void, JournalError>): typeof Mailbox.deliver =>
  (runtime, agent, actor, make) =>
    Effect.gen(function* () {
      const live = yield* runtime.load(agent)
      const { kinds, value } = yield* make(live.state)
      live.emit(kinds, actor)
      yield* flush(live)
      yield* runtime.wake(agent)
      return value
    })

// More messages at once than a mailbox takes.
const flood: Program = Effect.gen(function* () {
  const system = yield* ActorSystem
  const agent = yield* system.spawn({ name: "agent", sessionId: "agent" })
  const run = yield* Effect.fork(agent.run("Listen."))
  const messages = Array.from({ length: Limits.mailboxMessagesMax + 64 }, (_, number) => `Message ${number}.`)
  yield* Effect.forEach(messages, (message) => Effect.ignore(agent.tell(message)), { concurrency: "unbounded" })
  yield* Effect.ignore(agent.cancel("enough"))
  yield* Fiber.join(run)
})

export const actorMutants: ReadonlyArray<Mutant> = [
  {
    name: "a message is acknowledged before it is durable",
    sabotage: () => void vi.spyOn(Mailbox, "deliver").mockImplementation(deliverWith(() => Effect.void))
  },
  {
    name: "the bound of the mailbox is ignored",
    program: flood,
    faults: [],
    sabotage: () => void vi.spyOn(Mailbox, "deliver").mockImplementation(deliverWith((live) => live.flush()))
  },
  {
    name: "a wake-up is lost now and then",
    sabotage: () => {
      let wakes = 0
      vi.spyOn(AgentRuntime.prototype, "wake").mockImplementation(function (this: AgentRuntime, agent) {
        return Effect.suspend(() => (++wakes % 5 === 0 ? Effect.void : wake.call(this, agent)))
      })
    }
  },
  {
    name: "a supervisor restarts nobody",
    sabotage: () =>
      void vi
        .spyOn(Supervisor.prototype, "childFailed")
        .mockImplementation(() => ({ type: "restart", children: [], delayMs: 0 }))
  }
]
