/**
 * The supervisor machine: after a failure, it decides which children are restarted, when, and when to escalate.
 *
 * One machine serves the root actor and every agent that has children. It follows OTP: a strategy, an intensity
 * (restarts within a time), then escalation.
 *
 * @since 0.1.0
 */
import { Schema } from "effect"
import { assign, setup, type SnapshotFrom } from "xstate"
import { Limits } from "../layers/aios/index.js"

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
   * its own, because its failures say nothing about its siblings. The other strategies count all failures together. The
   * same limit holds for restarts in a row, over any time, after which an agent has recorded nothing before it failed
   * again. Restarts because of an unavailable journal do not count: the agent tries again every
   * `Limits.journalRetryEveryMs`, at most `Limits.journalRetriesMax` times.
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

const finite = Schema.NonNegative.pipe(Schema.finite())

const Options = Schema.Struct({
  strategy: Schema.Literal("one-for-one", "one-for-all", "rest-for-one"),
  restartsMax: Schema.NonNegativeInt,
  withinMs: Schema.Positive,
  backoffMs: finite,
  backoffMsMax: finite
})

const decodeOptions = Schema.decodeUnknownEither(Schema.partial(Options), { errors: "all", onExcessProperty: "error" })

/**
 * The flaw of the options of a supervisor, if there is one: an unknown name, or a number out of its range.
 *
 * @since 0.1.0
 * @category predicates
 */
export const supervisionFlaw = (options: Partial<SupervisionOptions>): string | undefined => {
  const decoded = decodeOptions(options)
  return decoded._tag === "Left" ? decoded.left.message : undefined
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
 * The failure of a child.
 *
 * @since 0.1.0
 * @category models
 */
export interface ChildFailed {
  readonly type: "ChildFailed"
  readonly child: string
  /** Milliseconds since the epoch. */
  readonly at: number
  /** False for a child that is not to be restarted: a temporary one. */
  readonly restart: boolean
  /** True if the journal was temporarily unavailable, which says nothing about the child. @default false */
  readonly journal?: boolean
  /** Failures of this kind in a row without an event of the child in between. @default 0 */
  readonly repeated?: number
}

/**
 * The events of a supervisor.
 *
 * @since 0.1.0
 * @category models
 */
export type SupervisorEvent = ChildFailed | { readonly type: "Stop" }

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
    isJournalUnavailable: ({ event }) =>
      event.type === "ChildFailed" && event.journal === true && (event.repeated ?? 0) < Limits.journalRetriesMax,
    isWithinIntensity: ({ context, event }) =>
      event.type === "ChildFailed" &&
      (event.repeated ?? 0) < context.restartsMax &&
      counted(context, event.child, event.at).length < context.restartsMax
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
  // An option that is `undefined` is not given.
  context: ({ input = {} }) => ({
    ...defaultSupervision,
    restarts: [],
    ...Object.fromEntries(Object.entries(input).filter(([, value]) => value !== undefined))
  }),
  initial: "Supervising",
  states: {
    Supervising: {
      on: {
        ChildFailed: [
          { guard: "isTemporary", actions: "dropChild" },
          {
            guard: "isJournalUnavailable",
            actions: { type: "restartChildren", params: { scope: "failed", delayMs: Limits.journalRetryEveryMs } }
          },
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
