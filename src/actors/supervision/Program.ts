/**
 * Supervised programs: Effects that run as children of the root or of an agent, beside agents.
 *
 * @since 0.1.0
 */
import { Cause, type Clock, Deferred, Effect, Exit, FiberId, type Scope } from "effect"
import { Actor, type Driver } from "../agent/Actor.js"
import type { Agent } from "../Agent.js"
import type { Feed } from "../feed.js"
import type { Recover } from "./recovery.js"
import { ProgramError } from "./SuperviseError.js"
import type { Child, RestartPolicy, Supervisor } from "./Supervisor.js"

/**
 * Supervision of a program.
 *
 * @since 0.1.0
 * @category models
 */
export interface ProgramOptions {
  /** 1 to 128 characters, unique among the programs of the system that have not ended. */
  readonly name: string
  /**
   * The agent that supervises the program. When the agent is stopped, it stops the program.
   *
   * @default the root actor
   */
  readonly parent?: Agent
  /**
   * Restart after a failure: with `transient` the supervisor restarts the program. A program that succeeds has ended.
   *
   * @default "transient"
   */
  readonly restart?: RestartPolicy
}

/**
 * State of a program. `waiting`: it waits for its restart. `failed`: the supervisor restarts it no more.
 *
 * @since 0.1.0
 * @category models
 */
export type ProgramStatus = "running" | "waiting" | Ending

type Ending = "completed" | "failed" | "stopped"

/**
 * A handle on a supervised program. It stays valid when the program is restarted.
 *
 * @since 0.1.0
 * @category models
 */
export interface Program<A, E> {
  readonly name: string
  readonly status: Effect.Effect<ProgramStatus>
  /**
   * Waits for the end of the program. Fails with the program's last failure when the supervisor restarts it no more.
   * Fails with a `ProgramError` when it was stopped (`Stopped`) or given up with another child (`Failed`).
   */
  readonly outcome: Effect.Effect<A, E | ProgramError>
  /** Interrupts the program, waits for its finalizers, and forgets it. */
  readonly stop: Effect.Effect<void>
}

/**
 * Parts of the system that a program needs.
 */
export interface ProgramRoom {
  readonly feed: Feed
  readonly clock: Clock.Clock
  readonly scope: Scope.Scope
  readonly recover: Recover
  readonly stop: (program: Actor) => Effect.Effect<void>
  /** True once the system shuts down, which interrupts every program. */
  readonly isClosing: () => boolean
  readonly forget: (program: Actor) => void
}

/**
 * The actor of a program. It has no state to load, and no children.
 */
export class ProgramActor<A, E> extends Actor {
  readonly kind = "program"
  private readonly end = Deferred.unsafeMake<A, E | ProgramError>(FiberId.none)
  private ending: Ending | undefined
  private failure: Cause.Cause<E> | undefined

  constructor(
    { name, restart = "transient" }: ProgramOptions,
    supervisor: Supervisor,
    private readonly program: Effect.Effect<A, E>,
    private readonly room: ProgramRoom
  ) {
    super(name, restart, supervisor, false)
  }

  // Unique beside session ids, because no session id has a colon.
  get id(): string {
    return `program:${this.name}`
  }

  get handle(): Program<A, E> {
    return {
      name: this.name,
      status: Effect.sync(() => this.ending ?? (this.driving ? "running" : "waiting")),
      outcome: Deferred.await(this.end),
      stop: this.stop()
    }
  }

  /** The journal knows nothing of a program, so no failure counts as one without progress. */
  failed(): ReturnType<Child["failed"]> {
    return {}
  }

  start(): Effect.Effect<void> {
    return Effect.suspend(() => {
      this.tell("ProgramStarted")
      return this.wake()
    })
  }

  wake(): Effect.Effect<void> {
    return Effect.suspend(() => {
      const driver = this.ending === undefined ? this.claim() : undefined
      if (driver === undefined) return Effect.void
      this.failure = undefined
      const work = Effect.annotateLogs(this.work(driver), { program: this.name })
      return Effect.asVoid(Effect.forkIn(Effect.interruptible(work), this.room.scope))
    }).pipe(Effect.uninterruptible)
  }

  giveUp(message: string): Effect.Effect<void> {
    return Effect.sync(() =>
      this.over(
        "failed",
        this.failure === undefined ? this.refuse("Failed", `was given up: ${message}`) : Exit.failCause(this.failure)
      )
    )
  }

  stop(): Effect.Effect<void> {
    return Effect.suspend(() => (this.ending === undefined ? this.room.stop(this) : Effect.void))
  }

  close(): Effect.Effect<void> {
    return Effect.sync(() =>
      this.over("stopped", this.refuse("Stopped", "was stopped before it had ended; supervise it again"))
    )
  }

  private work(driver: Driver): Effect.Effect<void> {
    return Effect.withFiberRuntime<void>((fiber) => {
      // The fiber was halted before it began.
      if (!this.begin(driver, fiber)) return Effect.void
      return this.program.pipe(
        Effect.onExit((exit) => {
          const { halting } = this
          if (!this.ended(driver, Exit.isSuccess(exit) ? "Rest" : "Fail")) return Effect.void
          if (Exit.isSuccess(exit)) return Effect.sync(() => this.over("completed", exit))
          const isEnded = Cause.isInterruptedOnly(exit.cause) && (halting || this.room.isClosing())
          if (isEnded) return Effect.void
          this.failure = exit.cause
          return this.room.recover(this, exit.cause)
        }),
        Effect.ignore
      )
    })
  }

  private over(ending: Ending, exit: Exit.Exit<A, E | ProgramError>): void {
    if (this.ending !== undefined) return
    this.ending = ending
    this.room.forget(this)
    this.tell("ProgramEnded", { ending })
    Deferred.unsafeDone(this.end, exit)
  }

  private tell(type: string, fields: { readonly ending?: Ending } = {}): void {
    const { clock, feed } = this.room
    feed.supervised(this.supervisor, { type, child: this.id, ...fields }, clock.unsafeCurrentTimeMillis())
  }

  private refuse(reason: ProgramError["reason"], what: string): Exit.Exit<never, ProgramError> {
    return Exit.fail(new ProgramError({ program: this.name, reason, message: `program ${this.name} ${what}` }))
  }
}
