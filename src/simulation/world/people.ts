/**
 * The people of a world. They look an agent up by its name, because it may be stopped and spawned again at any time.
 *
 * @since 0.1.0
 */
import { Data, Effect, Random, Schedule, Stream } from "effect"
import { ActorSystem, type Agent, type ApprovalGrant, type SpawnOptions } from "../../actors/index.js"
import { defaultPolicy, type EventRecord, extendPolicy, phasesOf } from "../../layers/aios/index.js"
import { Faults } from "../Faults.js"
import { pagesCapability } from "../network/pages.js"

const patience = Schedule.spaced("1 second").pipe(Schedule.intersect(Schedule.recurs(600)))

/** Waits after a failure and tries again, as a person does, but not for ever. */
export const insist = <A, E, R>(effect: Effect.Effect<A, E, R>) => Effect.retry(effect, patience)

/** Tries again only after a failure of the journal. */
export const untilStored = <A, E extends { readonly _tag: string }, R>(effect: Effect.Effect<A, E, R>) =>
  Effect.retry(effect, { schedule: patience, while: ({ _tag }) => _tag === "JournalError" })

/** Gives the agent with this name; the name is also its session id. */
export const hold = (name: string) => insist(Effect.flatMap(ActorSystem, (system) => system.get(name)))

const policy = extendPolicy(defaultPolicy, { allow: [pagesCapability] })

const strategies = ["one-for-one", "one-for-all", "rest-for-one"] as const

/** Spawns an agent with a random restart strategy for its children, or gives the agent that exists already. */
export const spawn = (name: string, options: Partial<SpawnOptions> = {}) =>
  Effect.gen(function* () {
    const system = yield* ActorSystem
    const strategy = strategies[yield* Random.nextIntBetween(0, strategies.length)] ?? "one-for-one"
    return yield* insist(
      Effect.orElse(system.spawn({ name, sessionId: name, policy, supervision: { strategy }, ...options }), () =>
        system.get(name)
      )
    )
  })

const between = (min: number, max: number) => Effect.flatMap(Random.nextIntBetween(min, max), Effect.sleep)

const modes = ["steer", "steer", "interrupt", "followup", "collect"] as const

/** Sends a message every now and then: for the next tick, at once, or for the end of the run. */
export const talk = Effect.fnUntraced(function* (name: string) {
  if (yield* Random.nextBoolean) return
  const faults = yield* Faults
  for (let number = 0; ; number++) {
    yield* between(5_000, 60_000)
    const say = Effect.gen(function* () {
      const content = `Message ${number} to ${name}.`
      const mode = modes[yield* Random.nextIntBetween(0, modes.length)] ?? "steer"
      if (faults.strikes("message-delayed")) yield* between(1, 30_000)
      yield* (yield* hold(name)).tell(content, { mode })
    }).pipe(Effect.ignore)
    // The fork does not wait for the answer, so the next message may overtake this one.
    if (faults.strikes("message-reordered")) yield* Effect.forkScoped(say)
    else yield* say
    if (faults.strikes("message-duplicated")) yield* say
  }
})

/** Says thanks a few steps later: at that moment, a message may cross an agent that goes to rest. */
export const thank = Effect.fnUntraced(function* (agent: Agent) {
  for (let steps = yield* Random.nextIntBetween(0, 4); steps > 0; steps--) yield* Effect.yieldNow()
  yield* agent.tell("Thanks.")
})

/** Sends a message and checks that the agent perceives it within a minute. */
export const isHeard = Effect.fnUntraced(function* <E>(agent: Agent, say: Effect.Effect<void, E>) {
  const { head } = yield* agent.snapshot
  yield* say
  yield* agent.eventsAfter(head).pipe(
    Stream.dropUntil(({ kind }) => kind.type === "UserMessage"),
    Stream.takeUntil(perceives),
    Stream.runDrain,
    Effect.timeoutFail({
      duration: "1 minute",
      onTimeout: () =>
        new Unheard({
          message: `${agent.name} was told something while nothing went wrong, and did not perceive it within a minute`
        })
    })
  )
})

/**
 * Failure of a world whose agent has not perceived a message.
 *
 * @since 0.1.0
 * @category errors
 */
export class Unheard extends Data.TaggedError("Unheard")<{ readonly message: string }> {}

const perceives = ({ kind }: EventRecord): boolean => kind.type === "PhaseEntered" && phasesOf(kind).includes("orient")

/** Cancels a run every now and then, or stops the agent and spawns it again. */
export const disturb = Effect.fnUntraced(function* (name: string) {
  if (yield* Random.nextBoolean) return
  for (;;) {
    yield* between(5_000, 120_000)
    const agent = yield* hold(name)
    if ((yield* Random.nextIntBetween(0, 3)) > 0) yield* Effect.ignore(agent.cancel("Enough."))
    else {
      yield* Effect.ignore(agent.stop)
      yield* spawn(name)
    }
  }
})

/** Answers calls that wait for an approval: in time, too late, twice, or never. */
export const approve = Effect.fnUntraced(function* (name: string) {
  const agent = yield* hold(name)
  const { approvals, head } = yield* insist(agent.snapshot)
  for (const { approvalId } of approvals)
    if (approvalId !== undefined) yield* Effect.forkScoped(answer(name, approvalId))
  yield* agent
    .eventsAfter(head)
    .pipe(
      Stream.runForEach(({ kind }) =>
        kind.type === "ApprovalRequested" ? Effect.forkScoped(answer(name, kind.approvalId)) : Effect.void
      )
    )
})

// Most grants are for one call. Some are for the rest of the session, for a pattern, or for other arguments of the
// call.
const someGrant: Effect.Effect<Omit<ApprovalGrant, "actor">> = Effect.map(Random.nextIntBetween(0, 12), (kind) => {
  if (kind === 0) return { scope: "session" }
  if (kind === 1) return { pattern: "payments:initiate:e*" }
  if (kind === 2) return { pattern: "payments:*:**" }
  return kind <= 4 ? { input: { n: kind } } : {}
})

const answer = (name: string, approvalId: string) =>
  Effect.gen(function* () {
    const faults = yield* Faults
    yield* between(1, 10_000)
    if (faults.strikes("approval-never")) return
    if (faults.strikes("approval-late")) yield* between(60_000, 600_000)
    const grant = yield* someGrant
    const agent = yield* hold(name)
    const verdict = (yield* Random.nextBoolean)
      ? agent.approve(approvalId, { actor: "ada", ...grant })
      : agent.deny(approvalId, { actor: "ada", reason: "No." })
    // The run may have ended meanwhile, or a first answer may count although its reply was lost.
    const given = Effect.ignore(untilStored(verdict))
    yield* given
    if (faults.strikes("approval-twice")) yield* given
  }).pipe(Effect.ignore)

/** Follows the events as a slow viewer does; the events must come without gaps and without duplicates. */
export const listen = Effect.fnUntraced(function* (agent: Agent) {
  const faults = yield* Faults
  let last = 0
  yield* agent.events.pipe(
    Stream.tap(({ sequence }) => {
      if (sequence !== last + 1) return Effect.dieMessage(`event ${sequence} of ${agent.name} came after ${last}`)
      last = sequence
      return faults.strikes("subscriber-slow") ? Effect.sleep("2 seconds") : Effect.void
    }),
    Stream.runDrain,
    Effect.catchTag("JournalError", () => Effect.void)
  )
})
