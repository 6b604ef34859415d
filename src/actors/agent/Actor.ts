/**
 * The lifecycle of a supervised child that a fiber drives.
 *
 * The lifecycle machine decides the effect of an event. Only this file sends the machine events. It carries the
 * machine's actions out on the data of the states.
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
  /** Absent before the fiber begins, and after it ended during a halt. */
  fiber: Fiber.RuntimeFiber<unknown, unknown> | undefined
}

/**
 * A supervised child with a lifecycle, driven by a fiber.
 */
export abstract class Actor implements Child {
  /** Present once the actor has children. */
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

  /** Unique among the children of a system. */
  abstract readonly id: string
  abstract readonly kind: Child["kind"]
  /** Forks the driving fiber, unless one drives the actor or the actor may not work. */
  abstract wake(): Effect.Effect<void>
  abstract failed(unavailable: boolean): ReturnType<Child["failed"]>
  abstract giveUp(message: string): Effect.Effect<void>
  abstract stop(): Effect.Effect<void, JournalError>
  /** Ends the rest of the actor after its fiber has ended, and forgets the actor. */
  abstract close(): Effect.Effect<void, JournalError>

  get status(): LifecycleStatus {
    return lifecycleStatus(this.lifecycle)
  }

  /** True while a fiber drives the actor, or is about to. */
  get driving(): boolean {
    return this.lifecycle.value.work !== "idle"
  }

  /** True while the driving fiber is being ended from outside; its work is then neither done nor cancelled. */
  get halting(): boolean {
    return this.lifecycle.value.work === "halting"
  }

  /** True once the actor is being stopped or was stopped. */
  get stopped(): boolean {
    return !this.lifecycle.hasTag("takesMessages")
  }

  /** True for the session of an earlier process: its open run is resumed, and the resumption is recorded. */
  get inherited(): boolean {
    return this.lifecycle.context.inherited
  }

  /** Gives the token for the fiber that the caller must fork; nothing if no fiber is needed or allowed. */
  claim(): Driver | undefined {
    return this.asks({ type: "Wake" }, "drive") ? this.driver : undefined
  }

  /** Registers a forked fiber. False if the actor was halted first; the fiber must then not begin. */
  begin(driver: Driver, fiber: Fiber.RuntimeFiber<unknown, unknown>): boolean {
    if (this.driver !== driver) return false
    driver.fiber = fiber
    return true
  }

  /** Takes in that the driving fiber has come to rest or has failed. False if the fiber's token is stale. */
  ended(driver: Driver, type: "Rest" | "Fail"): boolean {
    if (this.driver !== driver) return false
    driver.fiber = undefined
    this.send({ type })
    return true
  }

  /**
   * Ends the driving fiber, if there is one, and waits for its end. Events that are not durable are dropped. Not
   * interruptible: an interrupted halt would leave the actor in the state `halting` for ever.
   */
  halt(): Effect.Effect<void> {
    return Effect.suspend(() => {
      this.send({ type: "Halt" })
      const { driver } = this
      if (driver === undefined) return Effect.void
      return Effect.map(driver.fiber === undefined ? Effect.void : Fiber.interrupt(driver.fiber), () => {
        // If several callers halt the actor, the first one ends the halting.
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

  /** Takes in that the stop has begun, has succeeded, or has failed. */
  stops(type: "Stop" | "Closed" | "StopFailed"): void {
    this.send({ type })
  }

  /** Sends an event to the lifecycle machine, and gives the machine's actions. */
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

  /** Carries out an action on the agent in memory. */
  protected carryOut(_action: string): void {}
}
