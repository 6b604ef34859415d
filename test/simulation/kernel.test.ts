/** The kernel: the heap of sleepers, the virtual clock, the scheduler, and the limits that stop an endless program. */
import { assert, describe, it } from "@effect/vitest"
import { Clock, Effect, Exit, Fiber } from "effect"
import * as fc from "fast-check"
import { type Hazards, Kernel, SimulationError } from "../../src/simulation/Kernel.js"
import { type Sleeper, SleeperHeap } from "../../src/simulation/SleeperHeap.js"

const calm: Hazards = { dies: () => false, jumps: () => 0 }
const limits = { virtualMsMax: 1_000_000, tasksMax: 100_000 }
const nothing = () => {}

const run = <A, E>(
  program: Effect.Effect<A, E>,
  hazards = calm,
  choose: (ready: ReadonlyArray<unknown>) => number = () => 0
) => new Kernel(0, choose, limits).run(program, hazards, nothing)

const valueOf = <A, E>(program: Effect.Effect<A, E>, hazards = calm): A => {
  const exit = run(program, hazards)
  assert(exit?._tag === "Success")
  return exit.value
}

const errorOf = (act: () => unknown): SimulationError => {
  try {
    act()
  } catch (error) {
    assert.instanceOf(error, SimulationError)
    return error
  }
  return assert.fail("it ended")
}

describe("the heap of sleepers", () => {
  it("the heap of sleepers gives the same order as a sorted list after any cancellations", () => {
    const command = fc.oneof(
      fc.record({ type: fc.constant("add" as const), at: fc.nat(20) }),
      fc.record({ type: fc.constant("remove" as const), which: fc.nat() }),
      fc.constant({ type: "take" as const })
    )
    fc.assert(
      fc.property(fc.array(command, { maxLength: 200 }), (commands) => {
        const heap = new SleeperHeap()
        let list: Array<Sleeper> = []
        let order = 0
        for (const each of commands) {
          if (each.type === "add") {
            const sleeper = { at: each.at, order: order++, wake: nothing, index: -1 }
            heap.add(sleeper)
            list = [...list, sleeper].toSorted((a, b) => a.at - b.at || a.order - b.order)
          } else if (each.type === "take") {
            assert.strictEqual(heap.take(), list.shift())
          } else if (list.length > 0) {
            const [sleeper] = list.splice(each.which % list.length, 1)
            if (sleeper !== undefined) {
              heap.remove(sleeper)
              heap.remove(sleeper)
              assert.strictEqual(sleeper.index, -1)
            }
          }
          assert.strictEqual(heap.size, list.length)
        }
        for (const sleeper of list) assert.strictEqual(heap.take(), sleeper)
        assert.isUndefined(heap.take())
      }),
      { numRuns: 300 }
    )
  })

  it("the heap of sleepers moves no more than two paths of the tree when a sleep is cancelled", () => {
    const heap = new SleeperHeap()
    let moves = 0
    const sleepers = Array.from({ length: 10_000 }, (_, order): Sleeper => {
      let index = -1
      return {
        at: (order * 7919) % 10_007,
        order,
        wake: nothing,
        get index() {
          return index
        },
        set index(value) {
          index = value
          moves++
        }
      }
    })
    for (const sleeper of sleepers) heap.add(sleeper)
    for (const sleeper of sleepers) {
      moves = 0
      heap.remove(sleeper)
      assert.isAtMost(moves, 2 * Math.ceil(Math.log2(10_000)) + 3)
    }
    assert.strictEqual(heap.size, 0)
  })
})

describe("the virtual clock", () => {
  it("the virtual clock moves to the next sleeper when nothing is runnable, and wakes equals in order", () => {
    const woken: Array<string> = []
    const sleep = (name: string, ms: number) =>
      Effect.sleep(ms).pipe(
        Effect.zipRight(Clock.currentTimeMillis),
        Effect.map((now) => woken.push(`${name}@${now}`))
      )
    valueOf(
      Effect.all([sleep("a", 20), sleep("b", 10), sleep("c", 20), sleep("d", 10.2)], { concurrency: "unbounded" })
    )
    assert.deepStrictEqual(woken, ["b@10", "d@11", "a@20", "c@20"])
  })

  it("the virtual clock jumps forward only: skipped sleepers wake late, together and in order", () => {
    const times: Array<number> = []
    const jumps = [500, 3]
    const hazards = { dies: () => false, jumps: () => jumps.shift() ?? 0 }
    const note = (ms: number) =>
      Effect.zipRight(
        Effect.sleep(ms),
        Effect.map(Clock.currentTimeMillis, (now) => times.push(now))
      )
    valueOf(Effect.all([note(10), note(20), note(30), note(1_000)], { concurrency: "unbounded" }), hazards)
    assert.deepStrictEqual(times, [510, 510, 510, 1_003])
  })

  it("the virtual clock forgets a sleep whose fiber was interrupted", () => {
    const kernel = new Kernel(0, () => 0, limits)
    const program = Effect.gen(function* () {
      const fiber = yield* Effect.fork(Effect.sleep("10 minutes"))
      yield* Effect.yieldNow()
      yield* Fiber.interrupt(fiber)
    })
    assert.strictEqual(kernel.run(program, calm, nothing)?._tag, "Success")
    assert.strictEqual(kernel.elapsedMs, 0)
  })
})

describe("a program that would not end", () => {
  it("a program that awaits a promise is a deadlock, and the waiting fibers are named", () => {
    const fetching = Effect.promise(() => new Promise<void>(nothing)).pipe(Effect.withSpan("fetching"))
    const error = errorOf(() =>
      run(Effect.zipRight(Effect.fork(fetching), Effect.withSpan(Effect.never, "waiting for the page")))
    )
    assert.strictEqual(error.reason, "Deadlock")
    assert.deepStrictEqual(error.waiting, ["the main fiber in waiting for the page", "its child 1 in fetching"])
    assert.include(error.message, "its child 1 in fetching")
  })

  it("a program that would not end is ended at the limit of virtual time", () => {
    const error = errorOf(() => run(Effect.forever(Effect.sleep("1 minute"))))
    assert.strictEqual(error.reason, "TimeLimit")
    assert.include(error.message, "limits.virtualMsMax")
  })

  it("a program that would not end is ended at the limit of steps", () => {
    const error = errorOf(() => run(Effect.forever(Effect.yieldNow())))
    assert.strictEqual(error.reason, "TaskLimit")
    assert.include(error.message, "limits.tasksMax")
  })
})

describe("a process that dies", () => {
  it("a process that dies is buried before its finalizers run, and gives no exit", () => {
    const story: Array<string> = []
    const note = (what: string) => Effect.sync(() => story.push(what))
    let tasks = 0
    const exit = new Kernel(0, () => 0, limits).run(
      Effect.ensuring(Effect.forever(Effect.yieldNow()), note("finalizer")),
      { dies: () => ++tasks > 5, jumps: () => 0 },
      () => story.push("buried")
    )
    assert.isUndefined(exit)
    assert.deepStrictEqual(story, ["buried", "finalizer"])
  })
})

describe("fibers", () => {
  // Reads, does some steps, and writes the value it has read plus one.
  const adder = (steps: Effect.Effect<void>) => {
    let counter = 0
    const add = Effect.gen(function* () {
      yield* Effect.sleep(10)
      const before = counter
      yield* steps
      counter = before + 1
    })
    return Effect.map(Effect.all([add, add], { concurrency: "unbounded" }), () => counter)
  }

  it("fibers that were asleep until the same millisecond overlap", () => {
    assert.strictEqual(valueOf(adder(Effect.yieldNow())), 1)
  })

  it("fibers are held up between two of their steps when their turn is short, and not when it is long", () => {
    const steps = Effect.forEach(Array(100), () => Effect.void, { discard: true })
    const counted = (sliceSteps: number) =>
      new Kernel(0, () => 0, limits, sliceSteps).run(adder(steps), calm, nothing)?.pipe(Exit.getOrElse(() => undefined))
    assert.deepStrictEqual([counted(2_048), counted(16)], [2, 1])
  })
})

describe("the chooser", () => {
  it("the chooser decides which of the ready tasks runs next", () => {
    const story = (choose: (ready: ReadonlyArray<unknown>) => number) => {
      const order: Array<number> = []
      const note = (n: number) =>
        Effect.zipRight(
          Effect.yieldNow(),
          Effect.sync(() => order.push(n))
        )
      run(Effect.all([note(1), note(2), note(3)], { concurrency: "unbounded" }), calm, choose)
      return order
    }
    assert.deepStrictEqual(
      story(() => 0),
      [1, 2, 3]
    )
    assert.deepStrictEqual(
      story((ready) => ready.length - 1),
      [3, 2, 1]
    )
  })

  it("the chooser keeps a fiber's tasks in order, and lets its children begin before it goes on", () => {
    const both = Effect.all([Effect.never, Effect.never], { concurrency: "unbounded" })
    const interrupted = Effect.flatMap(Effect.fork(both), (fiber) =>
      Effect.zipRight(Effect.yieldNow(), Fiber.interrupt(fiber))
    )
    // This holds also when fibers are held up between any two of their steps.
    const turns = fc.integer({ min: 16, max: 64 })
    fc.assert(
      fc.property(turns, fc.array(fc.nat(), { maxLength: 40 }), (turn, picks) => {
        let next = 0
        const choose = (ready: ReadonlyArray<unknown>) => (picks[next++] ?? 0) % ready.length
        const exit = new Kernel(0, choose, limits, turn).run(interrupted, calm, nothing)
        assert.strictEqual(exit?._tag, "Success")
      }),
      { numRuns: 1_000 }
    )
  })
})
