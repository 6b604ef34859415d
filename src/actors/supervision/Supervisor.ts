/**
 * A supervisor: the children of the root or of an agent, and its decision when one fails.
 *
 * @since 0.1.0
 */
import type { Effect } from "effect"
import type { JournalError } from "../../layers/aios/index.js"
import {
  type ChildFailed,
  type LifecycleStatus,
  makeStepper,
  type RestartOrder,
  type SupervisionOptions,
  supervisorMachine,
  type SupervisorSnapshot
} from "../../machines/index.js"
import { initialTransition } from "xstate"

const step = makeStepper(supervisorMachine)

/**
 * Restart after a failure: the supervisor restarts a `transient` child, and never a `temporary` one.
 *
 * @since 0.1.0
 * @category models
 */
export type RestartPolicy = "transient" | "temporary"

/**
 * A child as its supervisor sees it: an agent or a program.
 */
export interface Child {
  /** Unique among the children of a system: the session id of an agent. */
  readonly id: string
  readonly kind: "agent" | "program"
  readonly name: string
  readonly restart: RestartPolicy
  readonly supervisor: Supervisor
  readonly status: LifecycleStatus
  /** Ends the child's work, and waits for its end. */
  readonly halt: () => Effect.Effect<void>
  /** Counts a failure, with what the supervisor must know of it. `unavailable` says that the journal was. */
  readonly failed: (unavailable: boolean) => Pick<ChildFailed, "journal" | "repeated">
  /** Keeps the child from working until it is resumed. */
  readonly suspend: () => void
  readonly resume: () => Effect.Effect<void>
  /** Ends the child's task with an error, because the supervisor restarts the child no more. */
  readonly giveUp: (message: string) => Effect.Effect<void>
  readonly stop: () => Effect.Effect<void, JournalError>
}

/**
 * Decision of the machine about a failure.
 */
export type Verdict =
  | { readonly type: "restart"; readonly children: ReadonlyArray<Child>; readonly delayMs: number }
  | { readonly type: "drop" }
  | { readonly type: "escalate" }

export class Supervisor {
  /** Children by id, in the order in which they were started. */
  readonly children = new Map<string, Child>()
  /** The machine's snapshot, with the restarts it remembers. */
  snapshot: SupervisorSnapshot

  constructor(
    readonly options: Partial<SupervisionOptions>,
    /** The agent whose children these are; the root actor has none. */
    readonly owner: Child | undefined
  ) {
    this.snapshot = initialTransition(supervisorMachine, options)[0]
  }

  /** Decides about the failure of a child. */
  childFailed(child: Child, event: ChildFailed): Verdict {
    const { snapshot, actions } = step(this.snapshot, event)
    this.snapshot = snapshot
    const action = actions[0]
    if (action?.type === "restartChildren") {
      const { scope, delayMs } = action.params as RestartOrder
      return { type: "restart", children: this.covered(child, scope), delayMs }
    }
    return action?.type === "dropChild" ? { type: "drop" } : { type: "escalate" }
  }

  /** Goes on supervising after an escalation, and forgets the restarts of the child that was given up. */
  reset(child: Child): void {
    const restarts = this.snapshot.context.restarts.filter((restart) => restart.child !== child.id)
    const { strategy } = this.snapshot.context
    this.snapshot = initialTransition(supervisorMachine, {
      ...this.options,
      ...(strategy === "one-for-one" ? { restarts } : {})
    })[0]
  }

  /** Ends the supervision. */
  stop(): void {
    this.snapshot = step(this.snapshot, { type: "Stop" }).snapshot
  }

  private covered(child: Child, scope: RestartOrder["scope"]): ReadonlyArray<Child> {
    if (scope === "failed") return [child]
    const all = [...this.children.values()]
    return scope === "all" ? all : all.slice(all.indexOf(child))
  }
}
