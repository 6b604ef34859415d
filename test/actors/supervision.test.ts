import { assert, describe, it } from "@effect/vitest"
import { Deferred, Effect, Exit, Fiber, Layer, Scope, TestClock } from "effect"
import { ActorSystem } from "../../src/actors/ActorSystem.js"
import { Homeostat, type Journal, JournalError, phasesOf } from "../../src/layers/aios/index.js"
import { Autonomic } from "../../src/layers/autonomic/index.js"
import { ScriptedModel } from "../../src/layers/arcan/index.js"
import { SqliteJournal } from "../../src/layers/lago/index.js"
import { failing, intercepted, type Side } from "../support/faults.js"
import { calls, checkStory, ofType, outcomes, scripted, spawn, untilIdle } from "../support/story.js"
import { ground, harness, openPolicy, population, reader, type TestTool, world } from "../support/world.js"

/** Dies the first `times` times and then gives `value`. */
const fragile = <A>(times: number, value: A) => {
  const seen = { tries: 0 }
  const effect = Effect.suspend(() =>
    ++seen.tries <= times ? Effect.dieMessage("the bridge is out") : Effect.succeed(value)
  )
  return { seen, effect }
}

/** Lets every backoff pass. */
const patience = Effect.repeatN(Effect.zipRight(untilIdle, TestClock.adjust("11 seconds")), 8)

/** Lets seconds pass one by one, also while agents are at work. */
const seconds = (count: number) =>
  Effect.repeatN(Effect.zipRight(Effect.repeatN(Effect.yieldNow(), 50), TestClock.adjust("1 second")), count - 1)

describe("an agent whose model fails with a defect", () => {
  it.effect("an agent whose model fails with a defect is restarted after the backoff and runs on to its end", () => {
    const { effect, seen } = fragile(1, { content: "Through." })
    return Effect.gen(function* () {
      const agent = yield* spawn()
      const run = yield* Effect.fork(agent.run("Cross."))
      yield* Effect.yieldNow()
      yield* untilIdle
      yield* TestClock.adjust("79 millis")
      assert.strictEqual(seen.tries, 1)
      yield* TestClock.adjust("41 millis")
      assert.strictEqual((yield* Fiber.join(run)).finalAnswer, "Through.")
      assert.strictEqual(seen.tries, 2)
      yield* checkStory(agent.sessionId)
    }).pipe(Effect.provide(world({ model: scripted(effect) })))
  })

  it.effect("an agent that fails more often than the intensity allows errors, and can be run again", () => {
    const { effect, seen } = fragile(6, { content: "Through." })
    return Effect.gen(function* () {
      const agent = yield* spawn()
      const run = yield* Effect.fork(agent.run("Cross.", { outcome: true }))
      yield* patience
      const closed = yield* Fiber.join(run)
      assert.strictEqual(closed.reason, "error")
      assert.strictEqual(closed.error, "the bridge is out")
      assert.strictEqual(seen.tries, 6)
      const again = yield* Effect.fork(agent.run("Try once more."))
      yield* patience
      assert.strictEqual((yield* Fiber.join(again)).finalAnswer, "Through.")
      assert.strictEqual(seen.tries, 7)
      const { all } = yield* checkStory(agent.sessionId)
      assert.lengthOf(ofType(all, "RunErrored"), 1)
    }).pipe(Effect.provide(world({ model: ScriptedModel.layer(() => effect) })))
  })

  it.effect("an agent that is given up closes its run as soon as the journal takes the event", () => {
    let refusals = 3
    const journal = intercepted(SqliteJournal.layerMemory, (_, { events }, run) =>
      events.some(({ kind }) => kind.type === "RunErrored") && refusals-- > 0
        ? new JournalError({ reason: "DiskFull", message: "no room" })
        : run
    )
    return Effect.gen(function* () {
      const agent = yield* spawn("once", { restart: "temporary" })
      const run = yield* Effect.fork(agent.run("Cross.", { outcome: true }))
      yield* patience
      assert.strictEqual((yield* Fiber.join(run)).reason, "error")
      assert.strictEqual(refusals, -1)
      yield* checkStory(agent.sessionId)
    }).pipe(Effect.provide(world({ model: scripted(Effect.dieMessage("the bridge is out")), journal })))
  })

  it.effect("an agent that was given up starts its next run with the new objective and an untouched budget", () => {
    const objectives: Array<unknown> = []
    let fails = true
    const model = ScriptedModel.layer(({ messages }) => {
      objectives.push(messages.at(-1))
      return fails ? Effect.dieMessage("the bridge is out") : { content: "done" }
    })
    return Effect.gen(function* () {
      const agent = yield* spawn("once", { restart: "temporary" })
      yield* agent.run("First.", { outcome: true })
      fails = false
      assert.strictEqual((yield* agent.run("Second.", { budget: { ticksRemaining: 3 } })).reason, "completed")
      assert.deepStrictEqual(objectives, [
        { role: "user", content: "First." },
        { role: "user", content: "Second." }
      ])
      yield* checkStory(agent.sessionId)
    }).pipe(Effect.provide(world({ model })))
  })

  it.effect("a temporary agent whose model fails with a defect is not restarted", () => {
    const { effect, seen } = fragile(1, { content: "Through." })
    return Effect.gen(function* () {
      const agent = yield* spawn("once", { restart: "temporary" })
      assert.strictEqual((yield* agent.run("Cross.", { outcome: true })).reason, "error")
      assert.strictEqual(seen.tries, 1)
      yield* checkStory(agent.sessionId)
    }).pipe(Effect.provide(world({ model: scripted(effect) })))
  })

  it.effect("an agent that is given up perceives what it was told while it failed", () =>
    Effect.gen(function* () {
      const [asked, goOn] = yield* Effect.all([Deferred.make<void>(), Deferred.make<void>()])
      const turn = Deferred.succeed(asked, undefined).pipe(
        Effect.zipRight(Deferred.await(goOn)),
        Effect.zipRight(Effect.dieMessage("the bridge is out"))
      )
      yield* Effect.gen(function* () {
        const agent = yield* spawn("once", { restart: "temporary" })
        const run = yield* Effect.fork(agent.run("Cross.", { outcome: true }))
        yield* Deferred.await(asked)
        yield* agent.tell("Take care.")
        yield* Deferred.succeed(goOn, undefined)
        assert.strictEqual((yield* Fiber.join(run)).reason, "error")
        yield* Effect.yieldNow()
        yield* untilIdle
        const { all } = yield* checkStory(agent.sessionId)
        const told = all.findLastIndex(({ kind }) => kind.type === "UserMessage")
        const phases = ofType(all.slice(told), "PhaseEntered").flatMap(phasesOf)
        assert.include(phases, "orient")
      }).pipe(Effect.provide(world({ model: scripted(turn) })))
    })
  )

  it.effect("an agent that fails slowly again and again, and records nothing in between, is given up", () => {
    const slow = Effect.zipRight(Effect.sleep("2 seconds"), Effect.dieMessage("the bridge is out"))
    let tries = 0
    const model = ScriptedModel.layer(() => {
      tries++
      return slow
    })
    return Effect.gen(function* () {
      const agent = yield* spawn()
      const run = yield* Effect.fork(agent.run("Cross.", { outcome: true }))
      yield* seconds(30)
      assert.strictEqual((yield* Fiber.join(run)).error, "the bridge is out")
      assert.strictEqual(tries, 4)
      yield* checkStory(agent.sessionId)
    }).pipe(Effect.provide(world({ model, supervision: { restartsMax: 3, withinMs: 1_000 } })))
  })

  it.effect("an agent goes on after its journal was unavailable for minutes", () =>
    Effect.gen(function* () {
      let isFull: boolean | undefined
      const asked: Array<number> = []
      const journal = intercepted(SqliteJournal.layerMemory, (_, __, run) =>
        isFull === true ? new JournalError({ reason: "DiskFull", message: "no room" }) : run
      )
      const model = ScriptedModel.layer((_, turn) => {
        isFull ??= true
        asked.push(turn)
        return turn === 0 ? calls("look") : { content: "Done." }
      })
      yield* Effect.gen(function* () {
        const agent = yield* spawn()
        const run = yield* Effect.fork(agent.run("Look.", { outcome: true }))
        yield* seconds(200)
        isFull = false
        yield* seconds(5)
        assert.strictEqual((yield* Fiber.join(run)).finalAnswer, "Done.")
        // The model is asked again only when the journal takes events again.
        assert.deepStrictEqual(asked, [0, 0, 1])
        yield* checkStory(agent.sessionId)
      }).pipe(Effect.provide(world({ model, journal })))
    })
  )

  it.effect("an agent whose answers the journal refuses is given up after as many restarts as any other", () => {
    const asked: Array<number> = []
    const journal = intercepted(SqliteJournal.layerMemory, (_, { events }, run) =>
      events.some(({ kind }) => kind.type === "AssistantMessage")
        ? new JournalError({ reason: "DiskFull", message: "no room" })
        : run
    )
    const model = ScriptedModel.layer((_, turn) => {
      asked.push(turn)
      return { content: "Done." }
    })
    return Effect.gen(function* () {
      const agent = yield* spawn()
      const run = yield* Effect.fork(agent.run("Look.", { outcome: true }))
      yield* seconds(60)
      assert.strictEqual((yield* Fiber.join(run)).error, "no room")
      assert.isAtMost(asked.length, 7)
      yield* checkStory(agent.sessionId)
    }).pipe(Effect.provide(world({ model, journal })))
  })

  it.effect("an agent that is given up keeps the run that it begins meanwhile", () =>
    Effect.gen(function* () {
      const system = yield* ActorSystem
      const agent = yield* spawn("boss", { restart: "temporary", supervision: { restartsMax: 0 } })
      const sync = yield* system.supervise({ name: "sync", parent: agent }, Effect.fail("gone"))
      yield* Effect.flip(sync.outcome)
      assert.strictEqual((yield* agent.run("Go on.")).finalAnswer, "Done.")
      yield* checkStory(agent.sessionId)
    }).pipe(Effect.provide(world({ model: scripted({ content: "Done." }) })))
  )

  it.effect("an agent that interrupts itself is restarted, too, and not forgotten", () => {
    let tries = 0
    const model = ScriptedModel.layer(() =>
      Effect.suspend(() => (++tries === 1 ? Effect.interrupt : Effect.succeed({ content: "Through." })))
    )
    return Effect.gen(function* () {
      const agent = yield* spawn()
      const run = yield* Effect.fork(agent.run("Cross.", { outcome: true }))
      yield* patience
      assert.strictEqual((yield* Fiber.join(run)).finalAnswer, "Through.")
      yield* checkStory(agent.sessionId)
    }).pipe(Effect.provide(world({ model })))
  })

  it.effect("an agent that waits for its restart does not hold up the end of the system", () =>
    Effect.gen(function* () {
      const scope = yield* Scope.make()
      const system = yield* Layer.buildWithScope(population({ model: scripted(Effect.dieMessage("out")) }), scope)
      yield* Effect.gen(function* () {
        const agent = yield* spawn()
        yield* Effect.forkDaemon(agent.run("Cross."))
        yield* Effect.yieldNow()
        yield* untilIdle
        yield* Scope.close(scope, Exit.void)
      }).pipe(Effect.provide(system))
    }).pipe(Effect.provide(ground()))
  )
})

describe("a defect in a decision", () => {
  it.effect("a defect in a decision restarts the agent like any other defect", () => {
    let fails = true
    const homeostat = Layer.effect(
      Homeostat,
      Effect.map(Homeostat, (inner) => ({
        ...inner,
        measure: (...measured: Parameters<typeof inner.measure>) => {
          if (fails) throw new Error("no thought")
          return inner.measure(...measured)
        }
      }))
    ).pipe(Layer.provide(Autonomic.layer()))
    return Effect.gen(function* () {
      const agent = yield* spawn()
      const run = yield* Effect.fork(agent.run("Decide."))
      yield* Effect.yieldNow()
      yield* untilIdle
      fails = false
      yield* patience
      assert.strictEqual((yield* Fiber.join(run)).reason, "completed")
      yield* checkStory(agent.sessionId)
    }).pipe(
      Effect.provide(
        ActorSystem.layer({ policy: openPolicy }).pipe(
          Layer.provide(Layer.mergeAll(scripted(), harness({}), homeostat)),
          Layer.provideMerge(ground())
        )
      )
    )
  })
})

describe("siblings", () => {
  /** Three agents read and wait; then the one in the middle fails. Gives how often each began to read. */
  const drama = (strategy: "one-for-one" | "one-for-all" | "rest-for-one") =>
    Effect.gen(function* () {
      const release = yield* Deferred.make<void>()
      const started = { first: 0, second: 0, third: 0 }
      const wait: TestTool = {
        ...reader,
        run: (input) =>
          Effect.suspend(() => {
            const name = String(input) as keyof typeof started
            started[name]++
            return name === "second" && started.second === 1
              ? Effect.dieMessage("the bridge is out")
              : Effect.as(Deferred.await(release), "seen")
          })
      }
      const model = ScriptedModel.layer(({ messages }, turn) => {
        const [objective] = messages
        return turn === 0 && objective?.role === "user"
          ? ScriptedModel.call("wait", objective.content)
          : { content: "done" }
      })
      return yield* Effect.gen(function* () {
        const first = yield* spawn("first")
        const second = yield* spawn("second")
        const third = yield* spawn("third")
        const agents = [first, third, second]
        // The one in the middle runs last, when the others read already.
        const forked = yield* Effect.forEach(agents, (agent) =>
          Effect.zipLeft(Effect.fork(agent.run(agent.name)), Effect.repeatN(Effect.yieldNow(), 50))
        )
        yield* TestClock.adjust("1 second")
        yield* Deferred.succeed(release, undefined)
        for (const run of forked) assert.strictEqual((yield* Fiber.join(run)).reason, "completed")
        for (const agent of agents) {
          assert.deepStrictEqual(outcomes((yield* checkStory(agent.sessionId)).all), ["wait ok"])
        }
        return started
      }).pipe(Effect.provide(world({ model, tools: { wait }, supervision: { strategy } })))
    })

  it.effect("siblings are left alone under one-for-one", () =>
    Effect.map(drama("one-for-one"), (started) => assert.deepStrictEqual(started, { first: 1, second: 2, third: 1 }))
  )

  it.effect("siblings are all restarted under one-for-all", () =>
    Effect.map(drama("one-for-all"), (started) => assert.deepStrictEqual(started, { first: 2, second: 2, third: 2 }))
  )

  it.effect("siblings under rest-for-one are restarted if they were started later", () =>
    Effect.map(drama("rest-for-one"), (started) => assert.deepStrictEqual(started, { first: 1, second: 2, third: 2 }))
  )

  it.effect("siblings that each fail once are all restarted, however many they are", () => {
    const failed = new Set<string>()
    const model = ScriptedModel.layer(({ sessionId }) =>
      Effect.suspend(() => {
        if (failed.has(sessionId)) return Effect.succeed({ content: "done" })
        failed.add(sessionId)
        return Effect.dieMessage("the bridge is out")
      })
    )
    return Effect.gen(function* () {
      const agents = yield* Effect.forEach(
        Array.from({ length: 20 }, (_, n) => `a${n}`),
        (name) => spawn(name)
      )
      const runs = yield* Effect.forEach(agents, (agent) => Effect.fork(agent.run("Cross.")))
      yield* patience
      for (const run of runs) assert.strictEqual((yield* Fiber.join(run)).reason, "completed")
    }).pipe(Effect.provide(world({ model })))
  })
})

describe("a child that keeps failing", () => {
  it.effect("a child that keeps failing is given up, and its parent and siblings are restarted", () => {
    const tries = { parent: 0, sibling: 0, child: 0 }
    const model = ScriptedModel.layer(({ system }, turn) => {
      const name = system.includes("child") ? "child" : system.includes("sibling") ? "sibling" : "parent"
      tries[name]++
      return name === "child"
        ? Effect.dieMessage("the bridge is out")
        : turn === 0
          ? calls("wait")
          : { content: "done" }
    })
    return Effect.gen(function* () {
      const release = yield* Deferred.make<void>()
      let waits = 0
      const wait: TestTool = {
        ...reader,
        run: () => Effect.suspend(() => (waits++, Effect.as(Deferred.await(release), "seen")))
      }
      yield* Effect.gen(function* () {
        const parent = yield* spawn("parent", { supervision: { restartsMax: 1 } })
        const sibling = yield* spawn("sibling", { parent })
        const child = yield* spawn("child", { parent })
        const runs = yield* Effect.forEach([parent, sibling], (agent) => Effect.fork(agent.run("Go.")))
        yield* Effect.repeatN(Effect.yieldNow(), 100)
        assert.strictEqual(waits, 2)
        const failing = yield* Effect.fork(child.run("Cross.", { outcome: true }))
        yield* Effect.repeatN(Effect.zipRight(Effect.repeatN(Effect.yieldNow(), 100), TestClock.adjust("1 second")), 3)
        const closed = yield* Fiber.join(failing)
        assert.strictEqual(closed.error, "the bridge is out")
        assert.strictEqual(tries.child, 2)
        // The reading of both was cut off and begun again.
        assert.strictEqual(waits, 4)
        yield* Deferred.succeed(release, undefined)
        for (const run of runs) assert.strictEqual((yield* Fiber.join(run)).reason, "completed")
        for (const agent of [parent, sibling, child]) yield* checkStory(agent.sessionId)
      }).pipe(Effect.provide(world({ model, tools: { wait } })))
    })
  })
})

describe("a journal that fails once", () => {
  const tell = (journal: Layer.Layer<Journal, never>) =>
    Effect.gen(function* () {
      const agent = yield* spawn()
      const run = yield* Effect.fork(agent.run("Look twice."))
      yield* patience
      const closed = yield* Effect.exit(Fiber.join(run))
      const { all } = yield* checkStory(agent.sessionId)
      return { closed, told: [...ofType(all, "AssistantMessage").map(({ content }) => content), ...outcomes(all)] }
    }).pipe(
      Effect.provide(
        population({
          model: scripted({ ...calls("look#1"), content: "first" }, { ...calls("look#2"), content: "second" }),
          tools: { look: reader }
        }).pipe(Layer.provideMerge(ground(journal)))
      )
    )

  it.effect(
    "a journal that fails once at any append costs nothing and doubles nothing",
    () =>
      Effect.gen(function* () {
        let appends = 0
        const whole = yield* tell(
          Layer.orDie(intercepted(SqliteJournal.layerMemory, (number, _, run) => ((appends = number), run)))
        )
        assert.isAbove(appends, 5)
        // The first two appends are those of spawn and run; their failure belongs to the caller.
        for (let at = 3; at <= appends; at++) {
          for (const side of ["before", "after"] satisfies ReadonlyArray<Side>) {
            const { closed, told } = yield* tell(Layer.orDie(failing(SqliteJournal.layerMemory, at, side)))
            assert.isTrue(Exit.isSuccess(closed), `append ${at} ${side}: ${closed}`)
            assert.deepStrictEqual(told, whole.told, `append ${at} ${side}`)
          }
        }
      }),
    60_000
  )

  it.effect("a journal that fails once is reported to the caller whose message it was", () =>
    Effect.gen(function* () {
      const agent = yield* spawn()
      assert.strictEqual((yield* Effect.flip(agent.run("Look."))).reason, "Failed")
      assert.strictEqual((yield* agent.run("Look.")).reason, "completed")
      yield* checkStory(agent.sessionId)
    }).pipe(
      Effect.provide(
        world({
          model: scripted(),
          journal: failing(SqliteJournal.layerMemory, 2, "before")
        })
      )
    )
  )
})
