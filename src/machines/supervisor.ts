/**
 * The supervisor machine: after a failure, it decides which children are restarted, when, and when to escalate.
 *
 * One machine serves the root actor and every agent that has children. It follows OTP: a strategy, an intensity
 * (restarts within a time), then escalation.
 *
 * @since 0.1.0
 */
import { assign, setup, type SnapshotFrom } from "xstate"

/**
 * Children that are restarted when a child fails: the failed child alone, all children, or the failed child and all
 * that were started after it.
 *
 * @since 0.1.0
 * @category models
 */
export type RestartStrategy = "one-for-one" | "one-for-all" | "rest-for-one"

/**
 * Options of a supervisor. Restart n in a row waits `backoffMs * 2^(n-1)`, at most `backoffMsMax`.
 *
 * @since 0.1.0
 * @category models
 */
export interface SupervisionOptions {
  readonly strategy: RestartStrategy
  /**
   * Limit on restarts within `withinMs` milliseconds; one more escalates. Under `one-for-one` each child has a count of
   * its own, because its failures say nothing about its siblings. The other strategies count all failures together.
   */
  readonly restartsMax: number
  readonly withinMs: number
  /** Milliseconds before the first restart. */
  readonly backoffMs: number
  readonly backoffMsMax: number
}

/**
 * Default options of a supervisor: one-for-one, 5 restarts in a minute, 100 ms to 10 s apart.
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
  /** The restarts within the window. */
  readonly restarts: ReadonlyArray<Restart>
}

/**
 * A restart of a child that still counts. `at` is in milliseconds since the epoch.
 *
 * @since 0.1.0
 * @category models
 */
export interface Restart {
  readonly child: string
  readonly at: number
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
    input: {} as Partial<SupervisorContext> | undefined
  },
  guards: {
    isTemporary: ({ event }) => event.type === "ChildFailed" && !event.restart,
    isWithinIntensity: ({ context, event }) =>
      event.type === "ChildFailed" && counted(context, event.child, event.at).length < context.restartsMax
  },
  actions: {
    countRestart: assign(({ context, event }) =>
      event.type === "ChildFailed"
        ? { restarts: [...recent(context, event.at), { child: event.child, at: event.at }] }
        : {}
    ),
    restartChildren: (_, _params: RestartOrder) => {},
    dropChild: () => {},
    escalate: () => {}
  }
}).createMachine({
  id: "supervisor",
  context: ({ input }) => ({ ...defaultSupervision, restarts: [], ...input }),
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
                params: ({ context, event }): RestartOrder => ({
                  scope: scopes[context.strategy],
                  delayMs: Math.min(
                    context.backoffMs * 2 ** (counted(context, event.child, event.at).length - 1),
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
 * The order of a restart: the children that it covers, relative to the failed child, and the milliseconds to wait
 * first.
 *
 * @since 0.1.0
 * @category models
 */
export interface RestartOrder {
  readonly scope: "failed" | "all" | "failed-and-later"
  readonly delayMs: number
}

const scopes = { "one-for-one": "failed", "one-for-all": "all", "rest-for-one": "failed-and-later" } as const

const recent = (context: SupervisorContext, at: number): ReadonlyArray<Restart> =>
  context.restarts.filter((restart) => at - restart.at < context.withinMs)

const counted = (context: SupervisorContext, child: string, at: number): ReadonlyArray<Restart> =>
  recent(context, at).filter((restart) => context.strategy !== "one-for-one" || restart.child === child)

/**
 * A snapshot of the supervisor machine.
 *
 * @since 0.1.0
 * @category models
 */
export type SupervisorSnapshot = SnapshotFrom<typeof supervisorMachine>
