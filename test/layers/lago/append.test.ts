import { assert, describe, it } from "@effect/vitest"
import { Effect, Exit, Metric } from "effect"
import { digestOf, genesisDigest, hashOf, kindText, Limits, toJsonLine } from "../../../src/layers/aios/index.js"
import { transactionsTotal } from "../../../src/layers/lago/index.js"
import { epochMs, event, inMemory, said, stream, tempDir, to, using } from "./support.js"

describe("append", () => {
  it.effect("append numbers events from 1 and chains their digests", () =>
    inMemory((journal) =>
      Effect.gen(function* () {
        const records = [
          ...(yield* journal.append(to("s", [said("a"), said("b")]))),
          ...(yield* journal.append(to("s", [said("c")])))
        ]
        assert.deepStrictEqual(
          records.map(({ sequence }) => sequence),
          [1, 2, 3]
        )
        let previous = genesisDigest
        for (const record of records) {
          assert.strictEqual(record.digest, digestOf(previous, record))
          previous = record.digest
        }
        assert.deepStrictEqual(yield* journal.head(stream("s")), { sequence: 3, digest: previous })
      })
    )
  )

  it.scopedLive("append gives the same records back when they are read after a restart", () =>
    Effect.gen(function* () {
      const dataDir = yield* tempDir
      const full = {
        ...said("c"),
        actor: { type: "user", component: "cli" } as const
      }
      const phase = event({ type: "PhaseEntered", phase: "act", plan: "tools" }, epochMs + 1)
      const written = yield* using({ dataDir }, (journal) =>
        journal.append(to("s", [said("ä\u0000\u{1f600}"), phase, full]))
      )
      const read = yield* using({ dataDir }, (journal) => journal.read(stream("s")))
      assert.deepStrictEqual(read, written)
      assert.deepStrictEqual(read.map(toJsonLine), written.map(toJsonLine))
    })
  )

  it.effect("append keeps branches and sessions apart", () =>
    inMemory((journal) =>
      Effect.gen(function* () {
        yield* journal.append(to("s", [said("a")]))
        yield* journal.append(to("s", [said("b")], { branchId: "other" }))
        yield* journal.append(to("s1", [said("c")]))
        assert.strictEqual((yield* journal.head(stream("s"))).sequence, 1)
        assert.strictEqual((yield* journal.head({ sessionId: "s", branchId: "other" })).sequence, 1)
        assert.deepStrictEqual(yield* journal.head(stream("missing")), { sequence: 0, digest: genesisDigest })
      })
    )
  )

  it.effect("a wrong expectation is a conflict that names both sequences, and nothing is kept", () =>
    inMemory((journal) =>
      Effect.gen(function* () {
        yield* journal.append(to("s", [said("a")], { expectedSequence: 0 }))
        const error = yield* Effect.flip(journal.append(to("s", [said("b")], { expectedSequence: 0 })))
        assert.deepInclude(error, { reason: "Conflict", expectedSequence: 0, actualSequence: 1 })
        const early = yield* Effect.flip(journal.append(to("new", [said("b")], { expectedSequence: 3 })))
        assert.deepInclude(early, { reason: "Conflict", expectedSequence: 3, actualSequence: 0 })
        assert.strictEqual((yield* journal.sessions).length, 1)
        yield* journal.append(to("s", [said("b")], { expectedSequence: 1 }))
      })
    )
  )

  it.effect("a repeated append gives the stored records and adds nothing", () =>
    inMemory((journal) =>
      Effect.gen(function* () {
        const append = to("s", [said("a"), said("b")], { expectedSequence: 0 })
        const first = yield* journal.append(append)
        yield* journal.append(to("s", [said("c")]))
        assert.deepStrictEqual(yield* journal.append(append), first)
        assert.deepStrictEqual(yield* journal.append(to("s", append.events)), first)
        assert.strictEqual((yield* journal.head(stream("s"))).sequence, 3)
      })
    )
  )

  it.effect("two callers with the same append at the same time get the same records", () =>
    inMemory((journal) =>
      Effect.gen(function* () {
        const append = to("s", [said("a")])
        const [first, second] = yield* Effect.all([journal.append(append), journal.append(append)], { concurrency: 2 })
        assert.deepStrictEqual(first, second)
        assert.strictEqual((yield* journal.head(stream("s"))).sequence, 1)
      })
    )
  )

  it.effect("an id never stands for two events", () =>
    inMemory((journal) =>
      Effect.gen(function* () {
        const old = said("a")
        yield* journal.append(to("s", [old]))
        const cases = {
          "another body": to("s", [{ ...old, kind: { type: "UserMessage", content: "b" } }]),
          "another stream": to("t", [old]),
          "old and new mixed": to("s", [old, said("b")]),
          "twice in one append": to("s", [said("x"), { ...old, eventId: old.eventId }, { ...old }])
        }
        for (const [name, append] of Object.entries(cases)) {
          const error = yield* Effect.flip(journal.append(append))
          assert.strictEqual(error.reason, "EventIdReused", name)
        }
        assert.strictEqual((yield* journal.head(stream("s"))).sequence, 1)
        assert.strictEqual((yield* journal.head(stream("t"))).sequence, 0)
        yield* journal.append(to("s", [said("b")]))
        assert.strictEqual((yield* journal.verify(stream("s"))).checked, 2)
      })
    )
  )

  it.scopedLive("64 appends at once share far fewer transactions", () =>
    Effect.gen(function* () {
      const dataDir = yield* tempDir
      yield* using({ dataDir }, (journal) =>
        Effect.gen(function* () {
          const before = (yield* Metric.value(transactionsTotal)).count
          yield* Effect.forEach(
            Array.from({ length: 64 }, (_, i) => i),
            (i) =>
              Effect.repeatN(
                Effect.suspend(() => journal.append(to(`s${i}`, [said("x")]))),
                9
              ),
            { concurrency: "unbounded" }
          )
          const transactions = (yield* Metric.value(transactionsTotal)).count - before
          assert.isAtMost(transactions, 40)
          assert.strictEqual((yield* journal.sessions).filter(({ head }) => head === 10).length, 64)
        })
      )
    })
  )

  it.effect("only the append at fault fails when many are committed together", () =>
    inMemory((journal) =>
      Effect.gen(function* () {
        const old = said("a")
        yield* journal.append(to("s", [old]))
        const exits = yield* Effect.forEach(
          [
            to("s", [said("b")]),
            to("s", [said("late")], { expectedSequence: 0 }),
            to("t", [old]),
            to("s", [said("c")]),
            to("u", [said("d")])
          ],
          (append) => Effect.exit(journal.append(append)),
          { concurrency: "unbounded" }
        )
        assert.deepStrictEqual(exits.map(Exit.isSuccess), [true, false, false, true, true])
        const texts = (yield* journal.read(stream("s"))).map(({ kind }) => ("content" in kind ? kind.content : ""))
        assert.deepStrictEqual(texts, ["a", "b", "c"])
        assert.strictEqual((yield* journal.verify(stream("s"))).checked, 3)
      })
    )
  )

  it.effect("an append that was queued completes although its caller was interrupted", () =>
    inMemory((journal) =>
      Effect.gen(function* () {
        const fiber = yield* Effect.fork(journal.append(to("s", [said("a")])))
        yield* Effect.yieldNow()
        yield* fiber.interruptAsFork(fiber.id())
        yield* fiber.await
        assert.strictEqual((yield* journal.head(stream("s"))).sequence, 1)
      })
    )
  )

  it.effect(
    "bounds are enforced before anything is written",
    () =>
      inMemory((journal) =>
        Effect.gen(function* () {
          const large = said("x".repeat(Limits.eventBytesMax))
          const fitting = "x".repeat(Limits.eventBytesMax - kindText({ type: "UserMessage", content: "" }).length)
          const many = Array.from({ length: Limits.appendEventsMax + 1 }, () => said("x"))
          const bulky = Array.from({ length: 17 }, () => said(fitting))
          for (const events of [[large], many, bulky]) {
            assert.strictEqual((yield* Effect.flip(journal.append(to("s", events)))).reason, "TooLarge")
          }
          yield* journal.append(to("s", [said(fitting)]))
          yield* journal.append(to("s", many.slice(1)))
          assert.strictEqual((yield* journal.head(stream("s"))).sequence, 1 + Limits.appendEventsMax)
        })
      ),
    60_000
  )

  it.effect("an event that cannot be stored faithfully is refused with a typed error", () =>
    inMemory((journal) =>
      Effect.gen(function* () {
        const good = said("a")
        const refused = {
          "an id that is not a ULID": to("s", [{ ...good, eventId: "event-1" }]),
          "a ULID in lower case": to("s", [{ ...good, eventId: good.eventId.toLowerCase() }]),
          "a time that is no date": to("s", [{ ...good, at: Number.NaN }]),
          "a number without a JSON form": to("s", [event({ type: "Custom", eventType: "x", data: Number.NaN })]),
          "half a character": to("s", [event({ type: "Raw", of: "X", raw: '"\ud800"', flaw: "unknown type" })]),
          "a session without a name": to("", [good]),
          "a branch that looks like an option": to("s", [good], { branchId: "-b" })
        }
        for (const [name, append] of Object.entries(refused)) {
          assert.strictEqual((yield* Effect.flip(journal.append(append))).reason, "Invalid", name)
        }
        yield* journal.append(to("s", [good]))
        const error = yield* Effect.flip(journal.append(to("s", [said("b")], { agentId: "somebody-else" })))
        assert.include(error.message, "somebody-else")
      })
    )
  )

  it.effect("an empty append gives nothing and makes no session", () =>
    inMemory((journal) =>
      Effect.gen(function* () {
        assert.deepStrictEqual(yield* journal.append(to("s", [])), [])
        assert.deepStrictEqual(yield* journal.sessions, [])
      })
    )
  )
})

describe("checkpoint", () => {
  const at = (sequence: number) => ({ sequence, state: { n: sequence }, stateHash: hashOf({ n: sequence }) })

  it.effect("the newest checkpoint at or before a sequence is found, and two are kept", () =>
    inMemory((journal) =>
      Effect.gen(function* () {
        for (const n of [1, 2, 3]) yield* journal.append(to("s", [said("x")], { checkpoint: at(n) }))
        assert.deepStrictEqual((yield* journal.checkpoint(stream("s"))).pipe(Effect.runSync), at(3))
        assert.deepStrictEqual((yield* journal.checkpoint(stream("s"), 2)).pipe(Effect.runSync), at(2))
        assert.strictEqual((yield* journal.checkpoint(stream("s"), 1))._tag, "None")
        assert.strictEqual((yield* journal.checkpoint(stream("t")))._tag, "None")
      })
    )
  )

  it.effect("a checkpoint beyond the last event is refused together with its events", () =>
    inMemory((journal) =>
      Effect.gen(function* () {
        const error = yield* Effect.flip(journal.append(to("s", [said("x")], { checkpoint: at(2) })))
        assert.strictEqual(error.reason, "Conflict")
        assert.strictEqual((yield* journal.head(stream("s"))).sequence, 0)
      })
    )
  )
})

describe("a synchronous run", () => {
  it("a synchronous run needs no promise and no timer", () => {
    const head = Effect.runSync(
      inMemory((journal) =>
        Effect.gen(function* () {
          yield* Effect.forEach(["a", "b", "c"], (text) => journal.append(to("s", [said(text)])), {
            concurrency: "unbounded"
          })
          yield* journal.verify(stream("s"))
          return yield* journal.head(stream("s"))
        })
      )
    )
    assert.strictEqual(head.sequence, 3)
  })
})
