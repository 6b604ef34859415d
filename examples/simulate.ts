/**
 * Simulation: a bug in one's own program that only some interleavings show, found, made small, and fixed.
 *
 * Two agents write a book and number their pages from one counter. Something happens between reading and writing the
 * counter, so that both agents may write the same page. In the usual order that never happens.
 *
 *   node --import tsx examples/simulate.ts
 */
import { Effect, Ref } from "effect"
import { ActorSystem, type Event, ScriptedModel } from "life-agent-os"
import { type Invariant, Simulation } from "life-agent-os/simulation"

/** A way of taking the next page number. */
type Numbering = (counter: Ref.Ref<number>) => Effect.Effect<number>

// A moment in which other fibers may run; a file or a database takes many.
const moment = Effect.yieldNow()

const wrong: Numbering = Effect.fnUntraced(function* (counter) {
  const number = yield* Ref.get(counter)
  yield* moment
  yield* Ref.set(counter, number + 1)
  return number
})

const right: Numbering = (counter) =>
  Effect.zipRight(
    moment,
    Ref.getAndUpdate(counter, (number) => number + 1)
  )

const program = (numbering: Numbering) =>
  Effect.gen(function* () {
    const system = yield* ActorSystem.ActorSystem
    const counter = yield* Ref.make(1)
    const write = Effect.fnUntraced(function* (name: string, momentsLater: number) {
      const agent = yield* system.spawn({ name, sessionId: name })
      yield* Effect.forEach(Array(momentsLater), () => moment)
      const number = yield* numbering(counter)
      yield* agent.run(`Write page ${number}.`)
    })
    yield* Effect.all([write("ada", 0), write("bob", 4)], { concurrency: "unbounded", discard: true })
  })

const pagesAreOwn: Invariant = {
  name: "no page is written twice",
  onRecord: ({ kind }, _, { sessions }) => {
    const said = contentOf(kind)
    if (said === undefined) return undefined
    const all = sessions.flatMap(({ records }) => records.filter((record) => contentOf(record.kind) === said))
    return all.length === 1 ? undefined : `${all.length} agents were told: ${said}`
  }
}

const contentOf = (kind: Event.Record["kind"]): string | undefined =>
  kind.type === "UserMessage" ? kind.content : undefined

const model = ScriptedModel.layer(() => Effect.delay(Effect.succeed({ content: "Once upon a time." }), "1 second"))

const setup = { seeds: { from: 1, count: 200 }, model, invariants: [pagesAreOwn] }

const usual = Simulation.run(program(wrong), { ...setup, seed: 1, schedule: "fifo" })
console.log(`In the usual order: ${usual.violations.length} violations, ${usual.events} events`)

const finding = Simulation.explore(program(wrong), setup)
if (finding !== undefined) console.log(`\nExplored:\n${Simulation.report(finding)}`)

const survived = Simulation.explore(program(right), setup) === undefined
console.log(`\nThe fixed program ${survived ? "survives" : "does not survive"} the same ${setup.seeds.count} seeds`)

process.exitCode = usual.violations.length === 0 && finding !== undefined && survived ? 0 : 1
