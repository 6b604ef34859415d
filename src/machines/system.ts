/**
 * The supervisor's mind: after a failure, who is restarted, when, and when it is too much.
 *
 * One machine serves the root actor and every agent that has children. It follows OTP: a strategy, at most so many
 * restarts in so much time, then escalation.
 *
 * @since 0.1.0
 */
import { assign, setup, type SnapshotFrom } from "xstate"

/**
 * Who is restarted when a child fails: it alone, all children, or it and those started after it.
 *
 * @since 0.1.0
 * @category models
 */
export type RestartStrategy = "one-for-one" | "one-for-all" | "rest-for-one"

/**
 * How a supervisor treats its children. Restart n of a row waits `backoffMs * 2^(n-1)`, at most `backoffMsMax`.
 *
 * @since 0.1.0
 * @category models
 */
export interface SupervisionOptions {
  readonly strategy: RestartStrategy
  /** Restarts allowed within `withinMs` milliseconds; one more escalates. */
  readonly restartsMax: number
  readonly withinMs: number
  /** Milliseconds before the first restart. */
  readonly backoffMs: number
  readonly backoffMsMax: number
}

/**
 * One-for-one, 5 restarts in a minute, 100 ms to 10 s apart.
 *
 * @since 0.1.0
 * @category constants
 */
export const defaultSupervision: SupervisionOptions = {
  strategy: "one-for-one",
  restartsMax: 5,
  withinMs: 60_000,
  backoffMs: 100,
  backoffMsMax: 10_000
}

/**
 * @since 0.1.0
 * @category models
 */
export interface SupervisorContext extends SupervisionOptions {
  /** When the restarts within the window happened, in milliseconds since the epoch. */
  readonly restarts: ReadonlyArray<number>
}

/**
 * The events of a supervisor. `at` is in milliseconds since the epoch; `restart: false` marks a child that is not to be
 * restarted (a temporary one).
 *
 * @since 0.1.0
 * @category models
 */
export type SupervisorEvent =
  | { readonly type: "ChildFailed"; readonly child: string; readonly at: number; readonly restart: boolean }
  | { readonly type: "Stop" }

/**
 * The supervisor machine. Its actions are data: `restartChildren` with the scope and the delay, `dropChild`,
 * `escalate`.
 *
 * @since 0.1.0
 * @category machines
 */
export const supervisorMachine = setup({
  types: {
    context: {} as SupervisorContext,
    events: {} as SupervisorEvent,
    input: {} as Partial<SupervisionOptions> | undefined
  },
  guards: {
    isTemporary: ({ event }) => event.type === "ChildFailed" && !event.restart,
    isWithinIntensity: ({ context, event }) =>
      event.type === "ChildFailed" && recent(context, event.at).length < context.restartsMax
  },
  actions: {
    countRestart: assign(({ context, event }) =>
      event.type === "ChildFailed" ? { restarts: [...recent(context, event.at), event.at] } : {}
    ),
    restartChildren: (_, _params: RestartOrder) => {},
    dropChild: () => {},
    escalate: () => {}
  }
}).createMachine({
  id: "supervisor",
  context: ({ input }) => ({ ...defaultSupervision, ...input, restarts: [] }),
  initial: "Supervising",
  states: {
    Supervising: {
      on: {
        ChildFailed: [
          { guard: "isTemporary", actions: "dropChild" },
          {
            guard: "isWithinIntensity",
            actions: [
              "countRestart",
              {
                type: "restartChildren",
                params: ({ context }): RestartOrder => ({
                  scope: scopes[context.strategy],
                  delayMs: Math.min(
                    context.backoffMs * 2 ** Math.max(context.restarts.length - 1, 0),
                    context.backoffMsMax
                  )
                })
              }
            ]
          },
          { target: "Escalated", actions: "escalate" }
        ],
        Stop: "Stopped"
      }
    },
    Escalated: { on: { Stop: "Stopped" } },
    Stopped: { type: "final" }
  }
})

/**
 * Which children a restart covers, seen from the failed one, and the milliseconds to wait before it.
 *
 * @since 0.1.0
 * @category models
 */
export interface RestartOrder {
  readonly scope: "failed" | "all" | "failed-and-later"
  readonly delayMs: number
}

const scopes = { "one-for-one": "failed", "one-for-all": "all", "rest-for-one": "failed-and-later" } as const

const recent = (context: SupervisorContext, at: number): ReadonlyArray<number> =>
  context.restarts.filter((time) => at - time < context.withinMs)

/**
 * A snapshot of the supervisor machine.
 *
 * @since 0.1.0
 * @category models
 */
export type SupervisorSnapshot = SnapshotFrom<typeof supervisorMachine>
