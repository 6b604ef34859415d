import { assert, describe, it } from "@effect/vitest"
import { Chunk, Effect, Fiber, Stream } from "effect"
import type { Agent } from "../../src/actors/Agent.js"
import { loadAgent } from "../../src/actors/replay.js"
import { Journal, mainBranch, type Message, type ModelRequest } from "../../src/layers/aios/index.js"
import { ScriptedModel } from "../../src/layers/arcan/index.js"
import { calls, checkStory, ofType, scripted, spawn, untilIdle } from "../support/story.js"
import { confident, reader, type TestTool, world, writer } from "../support/world.js"

describe("the events of an agent", () => {
  it.effect("the events of an agent come from the first on, without a gap or a duplicate, and do not end", () =>
    Effect.gen(function* () {
      const agent = yield* spawn()
      const seen: Array<number> = []
      const listener = yield* agent.events.pipe(
        Stream.runForEach(({ sequence }) => Effect.sync(() => seen.push(sequence))),
        Effect.fork
      )
      yield* agent.run("Look.")
      yield* agent.run("Look again.")
      yield* untilIdle
      const { head } = yield* agent.snapshot
      while (seen.length < head) yield* Effect.yieldNow()
      assert.deepStrictEqual(
        seen,
        Array.from({ length: head }, (_, n) => n + 1)
      )
      assert.strictEqual((yield* Fiber.poll(listener))._tag, "None")
      // One more event reaches the same listener, and a listener that joins late misses none.
      yield* agent.tell("By the way.")
      yield* untilIdle
      const after = (yield* agent.snapshot).head
      assert.isAbove(after, head)
      const late = yield* agent.eventsAfter(head).pipe(Stream.take(after - head), Stream.runCollect)
      assert.deepStrictEqual(
        Chunk.toReadonlyArray(late).map(({ sequence }) => sequence),
        Array.from({ length: after - head }, (_, n) => head + n + 1)
      )
      while (seen.length < after) yield* Effect.yieldNow()
      assert.lengthOf(seen, after)
      yield* Fiber.interrupt(listener)
    }).pipe(Effect.provide(world({ model: scripted(calls("look"), calls("look#2")), tools: { look: reader } })))
  )

  it.effect("the events of some types come alone, narrowed to the bodies of these types", () =>
    Effect.gen(function* () {
      const agent = yield* spawn()
      yield* agent.run("Look.")
      const [result] = Chunk.toReadonlyArray(
        yield* agent.eventsOf("ToolResult").pipe(Stream.take(1), Stream.runCollect)
      )
      assert.strictEqual(result?.kind.status, "ok")
      const ends = yield* agent.eventsOf("RunStarted", "RunFinished").pipe(Stream.take(2), Stream.runCollect)
      assert.deepStrictEqual(
        Chunk.toReadonlyArray(ends).map(({ kind }) => [kind.type, kind.runId]),
        [
          ["RunStarted", Chunk.unsafeHead(ends).kind.runId],
          ["RunFinished", Chunk.unsafeHead(ends).kind.runId]
        ]
      )
    }).pipe(Effect.provide(world({ model: scripted(calls("look")), tools: { look: reader } })))
  )

  it.effect("events are shown before the snapshot or the outcome that rests on them", () =>
    Effect.gen(function* () {
      const agent = yield* spawn()
      yield* agent.run("Look.")
      const { lastRun, head } = yield* agent.snapshot
      assert.strictEqual(lastRun?.reason, "completed")
      const all = yield* agent.events.pipe(Stream.take(head), Stream.runCollect)
      assert.lengthOf(ofType(Chunk.toReadonlyArray(all), "RunFinished"), 1)
    }).pipe(Effect.provide(world({ model: scripted() })))
  )
})

describe("the text of an agent", () => {
  it.effect("the text of an agent reaches the listeners of its stream", () =>
    Effect.gen(function* () {
      const agent = yield* spawn()
      const listener = yield* agent.text.pipe(Stream.take(2), Stream.runCollect, Effect.fork)
      yield* Effect.yieldNow()
      yield* agent.run("Say two things.")
      assert.deepStrictEqual(Chunk.toReadonlyArray(yield* Fiber.join(listener)), ["first", "second"])
    }).pipe(
      Effect.provide(
        world({
          model: scripted({ ...calls("look"), content: "first" }, { content: "second" }),
          tools: { look: reader }
        })
      )
    )
  )
})

describe("a conversation that outgrows the context window", () => {
  const paired = (messages: ReadonlyArray<Message>): void => {
    let asked: ReadonlyArray<string> = []
    for (const message of messages) {
      if (message.role === "tool") {
        assert.deepStrictEqual(
          message.results.map(({ callId }) => callId),
          asked
        )
        asked = []
      } else {
        assert.deepStrictEqual(asked, [], "a call without its result")
        if (message.role === "assistant") asked = message.toolCalls.map(({ callId }) => callId)
      }
    }
  }

  it.effect(
    "a conversation keeps its objective, calls and results together, and reads the same after a restart",
    () => {
      const requests: Array<ModelRequest> = []
      let journal: typeof Journal.Service | undefined
      let agent: Agent | undefined
      const tell = (message: string) =>
        Effect.suspend(() => (agent === undefined ? Effect.void : Effect.orDie(agent.tell(message))))
      const tools: { readonly [name: string]: TestTool } = {
        look: { ...reader, run: () => Effect.succeed("x".repeat(300)) },
        hear: { ...reader, run: () => Effect.as(tell("y".repeat(200)), "heard") },
        huge: { ...reader, run: () => Effect.succeed("z".repeat(4_000)) },
        write: { ...writer, run: () => Effect.succeed("w".repeat(100)) }
      }
      let asked = 0
      const model = ScriptedModel.layer(
        (request) =>
          Effect.gen(function* () {
            requests.push({ ...request, messages: [...request.messages] })
            // Everything is durable before the model is asked, so a process that starts now must ask the same.
            if (journal === undefined) return yield* Effect.dieMessage("there is no journal")
            const { transcript } = yield* Effect.orDie(loadAgent(journal, { sessionId: "s", branchId: mainBranch }))
            assert.deepStrictEqual(transcript.messages(), request.messages)
            const n = asked++
            if (n >= 90) return { content: "Done." }
            if (n % 7 === 3) yield* tell("heard while thinking")
            if (n % 11 === 5) return { content: "" }
            return calls(
              ...([["look"], ["hear"], ["look", "hear"], ["write"], ["huge"], ["look", "write"]][n % 6] ?? [])
            )
          }),
        { contextWindowTokens: 1_000 }
      )
      return Effect.gen(function* () {
        journal = yield* Journal
        agent = yield* spawn("scribe", { sessionId: "s" })
        const run = yield* agent.run("Find the source of the river.", {
          budget: { toolCallsRemaining: 500, errorBudgetRemaining: 100, ticksRemaining: 500 }
        })
        assert.strictEqual(run.reason, "completed")
        const second = yield* agent.run("And its mouth.")
        assert.strictEqual(second.reason, "completed")
        yield* untilIdle
        const { all } = yield* checkStory("s")
        const cuts = ofType(all, "ContextCompacted")
        assert.isAbove(cuts.length, 5)
        for (const cut of cuts) assert.isBelow(cut.tokensAfter, cut.tokensBefore)
        assert.isAbove(ofType(all, "CheckpointCreated").length, 1)
        for (const [index, { messages }] of requests.entries()) {
          paired(messages)
          const stated = (objective: string) =>
            messages.filter((message) => message.role === "user" && message.content === objective).length
          if (index <= 90) assert.strictEqual(stated("Find the source of the river."), 1, `request ${index}`)
          else assert.isAtLeast(stated("And its mouth."), 1)
          assert.strictEqual(messages[0]?.role, "user")
        }
        // No message is kept from the model for good.
        const heard = requests.flatMap(({ messages }) => messages).filter((message) => message.role === "user")
        assert.isTrue(heard.some(({ content }) => content.startsWith("yyy")))
        assert.isTrue(heard.some(({ content }) => content === "heard while thinking"))
      }).pipe(
        Effect.provide(
          world({
            model,
            tools,
            thresholds: { ...confident, exploreContextPressure: 1, errorStreakMax: 1_000, verifySideEffectPressure: 1 }
          })
        )
      )
    },
    60_000
  )
})
