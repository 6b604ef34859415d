import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { decodeKind, eventTypes, isRawKind, Plan, tickPhases, toJsonLine } from "../../../src/layers/aios/index.js"
import Sqlite from "better-sqlite3"
import { join } from "node:path"
import { event, inMemory, said, stream, tempDir, to, using } from "./support.js"

describe("bodies this version cannot read", () => {
  const raws = [
    `{"type":"FromTheFuture", "n":1.0,"big":12345678901234567890,"e":1E+2,"u":"\\u0041\\/"}`,
    ` {\t"b" : [ 1 ,2 ] ,\r\n "type":"FromTheFuture","b":2 }  `,
    `{"type":"UserMessage","content":7}`,
    `{"content":"no type"}`,
    `{"type":"UserMessage","content":"\u0000 is not JSON"`,
    `not JSON at all`,
    ``
  ]

  it.scopedLive("unreadable bodies come out byte for byte as they went in, now and after a restart", () =>
    Effect.gen(function* () {
      const dataDir = yield* tempDir
      const events = raws.map((raw) => event(decodeKind(raw)))
      const written = yield* using({ dataDir }, (journal) => journal.append(to("s", events)))
      const read = yield* using({ dataDir }, (journal) => journal.read(stream("s")))
      for (const records of [written, read]) {
        assert.deepStrictEqual(
          records.map(({ kind }) => (isRawKind(kind) ? kind.raw : undefined)),
          raws
        )
      }
      assert.include(toJsonLine(read[0] ?? assert.fail()), `"kind":${raws[0]}}`)
      const check = yield* using({ dataDir }, (journal) => journal.verify(stream("s")))
      assert.deepStrictEqual(check, { checked: raws.length, flaw: check.flaw })
      assert.strictEqual(check.flaw._tag, "None")
    })
  )

  it.effect("a flawed body of a known kind is flagged and found under its type", () =>
    inMemory((journal) =>
      Effect.gen(function* () {
        yield* journal.append(to("s", [said("a"), ...raws.map((raw) => event(decodeKind(raw)))]))
        const found = yield* journal.read({ ...stream("s"), types: ["UserMessage"] })
        assert.deepStrictEqual(
          found.map(({ kind, sequence }) => [sequence, isRawKind(kind) ? kind.flaw : "fine"]),
          [
            [1, "fine"],
            [4, "invalid body"]
          ]
        )
      })
    )
  )
})

describe("kinds", () => {
  it.effect("a phase costs no body, with any plan, and reads back as it was", () =>
    Effect.scoped(
      Effect.gen(function* () {
        const dataDir = yield* tempDir
        const kinds = [
          ...tickPhases.map((phase) => ({ type: "PhaseEntered" as const, phase })),
          ...Plan.literals.map((plan) => ({ type: "PhaseEntered" as const, phase: "act" as const, plan })),
          { type: "PhaseEntered" as const, phase: "report" as const, passed: ["learn", "regulate"] as const },
          {
            type: "PhaseEntered" as const,
            phase: "act" as const,
            plan: "think" as const,
            passed: ["perceive", "orient", "decide"] as const
          }
        ]
        yield* using({ dataDir }, (journal) =>
          journal.append(
            to(
              "s",
              kinds.map((kind) => event(kind))
            )
          )
        )
        const read = yield* using({ dataDir }, (journal) => journal.read({ ...stream("s"), types: ["PhaseEntered"] }))
        assert.deepStrictEqual(
          read.map(({ kind }) => kind),
          kinds
        )
        const database = new Sqlite(join(dataDir, "journal.sqlite"), { readonly: true })
        assert.strictEqual(database.prepare("SELECT count(body) FROM events").pluck().get(), 0)
        const readable = database.prepare("SELECT body FROM events_readable WHERE sequence = 3").pluck().get()
        assert.strictEqual(readable, `{"phase":"decide","type":"PhaseEntered"}`)
        database.close()
      })
    )
  )

  it.effect("every type of the taxonomy has a code of its own, which reopening keeps", () =>
    Effect.scoped(
      Effect.gen(function* () {
        const dataDir = yield* tempDir
        const codes = () => {
          const database = new Sqlite(join(dataDir, "journal.sqlite"), { readonly: true })
          const rows = database.prepare<[], string>("SELECT code || type FROM kinds ORDER BY code").pluck().all()
          database.close()
          return rows
        }
        yield* using({ dataDir }, () => Effect.void)
        const first = codes()
        yield* using({ dataDir }, () => Effect.void)
        assert.deepStrictEqual(codes(), first)
        assert.strictEqual(new Set(first).size, first.length)
        assert.isAtLeast(first.length, 1 + eventTypes.length + tickPhases.length + Plan.literals.length)
      })
    )
  )

  it.effect("reading by type keeps order, bounds and limit", () =>
    inMemory((journal) =>
      Effect.gen(function* () {
        const failure = () => event({ type: "ModelFailed", reason: "Overloaded", retryable: true, message: "" })
        yield* journal.append(to("s", [said("1"), failure(), said("3"), failure(), said("5"), said("6")]))
        const sequences = (query: object) =>
          Effect.map(journal.read({ ...stream("s"), ...query }), (records) => records.map(({ sequence }) => sequence))
        assert.deepStrictEqual(yield* sequences({ types: ["UserMessage"], after: 1, limit: 2 }), [3, 5])
        assert.deepStrictEqual(yield* sequences({ after: 2, through: 4 }), [3, 4])
        assert.deepStrictEqual(yield* sequences({ types: ["UserMessage", "ModelFailed"] }), [1, 2, 3, 4, 5, 6])
        assert.deepStrictEqual(yield* sequences({ types: [] }), [])
        assert.deepStrictEqual(yield* sequences({ limit: 0 }), [])
        assert.deepStrictEqual(yield* sequences({ limit: -1 }), [])
      })
    )
  )
})
