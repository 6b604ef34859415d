/**
 * The lifecycle of a supervised child that a fiber drives.
 *
 * The lifecycle machine decides what an event does. This file alone sends it events, and carries its actions out on the
 * data that belongs to the states.
 *
 * @since 0.1.0
 */
import { Effect, Fiber } from "effect"
import type { JournalError } from "../../layers/aios/index.js"
import {
  type LifecycleEvent,
  lifecycleMachine,
  lifecycleSharing,
  type LifecycleSnapshot,
  lifecycleStatus,
  type LifecycleStatus,
  makeSharedStepper,
  type StepAction
} from "../../machines/index.js"
import { initialTransition } from "xstate"
import type { Child, RestartPolicy, Supervisor } from "../supervision/Supervisor.js"

const { share, step } = makeSharedStepper(lifecycleMachine, lifecycleSharing)

/**
 * Ownership token of a driving fiber. A fiber whose token is not the actor's must not touch the agent.
 */
export interface Driver {
  /** Absent before the fiber begins, and when it has ended while it was being halted. */
  fiber: Fiber.RuntimeFiber<unknown, unknown> | undefined
}

/**
 * A supervised child with a lifecycle, that a fiber drives.
 */
export abstract class Actor implements Child {
  /** Present once it has children. */
  children: Supervisor | undefined
  private lifecycle: LifecycleSnapshot
  private driver: Driver | undefined

  constructor(
    readonly name: string,
    readonly restart: RestartPolicy,
    readonly supervisor: Supervisor,
    inherited: boolean
  ) {
    this.lifecycle = share(initialTransition(lifecycleMachine, { inherited })[0])
  }

  /** Names it among the children of its supervisor. */
  abstract readonly id: string
  abstract readonly kind: Child["kind"]
  /** Forks the driving fiber unless there is one or none may be. */
  abstract wake(): Effect.Effect<void>
  abstract giveUp(message: string): Effect.Effect<void>
  abstract stop(): Effect.Effect<void, JournalError>
  /** Ends what is left when its fiber has ended, and forgets it. */
  abstract close(): Effect.Effect<void, JournalError>

  get status(): LifecycleStatus {
    return lifecycleStatus(this.lifecycle)
  }

  /** A fiber drives it, or is about to. */
  get driving(): boolean {
    return this.lifecycle.value.work !== "idle"
  }

  /** Its fiber is being ended from outside; what it does is neither done nor cancelled. */
  get halting(): boolean {
    return this.lifecycle.value.work === "halting"
  }

  /** It is being stopped, or was. */
  get stopped(): boolean {
    return !this.lifecycle.hasTag("takesMessages")
  }

  /** The session comes from an earlier process: then its open run is resumed, and that is recorded. */
  get inherited(): boolean {
    return this.lifecycle.context.inherited
  }

  /** Gives the token for the fiber that the caller must fork; nothing when none may or need be. */
  claim(): Driver | undefined {
    return this.asks({ type: "Wake" }, "drive") ? this.driver : undefined
  }

  /** Whether a forked fiber may begin, which it may not when it was halted before. */
  begin(driver: Driver, fiber: Fiber.RuntimeFiber<unknown, unknown>): boolean {
    if (this.driver !== driver) return false
    driver.fiber = fiber
    return true
  }

  /** The driving fiber has come to rest, or has failed. False when it did not drive any more. */
  ended(driver: Driver, type: "Rest" | "Fail"): boolean {
    if (this.driver !== driver) return false
    driver.fiber = undefined
    this.send({ type })
    return true
  }

  /**
   * Ends the driving fiber, if there is one, and waits for its end. What was not durable is dropped. Not interruptible:
   * half halted, the actor would look as if it were at work for ever.
   */
  halt(): Effect.Effect<void> {
    return Effect.suspend(() => {
      this.send({ type: "Halt" })
      const { driver } = this
      if (driver === undefined) return Effect.void
      return Effect.map(driver.fiber === undefined ? Effect.void : Fiber.interrupt(driver.fiber), () => {
        // The first of several that halt it ends the halting.
        if (this.driver === driver) this.send({ type: "Halted" })
      })
    }).pipe(Effect.uninterruptible)
  }

  suspend(): void {
    this.send({ type: "Suspend" })
  }

  resume(): Effect.Effect<void> {
    return Effect.suspend(() => {
      this.send({ type: "Resume" })
      return this.wake()
    })
  }

  /** Its stop has begun, has succeeded, or has failed. */
  stops(type: "Stop" | "Closed" | "StopFailed"): void {
    this.send({ type })
  }

  /** Takes in an event of the lifecycle, and gives the machine's actions. */
  protected send(event: LifecycleEvent): ReadonlyArray<StepAction> {
    const { accepted, actions, snapshot } = step(this.lifecycle, event)
    if (!accepted) {
      const { memory, standing, work } = this.lifecycle.value
      throw new Error(
        `${this.name} (${this.id}) cannot take the lifecycle event ${event.type}: it is ${memory}, ${work} and ${standing}. ` +
          "This is a defect of Life; report it with this message"
      )
    }
    this.lifecycle = snapshot
    for (const { type } of actions) {
      if (type === "drive") this.driver = { fiber: undefined }
      else if (type === "release") this.driver = undefined
      else this.carryOut(type)
    }
    return actions
  }

  protected asks(event: LifecycleEvent, action: string): boolean {
    return this.send(event).some(({ type }) => type === action)
  }

  /** Carries out an action that is about memory. */
  protected carryOut(_action: string): void {}
}
