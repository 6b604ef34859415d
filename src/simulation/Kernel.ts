/**
 * The simulation kernel: a virtual clock, and a scheduler that chooses the next task.
 *
 * Everything runs synchronously on the caller's stack: no timer, no promise, no micro-task. When no task is ready, the
 * clock jumps to the next sleeper. When no fiber sleeps either, the program waits for something that cannot happen.
 *
 * @since 0.1.0
 */
import { Clock, Context, Duration, Effect, type Exit, Fiber, Schema, type Scheduler, Tracer } from "effect"
import { SleeperHeap } from "./SleeperHeap.js"
import { lifeCode } from "../layers/aios/index.js"

/**
 * Reason why a simulation could not go on.
 *
 * - `Deadlock`: no task is ready and no fiber sleeps, but the program has not ended; a promise in it has this effect
 * - `TimeLimit`: the program ran past the limit of virtual time
 * - `TaskLimit`: the program took more steps than the limit
 *
 * @since 0.1.0
 * @category errors
 */
export class SimulationError extends Schema.TaggedError<SimulationError>("life-agent-os/SimulationError")(
  "SimulationError",
  {
    reason: Schema.Literal("Deadlock", "TimeLimit", "TaskLimit", "InvalidOptions"),
    message: Schema.String,
    /** The waiting fibers, each with the span it waits in, for a deadlock. */
    waiting: Schema.optional(Schema.Array(Schema.String))
  }
) {
  get code() {
    return lifeCode(this)
  }
}

/**
 * A piece of work that is ready to run.
 */
export interface Task {
  readonly run: () => void
  /** Number of the task's fiber in this simulation; 0 for none. */
  readonly fiber: number
  /** Number of the fiber that forked the task's fiber, while the task's fiber has not begun yet; 0 otherwise. */
  readonly begunBy: number
}

/**
 * Gives the index of the ready task that runs next. At least one task is ready.
 */
export type Chooser = (ready: ReadonlyArray<Task>) => number

/**
 * Limits of a simulation.
 *
 * @since 0.1.0
 * @category models
 */
export interface KernelLimits {
  /** Virtual milliseconds. */
  readonly virtualMsMax: number
  /** Steps of the scheduler. */
  readonly tasksMax: number
}

/**
 * Events that may happen to a process from outside.
 */
export interface Hazards {
  /** Called before each task; true kills the process now. */
  readonly dies: () => boolean
  /** Called before each jump of the clock; gives the milliseconds that it jumps further. */
  readonly jumps: () => number
}

type AnyFiber = Fiber.RuntimeFiber<unknown, unknown>

type Main = AnyFiber

export class Kernel {
  now: number
  tasks = 0
  private readonly sleepers = new SleeperHeap()
  private ready: Array<Task> = []
  /** Tasks that run only when no other task is ready. */
  private late: Array<Task> = []
  private order = 0
  private readonly fibers = new WeakMap<object, number>()
  private fiberCount = 0
  private running = 0
  /** Fibers that have not begun yet: the fiber that forked each, and the number of its tasks that have run. */
  private readonly newborn = new Map<number, { readonly by: number; readonly fiber: AnyFiber; tasks: number }>()

  constructor(
    private readonly start: number,
    private readonly choose: Chooser,
    private readonly limits: KernelLimits,
    /** Steps of a fiber after which another fiber may go on. @default 2 048, as in the live scheduler */
    private readonly sliceSteps = liveSliceSteps
  ) {
    this.now = start
  }

  readonly scheduler: Scheduler.Scheduler = {
    shouldYield: (fiber) => fiber.currentOpCount > this.sliceSteps && itsOwnPriority,
    scheduleTask: (run, priority, fiber) => {
      const number = fiber === undefined ? 0 : this.numberOf(fiber)
      const task = { run, fiber: number, begunBy: this.newborn.get(number)?.by ?? 0 }
      if (priority > 0) this.late.push(task)
      else this.ready.push(task)
    }
  }

  readonly clock: Clock.Clock = {
    [Clock.ClockTypeId]: Clock.ClockTypeId,
    unsafeCurrentTimeMillis: () => this.now,
    unsafeCurrentTimeNanos: () => BigInt(this.now) * 1_000_000n,
    currentTimeMillis: Effect.sync(() => this.now),
    currentTimeNanos: Effect.sync(() => BigInt(this.now) * 1_000_000n),
    sleep: (duration) =>
      Effect.async<void>((resume) => {
        // Whole milliseconds, as a wall clock has them in a journal.
        const at = this.now + Math.ceil(Duration.toMillis(duration))
        const sleeper = { at, order: this.order++, wake: () => resume(Effect.void), index: -1 }
        this.sleepers.add(sleeper)
        return Effect.sync(() => this.sleepers.remove(sleeper))
      })
  }

  /** Virtual milliseconds that have passed. */
  get elapsedMs(): number {
    return this.now - this.start
  }

  /**
   * Runs a program to its end; gives `undefined` when the process died. In that case it calls `atDeath` before it cleans
   * up the dead fibers: from that moment on, they must not be able to reach anything. Throws a {@link SimulationError}.
   */
  run<A, E>(program: Effect.Effect<A, E>, hazards: Hazards, atDeath: () => void): Exit.Exit<A, E> | undefined {
    const ended: { exit?: Exit.Exit<A, E> } = {}
    const main = Effect.runFork(program.pipe(Effect.withClock(this.clock)), { scheduler: this.scheduler })
    main.addObserver((exit) => {
      ended.exit = exit
    })
    try {
      while (ended.exit === undefined) {
        if (hazards.dies()) return undefined
        this.step(main, hazards)
      }
      return ended.exit
    } finally {
      if (ended.exit === undefined) {
        atDeath()
        this.cleanUp(main)
      }
    }
  }

  // Fibers that are merely dropped may hold timers of the host (Effect.never has one) and keep the process alive.
  // Ready fibers must still run once: a fiber whose task is dropped never learns of its interruption.
  private cleanUp(main: Main): void {
    this.sleepers.clear()
    main.unsafeInterruptAsFork(main.id())
    for (let steps = 0; steps < cleanUpTasksMax && (this.ready.length > 0 || this.late.length > 0); steps++) {
      this.take(() => 0)?.run()
    }
    this.forgetAll()
  }

  private forgetAll(): void {
    this.ready = []
    this.late = []
    this.sleepers.clear()
  }

  private step(main: Main, hazards: Hazards): void {
    const task = this.take(this.choose)
    if (task !== undefined) {
      if (++this.tasks > this.limits.tasksMax) throw taskLimit(this.limits)
      this.running = task.fiber
      task.run()
      this.running = 0
      return this.hasRun(task.fiber)
    }
    const at = this.sleepers.nextAt
    if (at === undefined) throw this.deadlock(main)
    this.now = at + hazards.jumps()
    if (this.elapsedMs > this.limits.virtualMsMax) throw timeLimit(this.limits)
    // All sleepers that are due by now become ready together, so that the chooser can let them overlap.
    while ((this.sleepers.nextAt ?? Number.POSITIVE_INFINITY) <= this.now) this.sleepers.take()?.wake()
  }

  private take(choose: Chooser): Task | undefined {
    const tasks = this.ready.length > 0 ? this.ready : this.late
    if (tasks.length <= 1) return tasks.shift()
    const index = inTurn(tasks, choose(tasks))
    return index === 0 ? tasks.shift() : tasks.splice(index, 1)[0]
  }

  private deadlock(main: Main): SimulationError {
    const waiting = this.ask(waitingFibers(main)) ?? []
    return new SimulationError({
      reason: "Deadlock",
      message:
        "no task is ready and no fiber sleeps, but the program has not ended. These fibers wait for something that " +
        `cannot happen: ${waiting.join(", ")}. A promise (Effect.promise, fetch, an SDK) never resolves in a ` +
        "simulation: put it behind a port, or talk through HttpClient to a server of the option network",
      waiting
    })
  }

  // A fiber answers a question about itself only when it runs.
  private ask<A>(question: Effect.Effect<A>): A | undefined {
    let answer: A | undefined
    Effect.runFork(question, { scheduler: this.scheduler }).addObserver((exit) => {
      if (exit._tag === "Success") answer = exit.value
    })
    for (let task = this.take(() => 0); task !== undefined; task = this.take(() => 0)) task.run()
    return answer
  }

  // The first task of a fiber may only schedule the second, in which the fiber begins. The scheduler may also pause a
  // fiber several times before the fiber pauses by itself. In both cases the fiber has no steps in its present slice.
  private hasRun(fiber: number): void {
    const newborn = this.newborn.get(fiber)
    if (newborn === undefined) return
    // A fiber that had a whole slice has begun, also when the slice ended without steps.
    const begun = this.sliceSteps >= liveSliceSteps || newborn.fiber.currentOpCount > 0
    if (begun || ++newborn.tasks > birthTasksMax) this.newborn.delete(fiber)
  }

  private numberOf(fiber: AnyFiber): number {
    const known = this.fibers.get(fiber)
    if (known !== undefined) return known
    this.fibers.set(fiber, ++this.fiberCount)
    this.newborn.set(this.fiberCount, { by: this.running, fiber, tasks: 0 })
    return this.fiberCount
  }
}

// Effect itself assumes that the tasks of a fiber keep their order, and that a fiber begins before the fiber that
// forked it goes on. Otherwise an Effect.all that is interrupted at its beginning hangs.
const inTurn = (tasks: ReadonlyArray<Task>, index: number): number => {
  const fiber = tasks[index]?.fiber ?? 0
  if (fiber === 0) return index
  const earlier = tasks.findIndex((task, at) => task.begunBy === fiber || (at < index && task.fiber === fiber))
  return earlier < 0 ? index : inTurn(tasks, earlier)
}

// A priority that is given here holds for one pause, and Effect takes twenty steps to set and to restore it. Without
// one, the fiber pauses with its own priority.
const itsOwnPriority = ({} as { readonly priority: number }).priority

// Steps that the live scheduler gives a fiber before another fiber may go on.
const liveSliceSteps = 2_048

// A fiber that never pauses must not keep its parent waiting for ever.
const birthTasksMax = 64

const cleanUpTasksMax = 1_000_000

const timeLimit = ({ virtualMsMax }: KernelLimits) =>
  new SimulationError({
    reason: "TimeLimit",
    message:
      `the program has not ended after ${virtualMsMax} virtual milliseconds; raise limits.virtualMsMax, ` +
      "or look for something that goes on for ever"
  })

const taskLimit = ({ tasksMax }: KernelLimits) =>
  new SimulationError({
    reason: "TaskLimit",
    message: `the program has not ended after ${tasksMax} steps; raise limits.tasksMax, or look for a loop`
  })

// Gives the main fiber and its children, numbered in the order in which they began, each with the name of its span.
const waitingFibers = (main: Main): Effect.Effect<ReadonlyArray<string>> =>
  Effect.map(Fiber.children(main), (children) => [
    nameOf(main, "the main fiber"),
    ...children.map((child, index) => nameOf(child, `its child ${index + 1}`))
  ])

const nameOf = (fiber: Main, place: string): string => {
  const span = Context.getOption(fiber.currentContext, Tracer.ParentSpan)
  return span._tag === "Some" && span.value._tag === "Span" ? `${place} in ${span.value.name}` : place
}
