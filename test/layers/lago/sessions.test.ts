import { assert, describe, it } from "@effect/vitest"
import { Duration, Effect, Option } from "effect"
import { defaultBudget, defaultPolicy, defaultSoul, timestampOf } from "../../../src/layers/aios/index.js"
import { epochMs, event, inMemory, said, stream, to } from "./support.js"

const created = (name: string, at: number) =>
  event({ type: "SessionCreated", name, agentId: "agent", soul: defaultSoul, policy: defaultPolicy }, at)

const started = (at = epochMs) =>
  event({ type: "RunStarted", runId: "r", provider: "scout", model: "m", budget: defaultBudget }, at)

const finished = () =>
  event({
    type: "RunFinished",
    runId: "r",
    reason: "completed",
    ticks: 1,
    usage: { inputTokens: 0, outputTokens: 0, cacheReadTokens: 0, cacheWriteTokens: 0 },
    costUsd: 0
  })

describe("sessions", () => {
  it.effect("sessions are listed with name, times, head and open run, newest activity first", () =>
    inMemory((journal) =>
      Effect.gen(function* () {
        yield* journal.append(to("old", [created("Old one", epochMs), started(epochMs + 5)]))
        yield* journal.append(to("new", [created("New one", epochMs + 10), said("x", epochMs + 20)]))
        yield* journal.append(to("old", [said("y", epochMs + 15)], { branchId: "fork" }))
        yield* journal.append(to("nameless", [said("y", epochMs + 1)]))
        const all = yield* journal.sessions
        assert.deepStrictEqual(
          all.map(({ branchId, head, name, sessionId }) => [sessionId, branchId, name, head]),
          [
            ["new", "main", "New one", 2],
            ["old", "fork", "Old one", 1],
            ["old", "main", "Old one", 2],
            ["nameless", "main", "nameless", 1]
          ]
        )
        assert.deepInclude(all[2], {
          agentId: "agent",
          createdAt: timestampOf(epochMs),
          updatedAt: timestampOf(epochMs + 5),
          runOpen: true
        })
        assert.isFalse(all[0]?.runOpen)
        assert.deepStrictEqual(yield* journal.session(stream("old")), Option.fromNullable(all[2]))
        assert.deepStrictEqual(yield* journal.session(stream("missing")), Option.none())
      })
    )
  )

  it.effect("a run is open from its start to its end", () =>
    inMemory((journal) =>
      Effect.gen(function* () {
        yield* journal.append(to("a", [started(), finished(), started(), said("x")]))
        yield* journal.append(to("b", [started(), finished()]))
        yield* journal.append(to("c", [said("x")]))
        yield* journal.append(to("d", [started(), event({ type: "RunErrored", runId: "r", error: "x" })]))
        yield* journal.append(to("e", [started()]))
        assert.deepStrictEqual(yield* journal.openRuns, [stream("a"), stream("e")])
        yield* journal.append(to("a", [finished()]))
        assert.deepStrictEqual(yield* journal.openRuns, [stream("e")])
      })
    )
  )

  it.live(
    "10 000 sessions are listed from their marks, without reading their events",
    () =>
      inMemory((journal) =>
        Effect.gen(function* () {
          yield* Effect.forEach(
            Array.from({ length: 10_000 }, (_, n) => n),
            (n) =>
              journal.append(
                to(`s${n}`, [
                  created(`Session ${n}`, epochMs + n),
                  started(),
                  said("x"),
                  ...(n % 100 === 0 ? [] : [finished()])
                ])
              ),
            { concurrency: "unbounded", discard: true }
          )
          const [listing, all] = yield* Effect.timed(journal.sessions)
          const [opening, open] = yield* Effect.timed(journal.openRuns)
          console.info(
            `10 000 sessions listed in ${Duration.format(listing)}, open runs in ${Duration.format(opening)}`
          )
          assert.strictEqual(all.length, 10_000)
          assert.strictEqual(open.length, 100)
        })
      ),
    60_000
  )
})
