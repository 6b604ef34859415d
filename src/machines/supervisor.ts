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
  /**
   * Restarts allowed within `withinMs` milliseconds; one more escalates. Under `one-for-one` each child has a count of
   * its own, because its failures say nothing about its siblings; the other strategies count all failures together.
   */
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
  /** The restarts within the window: for which child, and when, in milliseconds since the epoch. */
  readonly restarts: ReadonlyArray<Restart>
}

/**
 * A restart that still counts.
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
