/**
 * The pure transition function of a machine, at a fifth of the price of XState's own `transition`.
 *
 * `transition` builds a temporary actor for each call. The machine's `transition` method takes any ActorScope. One
 * inert scope can serve every snapshot of a machine, because the machines of Life do not spawn, send, emit or delay.
 *
 * @since 0.1.0
 */
import { type AnyStateMachine, createActor, type EventFrom, type SnapshotFrom } from "xstate"

/**
 * An action of a transition as data: its name and its parameters.
 *
 * @since 0.1.0
 * @category models
 */
export interface StepAction {
  readonly type: string
  readonly params: unknown
}

/**
 * The outcome of an event. `accepted` is false if the machine has no transition for the event; the snapshot is then the
 * same object.
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
 * Makes a machine's step function. It executes no action: it gives the actions as data, in order.
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

/**
 * Keys by which snapshots and events of a machine are equal, and the limit on remembered steps.
 *
 * @since 0.1.0
 * @category models
 */
export interface Sharing<M extends AnyStateMachine> {
  readonly snapshotKey: (snapshot: SnapshotFrom<M>) => string
  /** `undefined` for an event whose step is computed each time. */
  readonly eventKey: (event: EventFrom<M>) => string | undefined
  /** Limit on remembered steps, and on shared snapshots. Beyond it, steps are computed and not remembered. */
  readonly stepsMax: number
}

/**
 * Makes the step function of a machine with few different snapshots. Equal snapshots become one object, and equal steps
 * are computed once.
 *
 * @since 0.1.0
 * @category constructors
 */
export const makeSharedStepper = <M extends AnyStateMachine>(
  machine: M,
  { eventKey, snapshotKey, stepsMax }: Sharing<M>
) => {
  const compute = makeStepper(machine)
  const snapshots = new Map<string, SnapshotFrom<M>>()
  const steps = new Map<SnapshotFrom<M>, Map<string, Step<M>>>()
  let count = 0

  const share = (snapshot: SnapshotFrom<M>): SnapshotFrom<M> => {
    const key = snapshotKey(snapshot)
    const known = snapshots.get(key)
    if (known !== undefined) return known
    if (snapshots.size < stepsMax) snapshots.set(key, snapshot)
    return snapshot
  }

  const step = (snapshot: SnapshotFrom<M>, event: EventFrom<M>): Step<M> => {
    const key = eventKey(event)
    const known = key === undefined ? undefined : steps.get(snapshot)?.get(key)
    if (known !== undefined) return known
    const computed = compute(snapshot, event)
    // A refused event must give the same object back, so its snapshot is not replaced by a shared one.
    const made = computed.snapshot === snapshot ? computed : { ...computed, snapshot: share(computed.snapshot) }
    if (key !== undefined && count < stepsMax) {
      count++
      const row = steps.get(snapshot)
      if (row === undefined) steps.set(snapshot, new Map([[key, made]]))
      else row.set(key, made)
    }
    return made
  }

  return { share, step }
}
