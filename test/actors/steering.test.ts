import { assert, describe, it } from "@effect/vitest"
import { Context, Deferred, Effect, Fiber, Layer, Redacted, Scope } from "effect"
import type { Agent } from "../../src/actors/Agent.js"
import { ActorSystem } from "../../src/actors/ActorSystem.js"
import { type Append, type EventRecord, Journal, Limits, type ModelRequest } from "../../src/layers/aios/index.js"
import { AnthropicModel, ScriptedModel } from "../../src/layers/arcan/index.js"
import * as Server from "../support/anthropicServer.js"
import { dying, type Side } from "../support/faults.js"
import {
  calls,
  checkStory,
  endless,
  errorOf,
  ofType,
  outcomes,
  scripted,
  spawn,
  type Turn,
  untilIdle
} from "../support/story.js"
import {
  confident,
  ground,
  population,
  reader,
  pretender,
  sender,
  type TestTool,
  type World,
  world,
  writer
} from "../support/world.js"

/** A model that says these turns one after the other, and the requests it was given. */
const listening = (...turns: ReadonlyArray<Turn>) => {
  const requests: Array<ModelRequest> = []
  let turn = 0
  const model = ScriptedModel.layer((request) => {
    requests.push({ ...request, messages: [...request.messages] })
    return turns[turn++] ?? { content: "done" }
  })
  return { model, requests }
}

const objectives = (all: ReadonlyArray<EventRecord>) =>
  all.flatMap(({ kind }, index) => {
    const said = all[index - 1]?.kind
    return kind.type === "RunStarted" && said?.type === "UserMessage" && "content" in said ? [said.content] : []
  })

const steered = (all: ReadonlyArray<EventRecord>) => ofType(all, "Steered").map(({ preemptedAt }) => preemptedAt)

const untilOver = (agent: Agent) =>
  Effect.iterate(true, {
    while: (isOpen) => isOpen,
    body: () =>
      Effect.zipRight(
        untilIdle,
        Effect.map(agent.snapshot, ({ run }) => run !== undefined)
      )
  })

describe("a message that interrupts", () => {
  it.live("an interrupting message stops a model call that hangs, and the run goes on with the message", () =>
    Effect.gen(function* () {
      const { effect, interrupted, reached } = yield* endless
      const { model, requests } = listening(effect, { content: "Paris then." })
      yield* Effect.gen(function* () {
        const agent = yield* spawn()
        const run = yield* Effect.fork(agent.run("Go to Rome."))
        yield* reached
        yield* agent.tell("To Paris!", { mode: "interrupt" })
        assert.isTrue(yield* Deferred.isDone(interrupted))
        const { finalAnswer, reason } = yield* Fiber.join(run)
        assert.deepStrictEqual([reason, finalAnswer], ["completed", "Paris then."])
        assert.deepStrictEqual(requests[1]?.messages, [
          { role: "user", content: "Go to Rome." },
          { role: "user", content: "To Paris!" }
        ])
        const { all } = yield* checkStory(agent.sessionId)
        assert.deepStrictEqual(steered(all), ["model"])
        assert.strictEqual(ofType(all, "RunStarted").length, 1)
      }).pipe(Effect.provide(world({ model })))
    })
  )

  it.live("an interrupting message closes the connection to a provider in the middle of its answer", () =>
    Effect.scoped(
      Effect.gen(function* () {
        const script = [Server.hang(Server.messageStart(), ...Server.text(0, "Well")), Server.says("Paris then.")]
        const server = yield* Effect.acquireRelease(
          Effect.promise(() => Server.startAnthropicServer(script)),
          (running) => Effect.promise(() => running.close())
        )
        const model = Layer.orDie(AnthropicModel.layer({ apiKey: Redacted.make("sk-ant-test"), baseUrl: server.url }))
        yield* Effect.gen(function* () {
          const agent = yield* spawn()
          const run = yield* Effect.fork(agent.run("Go to Rome."))
          const request = yield* Effect.promise(() => server.received(0))
          yield* agent.tell("To Paris!", { mode: "interrupt" })
          assert.isTrue(yield* Effect.promise(() => request.closedEarly))
          assert.strictEqual((yield* Fiber.join(run)).finalAnswer, "Paris then.")
          yield* checkStory(agent.sessionId)
        }).pipe(Effect.provide(world({ model })))
      })
    )
  )

  for (const [what, changer] of [
    ["not idempotent", sender],
    ["declared read-only and needs a right to change something", pretender]
  ] as const) {
    it.effect(
      `an interrupting message makes a running tool that is ${what} unknown, cancels the rest, and counts no error for it`,
      () =>
        Effect.gen(function* () {
          const { effect, interrupted, reached } = yield* endless
          let wrote = 0
          const tools = {
            look: reader,
            send: { ...changer, run: () => effect } satisfies TestTool,
            write: { ...writer, run: () => Effect.sync(() => ++wrote) } satisfies TestTool
          }
          const { model, requests } = listening(calls("look", "send", "write"), { content: "Stopped." })
          yield* Effect.gen(function* () {
            const agent = yield* spawn()
            const run = yield* Effect.fork(agent.run("Do it."))
            yield* reached
            yield* agent.tell("Stop sending!", { mode: "interrupt" })
            assert.isTrue(yield* Deferred.isDone(interrupted))
            assert.strictEqual((yield* Fiber.join(run)).finalAnswer, "Stopped.")
            assert.strictEqual(wrote, 0)
            const { all } = yield* checkStory(agent.sessionId)
            assert.deepStrictEqual(outcomes(all), ["look ok", "send unknown", "write cancelled"])
            assert.deepStrictEqual(steered(all), ["tool:send:send-1"])
            const [, unknown] = ofType(all, "ToolResult")
            assert.include(unknown && errorOf(unknown), "whether the call took effect")
            // Unknown costs one error, the others none.
            assert.strictEqual((yield* agent.snapshot).budget.errorBudgetRemaining, 7)
            assert.deepStrictEqual(
              requests[1]?.messages.map((message) => (message.role === "user" ? message.content : message.role)),
              ["Do it.", "assistant", "tool", "Stop sending!"]
            )
          }).pipe(Effect.provide(world({ model, tools, thresholds: confident })))
        })
    )
  }

  it.effect("an interrupting message leaves only the calls that had begun counted as calls", () =>
    Effect.gen(function* () {
      const { effect, reached } = yield* endless
      const tools = { look: { ...reader, run: () => effect } satisfies TestTool, write: writer }
      const { model } = listening(calls("look", "look", "write"), { content: "Stopped." })
      yield* Effect.gen(function* () {
        const agent = yield* spawn()
        const run = yield* Effect.fork(agent.run("Look.", { budget: { toolCallsRemaining: 5 } }))
        yield* reached
        yield* agent.tell("Stop looking!", { mode: "interrupt" })
        yield* Fiber.join(run)
        const { all } = yield* checkStory(agent.sessionId)
        assert.deepStrictEqual(outcomes(all), ["look cancelled", "look cancelled", "write cancelled"])
        assert.strictEqual((yield* agent.snapshot).budget.toolCallsRemaining, 3)
      }).pipe(Effect.provide(world({ model, tools, thresholds: confident })))
    })
  )

  it.effect("an interrupting message withdraws a call that waits for an approval", () => {
    const { model, requests } = listening(calls("ask"), { content: "Not then." })
    return Effect.gen(function* () {
      const agent = yield* spawn()
      const run = yield* Effect.fork(agent.run("Replace it."))
      yield* Effect.yieldNow()
      yield* untilIdle
      const approvalId = (yield* agent.snapshot).approvals[0]?.approvalId ?? "none"
      yield* agent.tell("Leave it.", { mode: "interrupt" })
      assert.strictEqual((yield* Fiber.join(run)).finalAnswer, "Not then.")
      assert.deepStrictEqual(requests[1]?.messages.at(-1), { role: "user", content: "Leave it." })
      assert.deepStrictEqual(outcomes((yield* checkStory(agent.sessionId)).all), ["ask cancelled"])
      const late = yield* Effect.flip(agent.approve(approvalId, { actor: "ada" }))
      assert.strictEqual(late.reason, "Unknown")
      assert.include(late.message, "does not wait for the approval")
    }).pipe(
      Effect.provide(world({ model, tools: { ask: { capabilities: ["fs:overwrite:/old"] } }, thresholds: confident }))
    )
  })

  it.effect("an interrupting message that finds no act to stop is only perceived", () =>
    Effect.gen(function* () {
      const agent = yield* spawn()
      yield* agent.tell("Hello.", { mode: "interrupt" })
      yield* untilIdle
      const { all } = yield* checkStory(agent.sessionId)
      assert.deepStrictEqual([ofType(all, "Steered").length, ofType(all, "RunStarted").length], [0, 0])
      assert.strictEqual((yield* agent.run("Work.")).reason, "completed")
    }).pipe(Effect.provide(world({ model: scripted() })))
  )
})

/** The session `s`, whose agent was stopped in the middle of its run and has a message left for the end of the run. */
const stoppedAt = (reached: Effect.Effect<void>) =>
  Effect.gen(function* () {
    const agent = yield* spawn("scribe", { sessionId: "s" })
    const run = yield* Effect.fork(agent.run("Think."))
    yield* reached
    yield* agent.tell("Later.", { mode: "followup" })
    yield* agent.stop
    yield* Fiber.join(run)
  })

describe("a message for the end of the run", () => {
  it.effect("queued messages become runs: followups one by one and first, then all collected ones together", () =>
    Effect.gen(function* () {
      const wait = yield* Deferred.make<void>()
      const tools = { look: { ...reader, run: () => Effect.as(Deferred.await(wait), "seen") } }
      yield* Effect.gen(function* () {
        const agent = yield* spawn()
        const run = yield* Effect.fork(agent.run("First.", { budget: { ticksRemaining: 17 } }))
        yield* Effect.yieldNow()
        yield* agent.tell("Milk.", { mode: "collect" })
        yield* agent.tell("Second.", { mode: "followup" })
        yield* agent.tell("Bread.", { mode: "collect" })
        yield* agent.tell("Third.", { mode: "followup" })
        assert.deepStrictEqual(
          (yield* agent.snapshot).queue.map(({ message, mode }) => `${mode} ${message}`),
          ["collect Milk.", "followup Second.", "collect Bread.", "followup Third."]
        )
        yield* Deferred.succeed(wait, undefined)
        assert.strictEqual((yield* Fiber.join(run)).reason, "completed")
        yield* untilOver(agent)
        const { all } = yield* checkStory(agent.sessionId)
        assert.deepStrictEqual(objectives(all), ["First.", "Second.", "Third.", "Milk.\n\nBread."])
        assert.deepStrictEqual(
          ofType(all, "QueueDrained").map(({ processed }) => processed),
          [1, 1, 2]
        )
        assert.deepStrictEqual(
          ofType(all, "RunStarted").map(({ budget }) => budget.ticksRemaining),
          [17, 17, 17, 17]
        )
        assert.lengthOf((yield* agent.snapshot).queue, 0)
      }).pipe(
        Effect.provide(
          world({ model: ScriptedModel.layer((_, turn) => (turn === 0 ? calls("look") : { content: "done" })), tools })
        )
      )
    })
  )

  for (const mode of ["collect", "followup"] as const) {
    it.effect(`a queued message starts a run at once when none is open (${mode})`, () =>
      Effect.gen(function* () {
        const agent = yield* spawn()
        yield* agent.tell("Do this.", { mode })
        assert.strictEqual((yield* agent.outcome).reason, "completed")
        yield* untilIdle
        assert.deepStrictEqual(objectives((yield* checkStory(agent.sessionId)).all), ["Do this."])
      }).pipe(Effect.provide(world({ model: scripted() })))
    )
  }

  it.effect("a queued message is refused when too many wait, and a cancelled run lets the waiting ones begin", () =>
    Effect.gen(function* () {
      const { effect, reached } = yield* endless
      const { model } = listening(effect)
      yield* Effect.gen(function* () {
        const agent = yield* spawn()
        const run = yield* Effect.fork(agent.run("Think."))
        yield* reached
        for (let number = 0; number < Limits.queueMessagesMax; number++) {
          yield* agent.tell(`Item ${number}.`, { mode: "collect" })
        }
        const { head } = yield* agent.snapshot
        const full = yield* Effect.flip(agent.tell("One more.", { mode: "followup" }))
        assert.strictEqual(full._tag === "MessageError" && full.reason, "QueueFull")
        assert.strictEqual((yield* agent.snapshot).head, head)
        yield* agent.cancel("enough")
        assert.strictEqual((yield* Fiber.join(run)).reason, "cancelled")
        yield* untilOver(agent)
        const { all } = yield* checkStory(agent.sessionId)
        assert.include(objectives(all)[1], "Item 0.\n\nItem 1.")
      }).pipe(Effect.provide(world({ model })))
    })
  )

  it.effect("a queued message waits in a stopped session until the session is taken up again", () =>
    Effect.gen(function* () {
      const { effect, reached } = yield* endless
      const { model } = listening(effect)
      yield* Effect.gen(function* () {
        yield* stoppedAt(reached)
        const again = yield* spawn("scribe", { sessionId: "s" })
        yield* untilOver(again)
        assert.deepStrictEqual(objectives((yield* checkStory("s")).all), ["Think.", "Later."])
      }).pipe(Effect.provide(world({ model })))
    })
  )

  it.effect("a queued message stays while a stopped session is only looked at, and runs after a new objective", () =>
    Effect.gen(function* () {
      const { effect, reached } = yield* endless
      const { model } = listening(effect)
      yield* Effect.gen(function* () {
        yield* stoppedAt(reached)
        const { all: before } = yield* checkStory("s")
        const again = yield* Effect.flatMap(ActorSystem, (system) => system.get("s"))
        assert.lengthOf((yield* again.snapshot).queue, 1)
        assert.strictEqual((yield* again.outcome).reason, "cancelled")
        const refused = yield* Effect.flip(again.cancel("enough"))
        assert.strictEqual(refused._tag === "RunError" && refused.reason, "NotRunning")
        yield* Effect.ignore(again.approve("none", { actor: "ada" }))
        yield* untilIdle
        assert.deepStrictEqual((yield* checkStory("s")).all, before)
        assert.strictEqual((yield* again.run("Now.")).reason, "completed")
        yield* untilOver(again)
        assert.deepStrictEqual(objectives((yield* checkStory("s")).all), ["Think.", "Now.", "Later."])
      }).pipe(Effect.provide(world({ model })))
    })
  )
})

describe("a process that dies", () => {
  /**
   * Tells an agent that hangs in a tool something, with a journal that dies where `when` says, and goes on in a second
   * process.
   */
  const twoLives = Effect.fnUntraced(function* (
    tell: (agent: Agent) => Effect.Effect<unknown, unknown>,
    side: Side,
    when: (append: Append) => boolean
  ) {
    const { effect, reached } = yield* endless
    let sends = 0
    const send: TestTool = {
      ...sender,
      run: () => Effect.suspend(() => (++sends === 1 ? effect : Effect.succeed("sent")))
    }
    const options: World = {
      thresholds: confident,
      model: ScriptedModel.layer((_, turn) => (turn === 0 ? calls("send") : { content: "done" })),
      tools: { send }
    }
    const base = yield* Layer.build(ground())
    const died = yield* Deferred.make<void>()
    const mortal = Layer.mergeAll(
      Layer.succeedContext(base),
      dying(Layer.succeed(Journal, Context.get(base, Journal)), (_, append) => when(append), side, died)
    )
    const first = yield* Layer.buildWithScope(Layer.provide(population(options), mortal), yield* Scope.make())
    yield* Effect.gen(function* () {
      const agent = yield* spawn("scribe", { sessionId: "s" })
      yield* Effect.forkDaemon(agent.run("First."))
      yield* reached
      yield* Effect.forkDaemon(tell(agent))
      yield* Deferred.await(died)
    }).pipe(Effect.provide(first))
    const second = yield* Layer.build(Layer.provide(population(options), Layer.succeedContext(base)))
    return yield* Effect.gen(function* () {
      const agent = yield* Effect.flatMap(ActorSystem, (system) => system.get("s"))
      yield* untilOver(agent)
      const { all } = yield* checkStory("s")
      return { all, sends, objectives: objectives(all), outcomes: outcomes(all) }
    }).pipe(Effect.provide(Context.merge(base, second)))
  })

  const has = (type: string) => (append: Append) => append.events.some(({ kind }) => kind.type === type)

  it.scoped("a process that dies after an interruption leaves the call in doubt, and the next hears the message", () =>
    Effect.gen(function* () {
      const lived = yield* twoLives((agent) => agent.tell("Stop!", { mode: "interrupt" }), "after", has("Steered"))
      assert.deepStrictEqual([lived.outcomes, lived.sends], [["send unknown"], 1])
      assert.deepStrictEqual(
        ofType(lived.all, "UserMessage").map(({ content }) => content),
        ["First.", "Stop!"]
      )
    })
  )

  it.scoped("a process that dies with a queued message leaves the message to the next process", () =>
    Effect.gen(function* () {
      const queue = (agent: Agent) =>
        Effect.zipRight(agent.tell("Second.", { mode: "followup" }), agent.cancel("enough"))
      for (const [side, type] of [
        ["after", "Queued"],
        ["before", "RunFinished"],
        ["after", "RunFinished"]
      ] as const) {
        const { objectives } = yield* twoLives(queue, side, has(type))
        assert.deepStrictEqual(objectives, ["First.", "Second."], `${side} ${type}`)
      }
    })
  )
})
