/**
 * A supervisor: the children of the root or of an agent, and what is done when one fails.
 *
 * @since 0.1.0
 */
import {
  makeStepper,
  type RestartOrder,
  type SupervisionOptions,
  supervisorMachine,
  type SupervisorSnapshot
} from "../../machines/index.js"
import { initialTransition } from "xstate"
import type { AgentActor } from "../agent/Actor.js"

const step = makeStepper(supervisorMachine)

/**
 * What the machine decided about a failure.
 */
export type Verdict =
  | { readonly type: "restart"; readonly children: ReadonlyArray<AgentActor>; readonly delayMs: number }
  | { readonly type: "drop" }
  | { readonly type: "escalate" }

export class Supervisor {
  /** In the order in which they were started. */
  readonly children = new Map<string, AgentActor>()
  /** What the machine remembers. */
  snapshot: SupervisorSnapshot

  constructor(
    readonly options: Partial<SupervisionOptions>,
    /** The agent whose children these are; the root actor has none. */
    readonly owner: AgentActor | undefined
  ) {
    this.snapshot = initialTransition(supervisorMachine, options)[0]
  }

  /** What to do about the failure of a child. `at` is in milliseconds since the epoch. */
  childFailed(child: AgentActor, at: number): Verdict {
    const { snapshot, actions } = step(this.snapshot, {
      type: "ChildFailed",
      child: child.sessionId,
      at,
      restart: child.restart === "transient"
    })
    this.snapshot = snapshot
    const action = actions[0]
    if (action?.type === "restartChildren") {
      const { scope, delayMs } = action.params as RestartOrder
      return { type: "restart", children: this.covered(child, scope), delayMs }
    }
    return action?.type === "dropChild" ? { type: "drop" } : { type: "escalate" }
  }

  /** Goes on supervising after an escalation; the restarts of the child that was given up are forgotten. */
  reset(child: AgentActor): void {
    const restarts = this.snapshot.context.restarts.filter((restart) => restart.child !== child.sessionId)
    const { strategy } = this.snapshot.context
    this.snapshot = initialTransition(supervisorMachine, {
      ...this.options,
      ...(strategy === "one-for-one" ? { restarts } : {})
    })[0]
  }

  /** Supervises no more. */
  stop(): void {
    this.snapshot = step(this.snapshot, { type: "Stop" }).snapshot
  }

  private covered(child: AgentActor, scope: RestartOrder["scope"]): ReadonlyArray<AgentActor> {
    if (scope === "failed") return [child]
    const all = [...this.children.values()]
    return scope === "all" ? all : all.slice(all.indexOf(child))
  }
}
