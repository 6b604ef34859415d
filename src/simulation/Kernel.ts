/**
 * The simulation kernel: a virtual clock, and a scheduler that chooses who runs next.
 *
 * Everything runs synchronously on the caller's stack: no timer, no promise, no micro-task. When nothing is runnable, the
 * clock jumps to the next sleeper; when there is none either, the program waits for something that cannot happen.
 *
 * @since 0.1.0
 */
import { Clock, Context, Duration, Effect, type Exit, Fiber, Schema, type Scheduler, Tracer } from "effect"
import { SleeperHeap } from "./SleeperHeap.js"
import { lifeCode } from "../layers/aios/index.js"

/**
 * Why a simulation could not go on.
 *
 * - `Deadlock`: nothing is runnable and nobody sleeps, but the program has not ended; a promise in it looks like this
 * - `TimeLimit`: it ran past the virtual time it may take
 * - `TaskLimit`: it took more steps than it may
 *
 * @since 0.1.0
 * @category errors
 */
export class SimulationError extends Schema.TaggedError<SimulationError>("life-agent-os/SimulationError")(
  "SimulationError",
  {
    reason: Schema.Literal("Deadlock", "TimeLimit", "TaskLimit", "InvalidOptions"),
    message: Schema.String,
    /** What the waiting fibers wait in, for a deadlock. */
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
  /** The fiber it belongs to, by its number in this simulation; 0 for none. */
  readonly fiber: number
  /** The fiber that forked that fiber, when that one had not begun yet; 0 otherwise. */
  readonly begunBy: number
}

/**
 * Chooses which of the ready tasks runs next, by its index. There is at least one.
 */
export type Chooser = (ready: ReadonlyArray<Task>) => number

/**
 * How far a simulation may go.
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
 * What may happen to a process besides its own doing.
 */
export interface Hazards {
  /** Asked before each task: whether the process dies now. */
  readonly dies: () => boolean
  /** Asked before each jump of the clock: how many milliseconds further it jumps. */
  readonly jumps: () => number
}

type AnyFiber = Fiber.RuntimeFiber<unknown, unknown>

type Main = AnyFiber

export class Kernel {
  now: number
  tasks = 0
  private readonly sleepers = new SleeperHeap()
  private ready: Array<Task> = []
  /** Tasks that let everybody else go first. */
  private late: Array<Task> = []
  private order = 0
  private readonly fibers = new WeakMap<object, number>()
  private fiberCount = 0
  private running = 0
  /** Fibers that have not begun yet: by whom each was forked, and how many of its tasks have run. */
  private readonly newborn = new Map<number, { readonly by: number; readonly fiber: AnyFiber; tasks: number }>()

  constructor(
    private readonly start: number,
    private readonly choose: Chooser,
    private readonly limits: KernelLimits,
    /** Steps of a fiber after which another one may go on; as many as the live scheduler gives it unless given. */
    private readonly turnSteps = liveTurnSteps
  ) {
    this.now = start
  }

  readonly scheduler: Scheduler.Scheduler = {
    shouldYield: (fiber) => fiber.currentOpCount > this.turnSteps && itsOwnPriority,
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
   * Runs a program to its end; gives nothing when the process died. `bury` is called then, before the dead fibers are
   * cleaned away: from that moment they must not be able to reach anything. Throws a {@link SimulationError}.
   */
  run<A, E>(program: Effect.Effect<A, E>, hazards: Hazards, bury: () => void): Exit.Exit<A, E> | undefined {
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
        bury()
        this.cleanUp(main)
      }
    }
  }

  // Fibers that are merely dropped may hold timers of the host (Effect.never has one) and keep the process alive.
  // Those that are ready must still run once: a fiber whose turn is dropped never hears of its interruption.
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
    // Whoever is due by now is ready together, so that the chooser can let them overlap.
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
        "nothing is runnable and nobody sleeps, but the program has not ended. Waiting for something that cannot " +
        `happen: ${waiting.join(", ")}. A promise (Effect.promise, fetch, an SDK) never resolves in a simulation: put ` +
        "it behind a port, or talk through HttpClient to a server of the option network",
      waiting
    })
  }

  // Fibers answer questions about themselves when they are run.
  private ask<A>(question: Effect.Effect<A>): A | undefined {
    let answer: A | undefined
    Effect.runFork(question, { scheduler: this.scheduler }).addObserver((exit) => {
      if (exit._tag === "Success") answer = exit.value
    })
    for (let task = this.take(() => 0); task !== undefined; task = this.take(() => 0)) task.run()
    return answer
  }

  // The first task of a fiber may do no more than have it begin with the second, and it may be held up over and over
  // before its first pause; both leave it without steps in its present turn.
  private hasRun(fiber: number): void {
    const newborn = this.newborn.get(fiber)
    if (newborn === undefined) return
    // A whole turn is a beginning, whatever it ended with.
    const begun = this.turnSteps >= liveTurnSteps || newborn.fiber.currentOpCount > 0
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

// What Effect itself takes for granted: the tasks of a fiber keep their order, and a fiber begins before the one that
// forked it goes on. Otherwise an Effect.all that is interrupted at its beginning hangs.
const inTurn = (tasks: ReadonlyArray<Task>, index: number): number => {
  const fiber = tasks[index]?.fiber ?? 0
  if (fiber === 0) return index
  const earlier = tasks.findIndex((task, at) => task.begunBy === fiber || (at < index && task.fiber === fiber))
  return earlier < 0 ? index : inTurn(tasks, earlier)
}

// A priority that is given holds for the one pause, and Effect takes twenty steps to set it and to set it back. Without
// one, the fiber pauses with the priority it has.
const itsOwnPriority = ({} as { readonly priority: number }).priority

// What the live scheduler gives a fiber before another one may go on.
const liveTurnSteps = 2_048

// One that never pauses must not keep its parent waiting for ever.
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

// A program and what it forked, by the numbers in which they were begun, with the name of the span each is in.
const waitingFibers = (main: Main): Effect.Effect<ReadonlyArray<string>> =>
  Effect.map(Fiber.children(main), (children) => [
    nameOf(main, "the main fiber"),
    ...children.map((child, index) => nameOf(child, `its child ${index + 1}`))
  ])

const nameOf = (fiber: Main, place: string): string => {
  const span = Context.getOption(fiber.currentContext, Tracer.ParentSpan)
  return span._tag === "Some" && span.value._tag === "Span" ? `${place} in ${span.value.name}` : place
}
