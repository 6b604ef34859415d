/**
 * Mutants of mailboxes, wake-ups and supervision.
 */
import { Effect, Fiber } from "effect"
import { vi } from "vitest"
import { ActorSystem } from "../../../src/actors/ActorSystem.js"
import { Actor } from "../../../src/actors/agent/Actor.js"
import { AgentActor } from "../../../src/actors/agent/AgentActor.js"
import { AgentRuntime } from "../../../src/actors/agent/AgentRuntime.js"
import { LiveAgent } from "../../../src/actors/agent/Session.js"
import * as Mailbox from "../../../src/actors/agent/mailbox.js"
import * as Replay from "../../../src/actors/replay.js"
import { Supervisor } from "../../../src/actors/supervision/Supervisor.js"
import * as RunEnd from "../../../src/layers/aios/schema/runEnd.js"
import * as Rest from "../../../src/machines/rest.js"
import type { JournalError } from "../../../src/layers/aios/ports/Journal.js"
import { ScriptedModel } from "../../../src/layers/arcan/index.js"
import type { LifecycleEvent, LifecycleStatus, StepAction } from "../../../src/machines/index.js"
import { Limits } from "../../../src/layers/aios/schema/Limits.js"
import { type Mutant, type Program, swapJournal } from "./Mutant.js"

const { wake } = AgentRuntime.prototype
const { emit } = LiveAgent.prototype
const send = Actor.prototype["send"]
const { childFailed } = Supervisor.prototype
const { endingOf } = RunEnd
const { isIdle } = Rest
const { loadAgent } = Replay

// Delivers without a bound; `flush` decides whether the message is durable before the answer.
const deliverWith =
  (flush: (live: LiveAgent) => Effect.Effect<void, JournalError>): typeof Mailbox.deliver =>
  (runtime, agent, actor, _, make) =>
    Effect.gen(function* () {
      const live = yield* runtime.load(agent)
      const { kinds, value } = yield* make(live.state, runtime.pen.clock.unsafeCurrentTimeMillis())
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
  // The flood may have been faster, and then there is no room for the run either.
  yield* Effect.ignore(Fiber.join(run))
})

const enough = Effect.flatMap(ActorSystem, ({ get }) =>
  Effect.flatMap(get("child"), (child) => Effect.ignore(Effect.zipRight(child.cancel("enough"), child.outcome)))
)

// After a crash each agent must be under the parent that it had.
const kin: Program = Effect.gen(function* () {
  const system = yield* ActorSystem
  const parent = yield* system
    .get("parent")
    .pipe(Effect.orElse(() => system.spawn({ name: "parent", sessionId: "parent" })))
  const child = yield* system
    .get("child")
    .pipe(Effect.orElse(() => system.spawn({ name: "child", sessionId: "child", parent })))
  const info = (yield* system.list).find(({ sessionId }) => sessionId === "child")
  if (info?.parentId !== "parent") return yield* Effect.dieMessage(`the child is under ${info?.parentId ?? "the root"}`)
  const { lastRun } = yield* child.snapshot
  if (lastRun === undefined) yield* Effect.ignore(child.run("Look."))
  yield* Effect.ignore(child.outcome)
}).pipe(Effect.timeout("1 minute"), Effect.ignore, Effect.zipRight(enough))

// Many runs that end together, and then a message to each agent at once: appends come while others are being committed.
const crowd: Program = Effect.gen(function* () {
  const system = yield* ActorSystem
  const names = Array.from({ length: 24 }, (_, number) => `agent-${number}`)
  const agents = yield* Effect.forEach(names, (name) => system.spawn({ name, sessionId: name }))
  yield* Effect.forEach(agents, (agent) => Effect.zipRight(agent.run("Answer."), agent.tell("Thanks.")), {
    concurrency: "unbounded"
  })
})

// Each agent gets messages in the name of all at once, while there may be room for no idle agent.
const visitors: Program = Effect.gen(function* () {
  const system = yield* ActorSystem
  const names = ["ada", "bob", "cyd"]
  const agents = yield* Effect.forEach(names, (name) => system.spawn({ name, sessionId: name }))
  const visits = agents.flatMap((agent) => names.map((name) => agent.tell(`I am ${name}.`)))
  yield* Effect.all(visits, { concurrency: "unbounded" })
})

const farewell: Program = Effect.gen(function* () {
  const system = yield* ActorSystem
  const agent = yield* system.spawn({ name: "agent", sessionId: "agent" })
  yield* agent.stop
  yield* Effect.ignore(agent.tell("Still there?"))
})

// The machine with one more transition: an event that a status does not take has these actions, and changes no state.
const accepting = (
  status: LifecycleStatus,
  types: ReadonlyArray<LifecycleEvent["type"]>,
  actions: ReadonlyArray<StepAction>
) =>
  void vi.spyOn(Actor.prototype, "send" as never).mockImplementation(function (this: Actor, event: LifecycleEvent) {
    return types.includes(event.type) && this.status === status ? actions : send.call(this, event)
  } as never)

const atOnce = ScriptedModel.layer(() => ({ content: "Yes." }))

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
  },
  {
    name: "an agent rests without a second look at its mailbox",
    missed:
      "200 seeds show nothing: whoever sends wakes the agent once the message is durable, so the second look only spares a fiber",
    program: crowd,
    faults: [],
    model: atOnce,
    sabotage: () => {
      // The next look of these sessions would be the second one, after everything has become durable.
      const looked = new Set<string>()
      vi.spyOn(Replay, "loadAgent").mockImplementation((journal, stream) => {
        looked.delete(stream.sessionId)
        return loadAgent(journal, stream)
      })
      vi.spyOn(Rest, "isIdle").mockImplementation((state) => {
        if (looked.delete(state.agentId)) return true
        const idle = isIdle(state)
        if (idle) looked.add(state.agentId)
        return idle
      })
    }
  },
  {
    name: "a snapshot shows what is not durable",
    sabotage: () =>
      void vi.spyOn(LiveAgent.prototype, "emit").mockImplementation(function (this: LiveAgent, kinds, actor) {
        emit.call(this, kinds, actor)
        this.durable = { ...this.made, sequence: this.committedSequence }
      })
  },
  {
    name: "a child that fails is forgotten by its parent",
    sabotage: () =>
      void vi.spyOn(Supervisor.prototype, "childFailed").mockImplementation(function (this: Supervisor, child, at) {
        const verdict = childFailed.call(this, child, at)
        return verdict.type === "restart" && this.owner !== undefined
          ? { ...verdict, children: verdict.children.filter((covered) => covered !== child) }
          : verdict
      })
  },
  {
    name: "a child comes back under another parent",
    program: kin,
    faults: ["crash"],
    sabotage: () =>
      swapJournal((journal) => ({
        read: (query) =>
          Effect.map(journal.read(query), (records) =>
            records.map((record) => {
              const { kind } = record
              if (query.through !== 1 || kind.type !== "SessionCreated") return record
              const { parentId: _, ...orphan } = kind
              return { ...record, kind: orphan }
            })
          )
      }))
  },
  {
    name: "passivation drops a message",
    program: visitors,
    faults: [],
    sabotage: () => {
      vi.spyOn(AgentActor.prototype, "deliver").mockImplementation(() => undefined)
      vi.spyOn(AgentActor.prototype, "delivered").mockImplementation(() => {})
      vi.spyOn(AgentActor.prototype, "passivate").mockImplementation(function (this: AgentActor) {
        this["send"]({ type: "Passivate", settled: true })
      })
    }
  },
  {
    name: "the lifecycle machine has an agent at work driven by another fiber",
    sabotage: () => accepting("awake", ["Wake"], [{ type: "drive", params: undefined }])
  },
  {
    name: "the lifecycle machine takes messages for a stopped agent",
    program: farewell,
    faults: [],
    sabotage: () => {
      // The tag of a standing that takes messages, and its transitions for them.
      vi.spyOn(Actor.prototype, "stopped", "get").mockReturnValue(false)
      accepting("stopped", ["Deliver", "Delivered"], [])
    }
  },
  {
    name: "a cancelled run goes on",
    sabotage: () =>
      void vi.spyOn(RunEnd, "endingOf").mockImplementation((state) => {
        if (state.run === undefined) return undefined
        const { cancelled: _, ...run } = state.run
        return endingOf({ ...state, run })
      })
  }
]
