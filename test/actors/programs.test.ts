/** Supervised programs: Effects of an embedder that run as children beside agents. */
import { assert, describe, it } from "@effect/vitest"
import { Context, Data, Deferred, Effect, Exit, Layer, Logger, Ref, Scope, TestClock } from "effect"
import { ActorSystem, type ProgramError } from "../../src/actors/index.js"
import { type Inspection, Inspector, rootActorId } from "../../src/layers/aios/index.js"
import { ScriptedModel } from "../../src/layers/arcan/index.js"
import { about, events } from "../support/inspections.js"
import { endless, scripted, spawn, untilIdle } from "../support/story.js"
import { ground, population, world } from "../support/world.js"

class BridgeOut extends Data.TaggedError("BridgeOut")<{ readonly message: string }> {}

const supervise = <A, E, R>(
  options: Parameters<(typeof ActorSystem.Service)["supervise"]>[0],
  program: Effect.Effect<A, E, R>
) => Effect.flatMap(ActorSystem, (system) => system.supervise(options, program))

const settle = Effect.repeatN(Effect.yieldNow(), 50)

/** Lets every backoff pass. */
const patience = Effect.repeatN(Effect.zipRight(settle, TestClock.adjust("11 seconds")), 8)

/** Fails the first `times` times and then gives `value`. */
const fragile = <A>(times: number, value: A) => {
  const seen = { tries: 0 }
  const effect = Effect.suspend(() =>
    ++seen.tries <= times ? Effect.fail(new BridgeOut({ message: `try ${seen.tries}` })) : Effect.succeed(value)
  )
  return { seen, effect }
}

const here = Effect.provide(world({ model: scripted() }))

describe("a supervised program", () => {
  it.effect("a program runs with the services of the caller and gives its value", () =>
    Effect.gen(function* () {
      class Answer extends Context.Tag("Answer")<Answer, number>() {}
      const program = yield* Effect.provideService(supervise({ name: "sum" }, Answer), Answer, 42)
      assert.strictEqual(yield* program.outcome, 42)
      assert.strictEqual(yield* program.status, "completed")
      yield* program.stop
      assert.strictEqual(yield* program.outcome, 42)
      // The name is free again.
      assert.strictEqual(yield* Effect.flatMap(supervise({ name: "sum" }, Effect.succeed(1)), (p) => p.outcome), 1)
    }).pipe(here)
  )

  it.effect("a program is restarted after the delay of its supervisor", () => {
    const { effect, seen } = fragile(1, "across")
    return Effect.gen(function* () {
      const program = yield* supervise({ name: "bridge" }, effect)
      yield* settle
      assert.strictEqual(yield* program.status, "waiting")
      yield* TestClock.adjust("79 millis")
      assert.strictEqual(seen.tries, 1)
      yield* TestClock.adjust("41 millis")
      assert.strictEqual(yield* program.outcome, "across")
      assert.strictEqual(seen.tries, 2)
    }).pipe(here)
  })

  it.effect("a program that fails more often than the intensity allows fails with its own failure", () => {
    const { effect, seen } = fragile(10, "across")
    return Effect.gen(function* () {
      const program = yield* supervise({ name: "bridge" }, effect)
      yield* patience
      const failure: BridgeOut | ProgramError = yield* Effect.flip(program.outcome)
      assert.deepStrictEqual([failure._tag, failure instanceof BridgeOut && failure.message], ["BridgeOut", "try 6"])
      assert.strictEqual(seen.tries, 6)
      assert.strictEqual(yield* program.status, "failed")
    }).pipe(here)
  })

  it.effect("a temporary program is not restarted", () => {
    const { effect, seen } = fragile(1, "across")
    return Effect.gen(function* () {
      const program = yield* supervise({ name: "bridge", restart: "temporary" }, effect)
      assert.strictEqual((yield* Effect.flip(program.outcome))._tag, "BridgeOut")
      assert.strictEqual(seen.tries, 1)
    }).pipe(here)
  })

  it.effect("a program that dies or interrupts itself is restarted", () => {
    let tries = 0
    const program = Effect.suspend((): Effect.Effect<string> => {
      tries++
      return tries === 1 ? Effect.dieMessage("out") : tries === 2 ? Effect.interrupt : Effect.succeed("across")
    })
    return Effect.gen(function* () {
      const handle = yield* supervise({ name: "bridge" }, program)
      yield* patience
      assert.strictEqual(yield* handle.outcome, "across")
    }).pipe(here)
  })

  it.effect("a program is interrupted by stop, which waits for its finalizers", () =>
    Effect.gen(function* () {
      const { effect, interrupted, reached } = yield* endless
      const program = yield* supervise({ name: "watch" }, effect)
      yield* reached
      assert.strictEqual(yield* program.status, "running")
      yield* Effect.all([program.stop, program.stop], { concurrency: 2 })
      assert.isTrue(yield* Deferred.isDone(interrupted))
      assert.strictEqual(yield* program.status, "stopped")
      assert.strictEqual((yield* Effect.flip(program.outcome)).reason, "Stopped")
    }).pipe(here)
  )

  it.effect("a program that is stopped while it waits for its restart does not come back", () => {
    const { effect, seen } = fragile(10, "across")
    return Effect.gen(function* () {
      const program = yield* supervise({ name: "bridge" }, effect)
      yield* settle
      yield* program.stop
      yield* patience
      assert.strictEqual(seen.tries, 1)
      assert.strictEqual(yield* program.status, "stopped")
    }).pipe(here)
  })

  it.effect("a program is stopped with its parent, and cannot be started under a stopped parent", () =>
    Effect.gen(function* () {
      const { effect, interrupted, reached } = yield* endless
      const parent = yield* spawn("parent")
      const program = yield* supervise({ name: "watch", parent }, effect)
      yield* reached
      yield* parent.stop
      assert.isTrue(yield* Deferred.isDone(interrupted))
      assert.strictEqual(yield* program.status, "stopped")
      assert.strictEqual((yield* Effect.flip(supervise({ name: "watch", parent }, effect))).reason, "ParentUnavailable")
    }).pipe(here)
  )

  it.effect("a program is interrupted when the system ends, also while it waits for its restart", () =>
    Effect.gen(function* () {
      const scope = yield* Scope.make()
      const system = yield* Layer.buildWithScope(population({ model: scripted() }), scope)
      const { effect, interrupted, reached } = yield* endless
      const [watch, bridge] = yield* Effect.all([
        supervise({ name: "watch" }, effect),
        supervise({ name: "bridge" }, fragile(10, "across").effect)
      ]).pipe(Effect.provide(system))
      yield* reached
      yield* settle
      yield* Scope.close(scope, Exit.void)
      assert.isTrue(yield* Deferred.isDone(interrupted))
      for (const program of [watch, bridge]) {
        const ended = yield* Effect.flip(program.outcome)
        assert.strictEqual(ended._tag === "ProgramError" ? ended.reason : ended._tag, "Stopped")
      }
    }).pipe(Effect.provide(ground()))
  )

  it.effect("a program with a name that is taken or malformed is refused", () =>
    Effect.gen(function* () {
      const { effect } = yield* endless
      yield* supervise({ name: "watch" }, effect)
      for (const [name, reason] of [
        ["watch", "NameTaken"],
        [" ", "InvalidName"],
        ["x".repeat(129), "InvalidName"]
      ] as const) {
        assert.strictEqual((yield* Effect.flip(supervise({ name }, effect))).reason, reason)
      }
      // An agent may have the same name.
      yield* spawn("watch")
    }).pipe(here)
  )
})

describe("programs and agents under one supervisor", () => {
  /** A program that counts how often it begins, and never ends. */
  const counting = Effect.map(Ref.make(0), (starts) => ({
    starts,
    effect: Effect.zipRight(
      Ref.update(starts, (n) => n + 1),
      Effect.async<never>(() => {})
    )
  }))

  it.effect("programs and agents are restarted together under one-for-all when any of them fails", () => {
    let isOut = true
    const model = ScriptedModel.layer(() =>
      Effect.suspend(() => (isOut ? ((isOut = false), Effect.dieMessage("out")) : Effect.succeed({ content: "done" })))
    )
    return Effect.gen(function* () {
      const { effect, starts } = yield* counting
      yield* supervise({ name: "watch" }, effect)
      const agent = yield* spawn()
      const run = yield* Effect.fork(agent.run("Cross."))
      yield* patience
      assert.strictEqual((yield* run.await.pipe(Effect.flatten)).reason, "completed")
      assert.strictEqual(yield* Ref.get(starts), 2)
      yield* Effect.flatMap(supervise({ name: "bridge" }, fragile(1, "across").effect), (bridge) =>
        Effect.zipRight(patience, bridge.outcome)
      )
      assert.strictEqual(yield* Ref.get(starts), 3)
    }).pipe(Effect.provide(world({ model, supervision: { strategy: "one-for-all" } })))
  })

  it.effect("a temporary child is given up when a sibling fails under one-for-all", () => {
    const { effect } = fragile(1, "across")
    let starts = 0
    const once = Effect.zipRight(
      Effect.sync(() => starts++),
      Effect.never
    )
    return Effect.gen(function* () {
      const parent = yield* spawn("boss", { supervision: { strategy: "one-for-all" } })
      const lost = yield* supervise({ name: "once", parent, restart: "temporary" }, once)
      const bridge = yield* supervise({ name: "bridge", parent }, effect)
      yield* patience
      assert.strictEqual(yield* bridge.outcome, "across")
      const failure = yield* Effect.flip(lost.outcome)
      assert.include(failure.message, "it is temporary, and bridge failed: try 1")
      assert.strictEqual(starts, 1)
    }).pipe(here)
  })

  it.effect("a temporary child that is given up ends before its earlier siblings do", () => {
    const ended: Array<string> = []
    const child = (name: string) => Effect.onInterrupt(Effect.never, () => Effect.sync(() => ended.push(name)))
    const { effect } = fragile(1, "across")
    return Effect.gen(function* () {
      const parent = yield* spawn("boss", { supervision: { strategy: "one-for-all" } })
      yield* supervise({ name: "bridge", parent }, Effect.delay(effect, "1 second"))
      yield* supervise({ name: "database", parent }, child("database"))
      yield* supervise({ name: "once", parent, restart: "temporary" }, child("once"))
      yield* supervise({ name: "client", parent }, child("client"))
      yield* settle
      yield* TestClock.adjust("1 second")
      yield* settle
      assert.deepStrictEqual(ended, ["client", "once", "database"])
    }).pipe(here)
  })

  it.effect("children that fail because of one incident count as one restart", () => {
    let starts = 0
    return Effect.gen(function* () {
      const dropped = yield* Deferred.make<never, string>()
      const parent = yield* spawn("boss", { supervision: { strategy: "one-for-all", restartsMax: 1 } })
      const client = Effect.suspend(() => (++starts <= 3 ? Deferred.await(dropped) : Effect.succeed("back")))
      const clients = yield* Effect.forEach(["a", "b", "c"], (name) => supervise({ name, parent }, client))
      yield* settle
      yield* Deferred.fail(dropped, "the connection was dropped")
      yield* patience
      assert.deepStrictEqual(yield* Effect.forEach(clients, ({ outcome }) => outcome), ["back", "back", "back"])
      assert.strictEqual(starts, 6)
    }).pipe(here)
  })

  it.effect("children are ended in the reverse order of their start, by a restart and by a stop", () => {
    const ended: Array<string> = []
    const child = (name: string) => Effect.onInterrupt(Effect.never, () => Effect.sync(() => ended.push(name)))
    const { effect } = fragile(1, "across")
    return Effect.gen(function* () {
      const parent = yield* spawn("boss", { supervision: { strategy: "one-for-all" } })
      yield* supervise({ name: "database", parent }, child("database"))
      yield* supervise({ name: "client", parent }, child("client"))
      yield* supervise({ name: "bridge", parent }, Effect.delay(effect, "1 second"))
      yield* settle
      yield* TestClock.adjust("1 second")
      yield* settle
      assert.deepStrictEqual(ended.splice(0), ["client", "database"])
      yield* patience
      yield* parent.stop
      assert.deepStrictEqual(ended, ["client", "database"])
    }).pipe(here)
  })

  it.effect("a program that fails with a value without a message is given up with a text of the value", () => {
    class Gone extends Data.TaggedError("Gone")<{ readonly code: number }> {}
    const lines: Array<string> = []
    const logger = Logger.make(({ message }) => void lines.push(String([message].flat()[0])))
    const lost = (name: string, failure: unknown) =>
      Effect.flatMap(supervise({ name, restart: "temporary" }, Effect.fail(failure)), (program) =>
        Effect.flip(program.outcome)
      )
    return Effect.gen(function* () {
      yield* lost("a", new Gone({ code: 1 }))
      yield* lost("b", { code: 2 })
      assert.deepStrictEqual(lines, ["program a failed for good: Gone", 'program b failed for good: {"code":2}'])
    }).pipe(Effect.provide(Layer.provide(world({ model: scripted() }), Logger.replace(Logger.defaultLogger, logger))))
  })

  it.effect("programs and agents under rest-for-one are restarted if they were started later", () =>
    Effect.gen(function* () {
      const [first, third] = [yield* counting, yield* counting]
      yield* supervise({ name: "first" }, first.effect)
      const second = yield* supervise({ name: "second" }, fragile(1, "across").effect)
      yield* supervise({ name: "third" }, third.effect)
      yield* patience
      assert.strictEqual(yield* second.outcome, "across")
      assert.deepStrictEqual([yield* Ref.get(first.starts), yield* Ref.get(third.starts)], [1, 2])
    }).pipe(Effect.provide(world({ model: scripted(), supervision: { strategy: "rest-for-one" } })))
  )

  it.effect("a program that fails too often fails its agent, which is restarted with its other children", () =>
    Effect.gen(function* () {
      const { effect, starts } = yield* counting
      const parent = yield* spawn("parent", { supervision: { restartsMax: 1 } })
      yield* supervise({ name: "watch", parent }, effect)
      const bridge = yield* supervise({ name: "bridge", parent }, fragile(10, "across").effect)
      yield* patience
      assert.strictEqual((yield* Effect.flip(bridge.outcome))._tag, "BridgeOut")
      assert.strictEqual(yield* Ref.get(starts), 2)
      assert.strictEqual((yield* parent.run("Go on.")).reason, "completed")
      yield* untilIdle
    }).pipe(here)
  )

  it.effect("programs are given up together when the root restarts neither", () =>
    Effect.gen(function* () {
      const { effect } = yield* counting
      const parent = yield* spawn("parent", { restart: "temporary", supervision: { restartsMax: 0 } })
      const watch = yield* supervise({ name: "watch", parent }, effect)
      yield* supervise({ name: "bridge", parent }, fragile(10, "across").effect)
      yield* patience
      assert.strictEqual((yield* Effect.flip(watch.outcome)).reason, "Failed")
    }).pipe(here)
  )
})

describe("a watcher", () => {
  it.effect("a watcher is told of a program's start, failures, restarts and end", () => {
    const messages: Array<Inspection> = []
    const watching = Layer.succeed(Inspector, { watching: true, publish: (message) => void messages.push(message) })
    return Effect.gen(function* () {
      const program = yield* supervise({ name: "bridge" }, fragile(1, "across").effect)
      yield* patience
      yield* program.outcome
      assert.deepStrictEqual(
        events(about(rootActorId, messages)).map(({ event: { child, ending, type } }) => [type, child, ending]),
        [
          ["ProgramStarted", "program:bridge", undefined],
          ["ChildFailed", "program:bridge", undefined],
          ["ChildRestarted", "program:bridge", undefined],
          ["ProgramEnded", "program:bridge", "completed"]
        ]
      )
    }).pipe(Effect.provide(Layer.provide(world({ model: scripted() }), watching)))
  })
})
