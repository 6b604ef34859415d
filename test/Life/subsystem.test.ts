/** A subsystem from outside plugs into every phase of an agent's tick, and outlives the process with its projection. */
import { assert, describe, it } from "@effect/vitest"
import { Effect, Logger, Option, Stream } from "effect"
import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { ActorSystem, Event, Journal, Life, type Model, ScriptedModel, Subsystem } from "life-agent-os"
import { SessionFold } from "life-agent-os/SessionFold"
import { spendcap } from "../../examples/subsystem/spendcap.js"

const silent = Logger.replace(Logger.defaultLogger, Logger.none)
const folder = Effect.acquireRelease(
  Effect.sync(() => mkdtempSync(join(tmpdir(), "life-subsystem-"))),
  (path) => Effect.sync(() => rmSync(path, { recursive: true, force: true }))
)

type Turn = ScriptedModel.ScriptedTurn
const pay = (what: string) => ScriptedModel.call("pay", { what })
const look: Turn = ScriptedModel.call("list_dir", { path: "." })

const fold = new SessionFold([...Life.defaultSubsystems, spendcap])

/** Runs an agent to the end of its run in a Life of its own on the folder. */
const lived = (workspace: string, sessionId: string, script: ReadonlyArray<Turn>) => {
  const requests: Array<Model.Request> = []
  const told: Array<string> = []
  const witness = Subsystem.make({
    name: "witness",
    report: { all: (committed) => void told.push(...committed.map(({ kind }) => kind.type)) }
  })
  const provider = ScriptedModel.layer((request, turn) => {
    requests.push(request)
    return script[turn] ?? { content: "done" }
  })
  const program = Effect.gen(function* () {
    const system = yield* ActorSystem.ActorSystem
    const agent = yield* system.spawn({ name: "buyer", sessionId })
    const run = yield* agent.run("Buy something.")
    const journal = yield* Journal.Journal
    const stream = { sessionId, branchId: Journal.mainBranch }
    const records: ReadonlyArray<Event.Record> = [...(yield* Stream.runCollect(journal.stream(stream)))]
    return {
      run,
      records,
      sockets: system.sockets,
      view: yield* agent.snapshot,
      spent: yield* agent.projection(spendcap),
      foreign: yield* agent.projection(Subsystem.make({ name: "foreign" })),
      whole: yield* Journal.replay(journal, stream, fold),
      without: yield* Journal.replay(journal, stream)
    }
  })
  return Effect.map(
    Effect.provide(program, [
      Life.layer({
        workspace,
        provider,
        policy: { allow: ["*"], gate: [] },
        subsystems: [spendcap, witness]
      }),
      silent
    ]),
    (outcome) => ({ ...outcome, requests, told })
  )
}

const ofType = <T extends Event.Type>(records: ReadonlyArray<Event.Record>, type: T): ReadonlyArray<Event.KindOf<T>> =>
  records.flatMap(({ kind }) => (kind.type === type ? [kind as Event.KindOf<T>] : []))

describe("a subsystem from outside", () => {
  it.scopedLive("a subsystem from outside is asked in each phase; its answers are recorded, folded, reported", () =>
    Effect.gen(function* () {
      const workspace = yield* folder
      const first = yield* lived(workspace, "buyer", [look, pay("tea"), pay("cake"), pay("more")])
      const { foreign, records, requests, run, spent, told, view, whole, without } = first
      const types = records.map(({ kind }) => Event.typeOf(kind))

      // Perceive
      const [signal] = ofType(records, "ExternalSignal")
      assert.deepStrictEqual([signal?.signalType, signal?.data], ["spendcap.deposit", 0.25])
      // Orient, and the middleware around the model
      assert.include(requests[0]?.system, "You have spent $0.00 of $1.00.")
      assert.include(requests[3]?.system, "You have spent $0.80 of $1.00.")
      assert.isTrue(requests.every(({ system }) => system.endsWith("Be frugal.")))
      assert.isTrue(requests[0]?.tools.some(({ name }) => name === "pay"))
      // Act: the tool, its events, and the middleware around it
      const outputs = ofType(records, "ToolResult").map(({ output, status }) => [status, output])
      assert.deepStrictEqual(outputs[1], ["ok", { spentUsd: 0, of: { paid: "tea", before: 0 } }])
      assert.strictEqual(types.filter((type) => type === "spendcap.Paid").length, 2)
      // Observe: the meter's dollars are spent
      assert.deepInclude(
        ofType(records, "StateEstimated").map(({ costUsd }) => costUsd),
        0.001
      )
      assert.approximately(run.costUsd, 0.004, 1e-9)
      // Learn, Regulate, and the machine's answer
      assert.include(types, "spendcap.Capped")
      const gates = ofType(records, "GatesUpdated").at(-1)?.gates
      assert.deepStrictEqual(gates?.withheld, {
        effect: "changes",
        ruleId: "spendcap:capped",
        reason: "$0.8 of $1 is spent"
      })
      assert.strictEqual(gates?.gauges?.["spendcap.share"], 0.8)
      assert.include(
        ofType(records, "ModeChanged").map(({ rule }) => rule),
        "changesWithheld"
      )
      assert.deepStrictEqual(outputs[3]?.[0], "denied")
      // Report: everything, in the order of the journal
      assert.deepStrictEqual(told.slice(0, types.length), types)
      // The projection is part of the state hash, and a replay without the subsystem says what it could not check.
      assert.isDefined(ofType(records, "CheckpointCreated").at(-1)?.leaves?.["spendcap"])
      assert.deepStrictEqual([whole.difference, whole.missing], [undefined, []])
      assert.deepStrictEqual([without.difference, without.missing], [undefined, ["memory", "spendcap"]])
      assert.notStrictEqual(whole.stateHash, without.stateHash)
      assert.strictEqual(view.stateHash, whole.stateHash)
      // The agent gives the projection, and nothing for a subsystem that its system does not have.
      assert.deepStrictEqual(spent, Option.some(fold.projections.value(whole.values, "spendcap")))
      assert.isTrue(Option.isNone(foreign))
    })
  )

  it.scopedLive("a subsystem from outside has its projection again in the next process, from the checkpoint", () =>
    Effect.gen(function* () {
      const workspace = yield* folder
      yield* lived(workspace, "buyer", [look, pay("tea")])
      const { requests, whole } = yield* lived(workspace, "buyer", [])
      assert.include(requests[0]?.system, "You have spent $0.40 of $1.00.")
      assert.strictEqual(whole.difference, undefined)
    })
  )

  it.scopedLive("a subsystem from outside denies a call by its gate, with its rule and its reason", () =>
    Effect.gen(function* () {
      const { records } = yield* lived(yield* folder, "buyer", [{ ...look, costUsd: 0.65 }, pay("tea")])
      const denied = ofType(records, "PolicyEvaluated").find(({ decision }) => decision === "deny")
      assert.strictEqual(denied?.ruleId, "spendcap:overCap")
      const outputs = ofType(records, "ToolResult").map(({ output }) => output)
      assert.deepStrictEqual(outputs[1], { error: "pay would go over the cap of $1" })
    })
  )

  it.scopedLive("a subsystem from outside is listed with its contributions in the order in which they are asked", () =>
    Effect.gen(function* () {
      const { sockets } = yield* lived(yield* folder, "buyer", [])
      const owners = [...new Set(sockets.map(({ subsystem }) => subsystem))]
      assert.includeMembers(owners, ["spendcap", "witness"])
      assert.includeMembers(
        sockets.map(({ socket }) => socket),
        ["perceive", "decide", "observe", "learn", "regulate", "report"]
      )
    })
  )
})
