/**
 * The children of an agent: a small tree, in which each does a little work.
 *
 * @since 0.1.0
 */
import { Effect, Random, type Scope } from "effect"
import { ActorSystem, type RestartPolicy } from "../../actors/index.js"
import type { Faults } from "../Faults.js"
import { approve, hold, spawn } from "./people.js"

const childrenMax = 2
const depthMax = 2
const runsMax = 3

/** Runs an effect with the random stream of a name. */
export type As = <A, E, R>(who: string, effect: Effect.Effect<A, E, R>) => Effect.Effect<A, E, R>

/**
 * Spawns the children of an agent and lets them work; every third agent has some. Ends when they have done their work.
 */
export const family = (
  name: string,
  as: As,
  depth = 1
): Effect.Effect<void, never, ActorSystem | Faults | Scope.Scope> =>
  Effect.gen(function* () {
    const count = (yield* Random.nextIntBetween(0, 3)) > 0 ? 0 : 1 + (yield* Random.nextIntBetween(0, childrenMax))
    const children = Array.from({ length: count }, (_, index) => `${name}.${index}`)
    yield* Effect.forEach(children, (child) => as(child, Effect.ignore(grow(name, child, as, depth))), {
      concurrency: "unbounded",
      discard: true
    })
  })

const grow = Effect.fnUntraced(function* (parentName: string, name: string, as: As, depth: number) {
  const restart: RestartPolicy = (yield* Random.nextIntBetween(0, 4)) === 0 ? "temporary" : "transient"
  yield* spawn(name, { parent: yield* hold(parentName), restart })
  yield* Effect.forkScoped(as(`${name} approve`, approve(name)))
  const ownFamily = depth < depthMax ? as(`${name} family`, family(name, as, depth + 1)) : Effect.void
  yield* Effect.all([work(parentName, name), ownFamily], { concurrency: "unbounded", discard: true })
})

const work = Effect.fnUntraced(function* (parentName: string, name: string) {
  for (let run = 0; run < runsMax; run++) {
    yield* Effect.sleep(yield* Random.nextIntBetween(1_000, 60_000))
    yield* hasParent(name, parentName)
    const agent = yield* hold(name)
    yield* agent
      .run(`Do your part, number ${run}.`, { budget: { ticksRemaining: 8 }, outcome: true })
      .pipe(Effect.timeout("1 hour"), Effect.ignore)
  }
})

// A child that exists must have its own parent, also after a crash.
const hasParent = Effect.fnUntraced(function* (name: string, parentName: string) {
  const system = yield* ActorSystem
  const found = (yield* system.list).find(({ sessionId }) => sessionId === name)
  if (found !== undefined && found.parentId !== parentName) {
    return yield* Effect.dieMessage(`${name} is a child of ${found.parentId ?? "the root"}, not of ${parentName}`)
  }
})
