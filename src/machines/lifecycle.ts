/**
 * The lifecycle of an actor: its agent's place in memory, the fiber that drives it, and its permission to work.
 *
 * The machine has three regions, and each legal combination of their states is a state. Every event that a state takes
 * is listed here, even if it changes nothing (`stay` says why). Any other event is a defect.
 *
 * @since 0.1.0
 */
import { and, assign, not, setup, type SnapshotFrom, stateIn } from "xstate"
import { Limits } from "../layers/aios/index.js"
import type { Sharing } from "./stepper.js"

/**
 * Memory of an actor besides its states.
 *
 * @since 0.1.0
 * @category models
 */
export interface LifecycleContext {
  /** Messages being accepted: in the mailbox and not yet in the journal. At most `Limits.mailboxMessagesMax`. */
  readonly arriving: number
  /** A restart has been ordered and has not taken place. */
  readonly restartDue: boolean
  /** The session comes from an earlier process, and nothing of this process is durable in it. */
  readonly inherited: boolean
}

/**
 * The events of an actor.
 *
 * - `Load`: the agent's state is needed in memory; `broken` tells that the live agent must not be used any more
 * - `Loaded`, `LoadFailed`: the journal was read, or could not be read
 * - `Passivate`: the state is not needed in memory; `settled` tells that all of it is durable
 * - `Commit`: an event of this process is durable
 * - `Deliver`, `Delivered`: a message comes in; it is durable or was refused
 * - `Wake`: there may be work
 * - `Rest`, `Fail`: the driving fiber ended because there is no work, or because it failed
 * - `Halt`, `Halted`: the driving fiber is being ended from outside, and has ended
 * - `Suspend`, `Resume`: a restart was ordered, and takes place
 * - `Stop`, `Closed`, `StopFailed`: the actor is being stopped; its session is closed, or could not be closed
 *
 * @since 0.1.0
 * @category models
 */
export type LifecycleEvent =
  | { readonly type: "Load"; readonly broken: boolean }
  | { readonly type: "Loaded" }
  | { readonly type: "LoadFailed" }
  | { readonly type: "Passivate"; readonly settled: boolean }
  | { readonly type: "Commit" }
  | { readonly type: "Deliver" }
  | { readonly type: "Delivered" }
  | { readonly type: "Wake" }
  | { readonly type: "Rest" }
  | { readonly type: "Fail" }
  | { readonly type: "Halt" }
  | { readonly type: "Halted" }
  | { readonly type: "Suspend" }
  | { readonly type: "Resume" }
  | { readonly type: "Stop" }
  | { readonly type: "Closed" }
  | { readonly type: "StopFailed" }

/**
 * The reason why a message is refused.
 *
 * @since 0.1.0
 * @category models
 */
export type DeliveryRefusal = "Stopped" | "MailboxFull"

const stay = (because: string) => ({ actions: { type: "stay" as const, params: { because } } })
const refuse = (reason: DeliveryRefusal) => ({ actions: { type: "refuse" as const, params: { reason } } })

const delivery = [{ guard: "hasRoom" as const, actions: "admit" as const }, refuse("MailboxFull")]

/**
 * The lifecycle machine. Its actions are data for the actor: `read` loads the agent, `retire` drops an agent that may
 * still be appending, `forget` drops a settled agent, `drive` and `release` give and take the ownership token, `refuse`
 * refuses a message.
 *
 * @since 0.1.0
 * @category machines
 */
export const lifecycleMachine = setup({
  types: {
    context: {} as LifecycleContext,
    events: {} as LifecycleEvent,
    input: {} as Partial<LifecycleContext> | undefined,
    tags: {} as "takesMessages"
  },
  guards: {
    isBroken: ({ event }) => event.type === "Load" && event.broken,
    isInherited: ({ context }) => context.inherited,
    isDelivering: ({ context }) => context.arriving > 0,
    hasRoom: ({ context }) => context.arriving < Limits.mailboxMessagesMax,
    isRestartDue: ({ context }) => context.restartDue,
    isOpen: stateIn({ standing: "open" }),
    isIdle: stateIn({ work: "idle" }),
    isHalting: stateIn({ work: "halting" }),
    isDriven: not(stateIn({ work: "idle" })),
    isUnneeded: and([
      stateIn({ work: "idle" }),
      ({ context, event }) => context.arriving === 0 && event.type === "Passivate" && event.settled
    ])
  },
  actions: {
    admit: assign(({ context }) => ({ arriving: context.arriving + 1 })),
    dismiss: assign(({ context }) => ({ arriving: context.arriving - 1 })),
    own: assign({ inherited: false }),
    orderRestart: assign({ restartDue: true }),
    endRestart: assign({ restartDue: false }),
    read: () => {},
    retire: () => {},
    forget: () => {},
    drive: () => {},
    release: () => {},
    refuse: (_, _params: { readonly reason: DeliveryRefusal }) => {},
    stay: (_, _params: { readonly because: string }) => {}
  }
}).createMachine({
  id: "lifecycle",
  type: "parallel",
  context: ({ input }) => ({ arriving: 0, restartDue: false, inherited: false, ...input }),
  on: {
    Commit: { guard: "isInherited", actions: "own" },
    Delivered: { guard: "isDelivering", actions: "dismiss" }
  },
  states: {
    memory: {
      description: "Place of the agent's state",
      initial: "passivated",
      states: {
        passivated: {
          description: "In the journal alone",
          on: {
            Load: { target: "loading", actions: "read" },
            Passivate: stay("nothing is in memory")
          }
        },
        loading: {
          description: "Being read from the journal, for everything that needs it",
          on: {
            Load: stay("it is being loaded"),
            Loaded: "loaded",
            LoadFailed: "passivated",
            Passivate: stay("it is being loaded")
          }
        },
        loaded: {
          description: "In memory",
          on: {
            Load: [{ guard: "isBroken", target: "loading", actions: ["retire", "read"] }, stay("it is in memory")],
            Passivate: [{ guard: "isUnneeded", target: "passivated", actions: "forget" }, stay("it is needed")],
            Fail: { guard: "isDriven", target: "passivated", actions: "retire" },
            Halt: { guard: "isIdle", target: "passivated", actions: "retire" },
            Halted: { guard: "isHalting", target: "passivated", actions: "retire" }
          }
        }
      }
    },
    work: {
      description: "The fiber that drives the agent",
      initial: "idle",
      states: {
        idle: {
          description: "No fiber drives it",
          on: {
            Wake: [{ guard: "isOpen", target: "awake", actions: "drive" }, stay("it must not work now")],
            Halt: stay("no fiber drives it")
          }
        },
        awake: {
          description: "A fiber drives it, or is about to",
          on: {
            Wake: stay("it works already"),
            Rest: { target: "idle", actions: "release" },
            Fail: { target: "idle", actions: "release" },
            Halt: "halting"
          }
        },
        halting: {
          description: "Its fiber is being ended from outside: its work is neither done nor cancelled",
          on: {
            Wake: stay("it is woken or closed when its fiber has ended"),
            Rest: stay("its fiber ends by itself"),
            Fail: stay("its fiber ends by itself"),
            Halt: stay("its fiber is being ended"),
            Halted: { target: "idle", actions: "release" }
          }
        }
      }
    },
    standing: {
      description: "Permission of the actor to work and to take messages",
      initial: "open",
      states: {
        open: {
          description: "It takes messages and may work",
          tags: "takesMessages",
          on: {
            Deliver: delivery,
            Suspend: { target: "suspended", actions: "orderRestart" },
            Resume: stay("an earlier restart took place"),
            Stop: "stopping"
          }
        },
        suspended: {
          description: "It has failed and waits for its restart: it takes messages and does not work",
          tags: "takesMessages",
          on: {
            Deliver: delivery,
            Suspend: stay("a restart is due"),
            Resume: { target: "open", actions: "endRestart" },
            Stop: "stopping"
          }
        },
        stopping: {
          description: "Its children, its run and its session are being ended",
          on: {
            Deliver: refuse("Stopped"),
            Suspend: { actions: "orderRestart" },
            Resume: { actions: "endRestart" },
            Closed: { guard: "isIdle", target: "stopped" },
            StopFailed: [{ guard: "isRestartDue", target: "suspended" }, { target: "open" }]
          }
        },
        stopped: {
          description: "Its session is closed. The last state can still be read",
          on: {
            Deliver: refuse("Stopped"),
            Suspend: stay("it is gone"),
            Resume: stay("it is gone")
          }
        }
      }
    }
  }
})

/**
 * A snapshot of the lifecycle machine.
 *
 * @since 0.1.0
 * @category models
 */
export type LifecycleSnapshot = SnapshotFrom<typeof lifecycleMachine>

/**
 * Sharing of snapshots and steps between actors.
 *
 * @since 0.1.0
 * @category constants
 */
export const lifecycleSharing: Sharing<typeof lifecycleMachine> = {
  snapshotKey: JSON.stringify,
  eventKey: (event) => Object.values(event).join(" "),
  stepsMax: 4_096
}

/**
 * The lifecycle of an actor in one word: its most informative state.
 *
 * @since 0.1.0
 * @category models
 */
export type LifecycleStatus = "passivated" | "loading" | "idle" | "awake" | "suspended" | "stopping" | "stopped"

/**
 * Gives the status of a snapshot: its standing unless that is open; else `awake` if a fiber drives it; else its place
 * in memory.
 *
 * @since 0.1.0
 * @category getters
 */
export const lifecycleStatus = ({ value: { memory, standing, work } }: LifecycleSnapshot): LifecycleStatus => {
  if (standing !== "open") return standing
  if (work !== "idle") return "awake"
  return memory === "loaded" ? "idle" : memory
}
