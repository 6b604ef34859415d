/** Messages that watchers get: of durable things, in the order of the journal, as a run of the agent's machine. */
import { assert, describe, it } from "@effect/vitest"
import { Chunk, Effect, Exit, Fiber, Layer, Logger, Scope, Stream, TestClock } from "effect"
import { Inspector } from "life-agent-os"
import { createActor, type Snapshot } from "xstate"
import { ActorSystem } from "../../src/actors/ActorSystem.js"
import { Journal, mainBranch, nextPhase, rootActorId } from "../../src/layers/aios/index.js"
import { agentMachine, eventLeadingTo, eventOfPhase, initialState } from "../../src/machines/index.js"
import { about, checkRun, events, isMachineEvent, snapshots } from "../support/inspections.js"
import { calls, scripted, spawn, untilIdle } from "../support/story.js"
import { confident, ground, population, reader, type World, world } from "../support/world.js"

type Messages = Array<Inspector.Inspection>

const watched = (messages: Messages, options: World) =>
  world(options).pipe(Layer.provide(Inspector.layerMemory(messages)))

const story = scripted(calls("look"), calls("send"), { content: "All sent." })

const retold = (sessionId: string, options?: Inspector.SessionOptions) =>
  Effect.flatMap(Journal, (journal) =>
    Stream.runCollect(Inspector.ofSession(journal, { sessionId, branchId: mainBranch }, options))
  ).pipe(Effect.map(Chunk.toReadonlyArray), Effect.orDie)

describe("a watched run", () => {
  it.effect("a watched run is a run of the agent's machine, step by step", () => {
    const messages: Messages = []
    return Effect.gen(function* () {
      const agent = yield* spawn()
      yield* agent.run("Send it.")
      yield* untilIdle
      const told = about(agent.sessionId, messages)
      assert.isAbove(checkRun(told), 24)

      const ring = events(told).filter(isMachineEvent)
      let phase: Parameters<typeof nextPhase>[0] = "perceive"
      for (const { event } of ring) {
        assert.strictEqual(event.type, eventOfPhase(phase))
        phase = nextPhase(phase)
      }
      const modes = snapshots(told).map(({ snapshot }) => snapshot.value)
      assert.deepStrictEqual(
        modes.filter((mode, index) => mode !== modes[index - 1]),
        ["Explore", "Execute", "Sleep"]
      )
      const wake = ring.find(({ event }) => event.type === "Decide")
      assert.deepInclude(wake?.event, { plan: "think", mode: "Execute", reason: "all gauges are in range" })
      const rest = ring.findLast(({ event }) => event.type === "Regulate")
      assert.deepInclude(rest?.event, { mode: "Sleep", reason: "the run ends: completed" })
    }).pipe(Effect.provide(watched(messages, { model: story, thresholds: confident })))
  })

  it.effect("a watched run tells each record once, with its sequence, and nothing that is not durable", () => {
    const messages: Messages = []
    return Effect.gen(function* () {
      const agent = yield* spawn()
      yield* agent.run("Send it.")
      yield* untilIdle
      const sequences = events(about(agent.sessionId, messages)).map(({ event }) => event.sequence ?? 0)
      const { head } = yield* agent.snapshot
      assert.deepStrictEqual(
        [...new Set(sequences)],
        Array.from({ length: head }, (_, index) => index + 1)
      )
      assert.deepStrictEqual(
        sequences,
        sequences.toSorted((a, b) => a - b)
      )
      assert.deepStrictEqual(about(agent.sessionId, messages), yield* retold(agent.sessionId))
    }).pipe(Effect.provide(watched(messages, { model: story, thresholds: confident })))
  })

  it.effect("a watched run can be told again from its journal, from any place on", () => {
    const messages: Messages = []
    return Effect.gen(function* () {
      const agent = yield* spawn()
      yield* agent.run("Send it.")
      yield* untilIdle
      const whole = yield* retold(agent.sessionId)
      const after = 12
      const [introduction, ...rest] = yield* retold(agent.sessionId, { after })
      const later = whole.filter((message) => message.type !== "@xstate.actor" && (message.event.sequence ?? 0) > after)
      assert.deepStrictEqual(rest, later)
      assert.strictEqual(introduction?.type, "@xstate.actor")
      assert.isAbove(checkRun([...(introduction === undefined ? [] : [introduction]), ...rest]), 8)
    }).pipe(Effect.provide(watched(messages, { model: story, thresholds: confident })))
  })

  it.effect("a watched run shows snapshots that a stock actor goes on from", () => {
    const messages: Messages = []
    return Effect.gen(function* () {
      const agent = yield* spawn()
      yield* agent.run("Send it.")
      yield* untilIdle
      for (const { snapshot } of snapshots(about(agent.sessionId, messages))) {
        const stored: Snapshot<unknown> = JSON.parse(JSON.stringify(snapshot))
        assert.deepStrictEqual<unknown>(stored, snapshot)
        const actor = createActor(agentMachine, { snapshot: stored }).start()
        const { context, value } = actor.getSnapshot()
        assert.strictEqual(value, snapshot.value)
        actor.send(eventLeadingTo(value, actor.getSnapshot(), initialState))
        assert.strictEqual(actor.getSnapshot().context.phase, nextPhase(context.phase))
        actor.stop()
      }
    }).pipe(Effect.provide(watched(messages, { model: story, thresholds: confident })))
  })
})

describe("the tree of actors", () => {
  it.effect("the tree of actors is told with parents, restarts and stops", () => {
    const messages: Messages = []
    let falls = 1
    const model = scripted(
      Effect.suspend(() => (falls-- > 0 ? Effect.dieMessage("out") : Effect.succeed({ content: "Up." })))
    )
    return Effect.gen(function* () {
      const scope = yield* Scope.make()
      const system = yield* Layer.buildWithScope(
        population({ model }).pipe(Layer.provide(Inspector.layerMemory(messages))),
        scope
      )
      const { child, parent } = yield* Effect.gen(function* () {
        const { spawn } = yield* ActorSystem
        const parent = yield* spawn({ name: "parent" })
        const child = yield* spawn({ name: "child", parent })
        const run = yield* Effect.fork(parent.run("Stand up."))
        yield* Effect.yieldNow()
        yield* untilIdle
        yield* TestClock.adjust("11 seconds")
        assert.strictEqual((yield* Fiber.join(run)).finalAnswer, "Up.")
        yield* child.stop
        return { child, parent }
      }).pipe(Effect.provide(system))
      yield* Scope.close(scope, Exit.void)

      const actors = messages.flatMap((message) => (message.type === "@xstate.actor" ? [message] : []))
      assert.deepStrictEqual(
        actors.map(({ name, parentId, rootId }) => [name, parentId, rootId]),
        [
          [rootActorId, undefined, rootActorId],
          ["parent", rootActorId, rootActorId],
          ["child", parent.sessionId, rootActorId]
        ]
      )
      assert.strictEqual(events(about(child.sessionId, messages))[0]?.sourceId, parent.sessionId)
      assert.deepStrictEqual(
        events(about(rootActorId, messages)).map(({ event, sourceId }) => [event.type, event["verdict"], sourceId]),
        [
          ["ChildFailed", "restart", parent.sessionId],
          ["ChildRestarted", undefined, undefined],
          ["Stop", undefined, undefined]
        ]
      )
      assert.deepStrictEqual(
        snapshots(about(rootActorId, messages)).map(({ snapshot }) => [snapshot.status, snapshot.value]),
        [
          ["active", "Supervising"],
          ["active", "Supervising"],
          ["done", "Stopped"]
        ]
      )
      assert.strictEqual(snapshots(about(child.sessionId, messages)).at(-1)?.snapshot.status, "stopped")
    }).pipe(Effect.provide(ground()))
  })

  it.effect("the tree of actors keeps a passivated agent, and introduces one that an earlier process left", () =>
    Effect.gen(function* () {
      const first: Messages = []
      const options = { model: scripted({ content: "Done." }), idleAgentsMax: 0 }
      const live = (messages: Messages) => population(options).pipe(Layer.provide(Inspector.layerMemory(messages)))
      const sessionId = yield* Effect.gen(function* () {
        const agent = yield* spawn()
        yield* agent.run("Do it.")
        yield* untilIdle
        const { list } = yield* ActorSystem
        assert.deepStrictEqual(
          (yield* list).map(({ status }) => status),
          ["passivated"]
        )
        yield* agent.tell("Once more.")
        yield* untilIdle
        return agent.sessionId
      }).pipe(Effect.provide(live(first)))
      assert.lengthOf(
        first.filter(({ type }) => type === "@xstate.actor"),
        2
      )
      assert.deepStrictEqual(about(sessionId, first), yield* retold(sessionId))

      const second: Messages = []
      yield* Effect.gen(function* () {
        const { get } = yield* ActorSystem
        yield* (yield* get(sessionId)).tell("And again.")
        yield* untilIdle
      }).pipe(Effect.provide(live(second)))
      const [introduction, ...rest] = about(sessionId, second)
      assert.strictEqual(introduction?.type, "@xstate.actor")
      const last = first.findLast((message) => message.type === "@xstate.snapshot" && message.sessionId === sessionId)
      assert.deepStrictEqual(
        introduction?.type === "@xstate.actor" && introduction.snapshot,
        last?.type === "@xstate.snapshot" && last.snapshot
      )
      assert.isAbove(checkRun([...(introduction === undefined ? [] : [introduction]), ...rest]), 0)
    }).pipe(Effect.provide(ground()))
  )
})

describe("a watcher", () => {
  it.effect("a watcher costs nothing while it does not watch, and is told of all actors when it begins to", () => {
    const messages: Messages = []
    let redacted = 0
    const inspector = {
      watching: false,
      publish: (inspection: Inspector.Inspection) => {
        messages.push(inspection)
      }
    }
    const layer = Layer.mergeAll(
      Layer.succeed(Inspector.Inspector, inspector),
      Layer.succeed(Inspector.Redactor, (inspection) => {
        redacted++
        return inspection
      })
    )
    return Effect.gen(function* () {
      const agent = yield* spawn()
      yield* agent.run("Send it.")
      yield* untilIdle
      assert.deepStrictEqual([messages.length, redacted], [0, 0])
      inspector.watching = true
      yield* agent.run("Again.")
      yield* untilIdle
      const told = about(agent.sessionId, messages)
      assert.strictEqual(told[0]?.type, "@xstate.actor")
      assert.isAtLeast(checkRun(told), 8)
      assert.strictEqual(redacted, messages.length)
    }).pipe(Effect.provide(world({ model: story, thresholds: confident }).pipe(Layer.provide(layer))))
  })

  it.effect("a watcher that throws, or whose redaction does, is reported once and hurts no agent", () => {
    const problems: Array<unknown> = []
    const logger = Logger.replace(
      Logger.defaultLogger,
      Logger.make(({ message }) => {
        problems.push(message)
      })
    )
    const broken = Layer.mergeAll(
      Inspector.layerMemory([]),
      Layer.succeed(Inspector.Redactor, () => {
        throw new Error("no such field")
      })
    )
    return Effect.gen(function* () {
      const agent = yield* spawn()
      const { reason } = yield* agent.run("Send it.")
      assert.strictEqual(reason, "completed")
      yield* untilIdle
      assert.match(String(problems), /^an inspector or its redaction throws: Error: no such field\. [^]*layer$/)
    }).pipe(
      Effect.provide(
        world({ model: story, thresholds: confident, tools: { look: reader, send: reader } }).pipe(
          Layer.provide(broken),
          Layer.provide(logger)
        )
      )
    )
  })

  it.effect("each of several watchers gets what a redaction of the program leaves of a message", () => {
    const [first, second]: [Messages, Messages] = [[], []]
    const silent: Inspector.Redaction = (inspection) =>
      inspection.type === "@xstate.event" ? { ...inspection, event: { type: inspection.event.type } } : inspection
    const layer = Layer.merge(
      Inspector.merge(Inspector.layerMemory(first), Inspector.layerMemory(second)),
      Layer.succeed(Inspector.Redactor, silent)
    )
    return Effect.gen(function* () {
      yield* (yield* spawn()).run("The word is password=swordfish.")
      yield* untilIdle
      assert.deepStrictEqual(first, second)
      const message = events(first).find(({ event }) => event.type === "UserMessage")
      assert.deepStrictEqual(message?.event, { type: "UserMessage" })
    }).pipe(Effect.provide(world({ model: story }).pipe(Layer.provide(layer))))
  })
})
