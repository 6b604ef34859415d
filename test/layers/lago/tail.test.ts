import { assert, describe, it } from "@effect/vitest"
import { Chunk, Effect, Fiber, Stream } from "effect"
import * as fc from "fast-check"
import { canonicalJson, decodeKind, type EventRecord } from "../../../src/layers/aios/index.js"
import { event, inMemory, said, stream, tempDir, to, using } from "./support.js"

const oneTo = (n: number) => Array.from({ length: n }, (_, i) => i + 1)
const sequencesOf = (records: Iterable<{ readonly sequence: number }>) =>
  Array.from(records, ({ sequence }) => sequence)
const yields = (times: number) => Effect.repeatN(Effect.yieldNow(), times)

describe("stream", () => {
  it.effect("stream ends at the head, however many pages that takes", () =>
    inMemory((journal) =>
      Effect.gen(function* () {
        for (const total of [256, 512, 600]) {
          yield* journal.append(
            to(
              `s${total}`,
              oneTo(total).map((n) => said(String(n)))
            )
          )
          const all = yield* Stream.runCollect(journal.stream(stream(`s${total}`)))
          assert.deepStrictEqual(sequencesOf(all), oneTo(total))
          const rest = yield* Stream.runCollect(journal.stream({ ...stream(`s${total}`), after: 250, through: 255 }))
          assert.deepStrictEqual(sequencesOf(rest), [251, 252, 253, 254, 255])
        }
        assert.strictEqual((yield* Stream.runCollect(journal.stream(stream("missing")))).length, 0)
      })
    )
  )
})

describe("tail", () => {
  const seed = 20_260_921

  // One case: the appends of each appender, and the arrival of each subscriber, all counted in yields.
  const interleaving = fc.record({
    appenders: fc.array(
      fc.array(fc.record({ wait: fc.nat(5), events: fc.integer({ min: 1, max: 4 }) }), { minLength: 1, maxLength: 6 }),
      { minLength: 10, maxLength: 10 }
    ),
    subscribers: fc.array(fc.nat(30), { minLength: 1, maxLength: 4 })
  })

  it("tail shows every event once and in order, for any start and any appenders", () => {
    console.info(`fast-check seed ${seed}`)
    fc.assert(
      fc.property(interleaving, ({ appenders, subscribers }) => {
        const total = appenders.flat().reduce((sum, { events }) => sum + events, 0)
        const seen = Effect.runSync(
          inMemory((journal) =>
            Effect.gen(function* () {
              const tails = yield* Effect.forEach(subscribers, (wait) =>
                yields(wait).pipe(
                  Effect.zipRight(journal.tail(stream("s")).pipe(Stream.take(total), Stream.runCollect)),
                  Effect.fork
                )
              )
              yield* Effect.forEach(
                appenders,
                (steps) =>
                  Effect.forEach(steps, ({ events, wait }) =>
                    Effect.zipRight(
                      yields(wait),
                      Effect.suspend(() =>
                        journal.append(
                          to(
                            "s",
                            oneTo(events).map(() => said("x"))
                          )
                        )
                      )
                    )
                  ),
                {
                  concurrency: "unbounded"
                }
              )
              return yield* Effect.forEach(tails, Fiber.join)
            })
          )
        )
        for (const records of seen) assert.deepStrictEqual(sequencesOf(records), oneTo(total))
      }),
      { seed, numRuns: 60 }
    )
  })

  it.effect("a slow subscriber misses nothing", () =>
    inMemory((journal) =>
      Effect.gen(function* () {
        const fiber = yield* journal.tail(stream("s")).pipe(
          Stream.tap(() => yields(20)),
          Stream.take(300),
          Stream.runCollect,
          Effect.fork
        )
        for (let n = 0; n < 300; n++) yield* journal.append(to("s", [said(String(n))]))
        assert.deepStrictEqual(sequencesOf(yield* Fiber.join(fiber)), oneTo(300))
      })
    )
  )

  it.effect("a subscriber that keeps up is handed the records that were appended, without reading them again", () =>
    inMemory((journal) =>
      Effect.gen(function* () {
        const seen: Array<EventRecord> = []
        const fiber = yield* journal.tail(stream("s")).pipe(
          Stream.take(3),
          Stream.runForEach((record) => Effect.sync(() => seen.push(record))),
          Effect.fork
        )
        yield* yields(10)
        const appended: Array<EventRecord> = []
        for (let n = 0; n < 3; n++) appended.push(...(yield* journal.append(to("s", [said(String(n))]))))
        yield* Fiber.join(fiber)
        seen.forEach((record, index) => assert.strictEqual(record, appended[index]))
      })
    )
  )

  it.effect("tail by type wakes for its types only and skips the rest, also for an unknown type", () =>
    inMemory((journal) =>
      Effect.gen(function* () {
        const dreamt = (of: string) => event(decodeKind(canonicalJson({ type: "Dreamt", of })))
        const fiber = yield* journal
          .tail({ ...stream("s"), after: 1, types: ["Dreamt"] })
          .pipe(Stream.take(2), Stream.runCollect, Effect.fork)
        yield* journal.append(to("s", [dreamt("before")]))
        for (let n = 0; n < 5; n++) yield* journal.append(to("s", [said("x")]))
        yield* journal.append(to("s", [dreamt("a")]))
        yield* yields(10)
        assert.isNull(yield* fiber.poll.pipe(Effect.map((exit) => (exit._tag === "None" ? null : exit))))
        yield* journal.append(to("s", [dreamt("b")]))
        assert.deepStrictEqual(sequencesOf(yield* Fiber.join(fiber)), [7, 8])
      })
    )
  )

  it.scopedLive("a reader of a running journal sees what the writer adds", () =>
    Effect.gen(function* () {
      const dataDir = yield* tempDir
      yield* using({ dataDir }, (writer) =>
        Effect.gen(function* () {
          yield* writer.append(to("s", [said("1")]))
          yield* using({ dataDir, readonly: true }, (reader) =>
            Effect.gen(function* () {
              const first = yield* Effect.makeLatch(false)
              const fiber = yield* reader.tail(stream("s")).pipe(
                Stream.tap(() => first.open),
                Stream.take(2),
                Stream.runCollect,
                Effect.fork
              )
              yield* first.await
              yield* writer.append(to("s", [said("2")]))
              assert.deepStrictEqual(sequencesOf(Chunk.toReadonlyArray(yield* Fiber.join(fiber))), [1, 2])
            })
          )
        })
      )
    })
  )
})
