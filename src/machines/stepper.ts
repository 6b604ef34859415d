/**
 * The pure transition function of a machine, at a fifth of the price of XState's own `transition`.
 *
 * `transition` builds a throw-away actor for each call. The machine's `transition` method takes any ActorScope, and one
 * inert scope can serve every snapshot of a machine, because our machines neither spawn, send, emit nor delay.
 *
 * @since 0.1.0
 */
import { type AnyStateMachine, createActor, type EventFrom, type SnapshotFrom } from "xstate"

/**
 * An action a transition asks for, as data: its name and its parameters.
 *
 * @since 0.1.0
 * @category models
 */
export interface StepAction {
  readonly type: string
  readonly params: unknown
}

/**
 * The outcome of an event: `accepted` is false when the machine refused it, and the snapshot is then the same object.
 *
 * @since 0.1.0
 * @category models
 */
export interface Step<M extends AnyStateMachine> {
  readonly snapshot: SnapshotFrom<M>
  readonly actions: ReadonlyArray<StepAction>
  readonly accepted: boolean
}

/**
 * Makes a machine's step function. Nothing is executed: actions come back as data, in order.
 *
 * @since 0.1.0
 * @category constructors
 */
export const makeStepper = <M extends AnyStateMachine>(machine: M) => {
  const actor = createActor(machine)
  let actions: Array<StepAction> = []
  const scope = {
    self: actor,
    id: "",
    sessionId: "",
    logger: () => {},
    defer: () => {},
    emit: () => {},
    system: actor.system,
    stopChild: () => {},
    actionExecutor: (action: StepAction) => {
      actions.push({ type: action.type, params: action.params })
    }
  }
  return (snapshot: SnapshotFrom<M>, event: EventFrom<M>): Step<M> => {
    actions = []
    const next = machine.transition(snapshot, event, scope)
    return { snapshot: next as SnapshotFrom<M>, actions, accepted: next !== snapshot || actions.length > 0 }
  }
}
