/**
 * Ports of a Life: what is provided is used and what is left out is not built, a port in the wrong place is an error.
 */
import { assert, describe, it } from "@effect/vitest"
import { ConfigProvider, Context, Effect, Layer, Logger, Schema } from "effect"
import { existsSync, mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import {
  ActorSystem,
  Autonomic,
  BlobStore,
  Event,
  FileIdentity,
  Homeostat,
  Identity,
  Journal,
  Life,
  MemoryBlobs,
  Model,
  ModelRouter,
  Policy,
  ScriptedModel,
  SqliteJournal,
  Tool,
  ToolHarness
} from "life-agent-os"
import { Simulation } from "life-agent-os/simulation"

const silent = Logger.replace(Logger.defaultLogger, Logger.none)
const folder = Effect.acquireRelease(
  Effect.sync(() => mkdtempSync(join(tmpdir(), "life-ports-"))),
  (path) => Effect.sync(() => rmSync(path, { recursive: true, force: true }))
)
const says = (content: string) => ScriptedModel.layer(() => ({ content }))
const provider = says("done")
const annotations = { readOnly: true, destructive: false, idempotent: true, openWorld: false }

const answerOf = (name: string, options: { readonly model?: string } = {}) =>
  Effect.gen(function* () {
    const agent = yield* (yield* ActorSystem.ActorSystem).spawn({ name, ...options })
    return (yield* agent.run("Say something.")).finalAnswer
  })
const toolNames = Effect.map(ToolHarness.ToolHarness, ({ definitions }) => definitions.map(({ name }) => name))
const errorOf = <A, E>(layer: Layer.Layer<A, E>) => Effect.flip(Effect.scoped(Layer.build(layer)))

describe("a port of one's own", () => {
  it.scopedLive("a journal of one's own is used, and the default is not built: one in memory leaves no file", () =>
    Effect.gen(function* () {
      const workspace = yield* folder
      const options = { workspace, provider }
      const life = Life.layerCore(options).pipe(
        Layer.provideMerge(
          Layer.merge(SqliteJournal.layerMemory, Life.layerPorts({ ...options, except: [Journal.Journal] }))
        )
      )
      yield* Effect.gen(function* () {
        assert.strictEqual(yield* answerOf("ada"), "done")
        assert.lengthOf(yield* Effect.flatMap(Journal.Journal, ({ sessions }) => sessions), 1)
      }).pipe(Effect.provide(life))
      assert.isFalse(existsSync(join(workspace, ".life", "journal.sqlite")))
      assert.isTrue(existsSync(join(workspace, ".life")), "the default identity was built beside it")
    })
  )

  it.scopedLive("a Homeostat of one's own measures the gauges that the machine's rules go by", () =>
    Effect.gen(function* () {
      const options = { workspace: yield* folder, provider }
      const frail = Layer.map(Autonomic.layer(), (context) => {
        const { measure, thresholds } = Context.get(context, Homeostat.Homeostat)
        return Context.make(Homeostat.Homeostat, {
          measure: (vector, measurement) => ({ ...measure(vector, measurement), errorStreak: 9 }),
          thresholds: { ...thresholds, errorStreakMax: 9 }
        })
      })
      const life = Life.layerCore(options).pipe(
        Layer.provideMerge(Layer.merge(frail, Life.layerPortsMemory({ ...options, except: [Homeostat.Homeostat] })))
      )
      const mode = Effect.gen(function* () {
        const agent = yield* (yield* ActorSystem.ActorSystem).spawn({ name: "ada" })
        yield* agent.run("Say something.")
        const { regulation, vector } = yield* agent.snapshot
        return [regulation.rule, vector.errorStreak] as const
      })
      assert.deepStrictEqual(yield* Effect.provide(mode, life), ["runOver", 9])
    })
  )

  it.scopedLive("blobs of one's own can stand alone: the journal beside them is the default one", () =>
    Effect.gen(function* () {
      const workspace = yield* folder
      const options = { workspace, provider }
      const mine = yield* Layer.build(MemoryBlobs.layer)
      const ports = Life.layerPorts({ ...options, except: [BlobStore.BlobStore] })
      const built = yield* Layer.build(
        Layer.provideMerge(Life.layerCore(options), Layer.merge(ports, Layer.succeedContext(mine)))
      )
      assert.strictEqual(Context.get(built, BlobStore.BlobStore), Context.get(mine, BlobStore.BlobStore))
      assert.isTrue(existsSync(join(workspace, ".life", "journal.sqlite")))
    })
  )
})

describe("a port around a Life that has its own", () => {
  it.scopedLive("a port around a Life keeps it from starting, and the error names the port and how to replace it", () =>
    Effect.gen(function* () {
      const workspace = yield* folder
      const mine = SqliteJournal.layerMemory
      for (const life of [
        Life.layer({ workspace, provider }),
        Life.layerMemory({ workspace, provider }),
        Life.layerConfig({ workspace, provider })
      ]) {
        const error = yield* errorOf(Layer.provide(life, mine))
        if (error._tag !== "AmbientPortError") return assert.fail(error._tag)
        assert.strictEqual(error.code, "LIFE_AMBIENT_PORT")
        assert.deepStrictEqual(error.ports, ["Journal", "BlobStore", "SharedMemories"])
        assert.include(
          error.message,
          "Life.layerPorts({ ...options, except: [Journal.Journal, BlobStore.BlobStore, Memory.SharedMemories] })"
        )
      }
      assert.isFalse(existsSync(join(workspace, ".life")), "nothing was built")
      const other = yield* errorOf(Layer.provide(Life.layerMemory({ workspace }), Autonomic.layer()))
      assert.include(other.message, "Homeostat: provided around a Life")
    })
  )

  it.scopedLive("a Life inside another does not start unless it is nested; then each has a journal of its own", () =>
    Effect.gen(function* () {
      const workspace = yield* folder
      yield* Effect.gen(function* () {
        yield* answerOf("outer")
        const failed = yield* Effect.flip(Effect.provide(answerOf("a"), Life.layerMemory({ workspace })))
        assert.strictEqual(failed._tag, "AmbientPortError")
        const inner = Life.layerMemory({ workspace, provider: says("inside"), nested: true })
        const sessions = Effect.flatMap(Journal.Journal, ({ sessions }) => sessions)
        const names = yield* Effect.provide(Effect.zip(answerOf("inner"), sessions), inner)
        assert.deepStrictEqual([names[0], names[1].map(({ name }) => name)], ["inside", ["inner"]])
        assert.deepStrictEqual(
          (yield* sessions).map(({ name }) => name),
          ["outer"]
        )
      }).pipe(Effect.provide(Life.layerMemory({ workspace, provider })))
    })
  )
})

class Rows extends Context.Tag("test/Rows")<Rows, { readonly count: Effect.Effect<number> }>() {}

const rows = Tool.make({
  name: "rows",
  description: "Counts the rows.",
  input: Schema.Struct({}),
  annotations,
  capabilities: () => ["fs:read:/rows"],
  execute: () =>
    Effect.map(
      Effect.flatMap(Rows, ({ count }) => count),
      (output) => ({ output })
    )
})
const asks = (name: string) =>
  ScriptedModel.layer((_, turn) => (turn === 0 ? ScriptedModel.call(name, {}) : { content: "done" }))

/** The output of the first tool call of an agent. */
const outputOf = Effect.gen(function* () {
  const agent = yield* (yield* ActorSystem.ActorSystem).spawn({ name: "ada", sessionId: "s" })
  yield* agent.run("Count.")
  const all = yield* Effect.flatMap(Journal.Journal, (journal) =>
    journal.read({ sessionId: "s", branchId: "main", after: 0 })
  )
  return all.flatMap(({ kind }) => (!Event.isRaw(kind) && kind.type === "ToolResult" ? [kind.output] : []))[0]
})

describe("a tool of one's own", () => {
  it.scopedLive("a tool of one's own is given the service that its Life requires", () =>
    Effect.gen(function* () {
      const life = Life.layerMemory({ workspace: yield* folder, provider: asks("rows"), tools: [rows] })
      const database = Layer.succeed(Rows, { count: Effect.succeed(7) })
      assert.strictEqual(yield* Effect.provide(outputOf, Layer.provide(life, database)), 7)
    })
  )

  it.scopedLive("a tool of one's own may use a port of its Life, be it a default or one that replaces it", () =>
    Effect.gen(function* () {
      const sessions = Tool.make({
        name: "sessions",
        description: "Counts the sessions.",
        input: Schema.Struct({}),
        annotations,
        capabilities: () => ["fs:read:/rows"],
        execute: () =>
          Effect.map(Effect.orDie(Effect.flatMap(Journal.Journal, ({ sessions }) => sessions)), ({ length }) => ({
            output: length
          }))
      })
      const options = { workspace: yield* folder, provider: asks("sessions"), tools: [sessions] }
      assert.strictEqual(yield* Effect.provide(outputOf, Life.layerMemory(options)), 1)
      const ports = Life.layerPortsMemory({ ...options, except: [Journal.Journal] }).pipe(
        Layer.provideMerge(SqliteJournal.layerMemory)
      )
      const life = Layer.provideMerge(Life.layerCore(options), ports)
      assert.strictEqual(yield* Effect.provide(outputOf, life), 1)
    })
  )

  it("a tool of one's own fits a simulation as it is", () => {
    const still = Tool.make({
      name: "still",
      description: "Says one.",
      input: Schema.Struct({}),
      annotations,
      capabilities: () => ["fs:read:/rows"],
      execute: () => Effect.succeed({ output: 1 })
    })
    const { exit } = Simulation.run(outputOf, { seed: 1, model: asks("still"), tools: [still] })
    assert.deepStrictEqual(exit?._tag === "Success" ? exit.value : exit, 1)
  })
})

describe("without", () => {
  it.scopedLive("without leaves built-in tools out, and one of your own may take the name", () =>
    Effect.gen(function* () {
      const workspace = yield* folder
      const own = Tool.make({
        name: "write_file",
        description: "Writes nothing.",
        input: Schema.Struct({}),
        annotations,
        capabilities: () => ["fs:read:/rows"],
        execute: () => Effect.succeed({ output: "mine" })
      })
      const without = ["write_file", "grep"]
      const fewer = yield* Effect.provide(toolNames, Life.layerMemory({ workspace, without }))
      assert.notIncludeMembers(fewer, without)
      assert.include(fewer, "read_file")
      const life = Life.layerMemory({ workspace, without, tools: [own], provider: asks("write_file") })
      assert.strictEqual(yield* Effect.provide(outputOf, life), "mine")
    })
  )

  it.scopedLive("without leaves a default subsystem out by its name, or a tool of it by the name of the tool", () =>
    Effect.gen(function* () {
      const workspace = yield* folder
      const rules = (without: ReadonlyArray<string>) =>
        ActorSystem.ActorSystem.pipe(
          Effect.map(({ sockets }) => sockets.map(({ rule }) => rule)),
          Effect.provide(Life.layerMemory({ workspace, without }))
        )
      const all = yield* rules([])
      assert.includeMembers(all, ["delegation:delegate", "memory:known", "memory:memory_forget"])
      const less = (part: string) => all.filter((rule) => !rule.startsWith(part))
      assert.deepStrictEqual(yield* rules(["delegation"]), less("delegation"))
      assert.deepStrictEqual(yield* rules(["delegate", "grep"]), less("delegation"))
      assert.deepStrictEqual(yield* rules(["memory"]), less("memory"))
      assert.deepStrictEqual(yield* rules(["memory_forget"]), less("memory:memory_forget"))
      const misspelt = { workspace, without: ["delegte"] }
      const own = Layer.succeed(ToolHarness.ToolHarness, { definitions: [], prepare: () => Effect.never })
      const ports = Layer.merge(own, Life.layerPortsMemory({ workspace, except: [ToolHarness.ToolHarness] }))
      for (const life of [Life.layerMemory(misspelt), Layer.provide(Life.layerCore(misspelt), ports)]) {
        const error: { readonly message: string } = yield* errorOf(life)
        assert.include(error.message, "did you mean delegate?")
      }
    })
  )

  it.scopedLive("without keeps a Life from starting when a name is unknown, and the error suggests another", () =>
    Effect.gen(function* () {
      const error = yield* errorOf(Life.layerMemory({ workspace: yield* folder, without: ["wirte_file"] }))
      if (error._tag !== "ToolDefinitionError") return assert.fail(error._tag)
      assert.strictEqual(error.reason, "UnknownName")
      assert.include(error.message, 'no built-in tool is called "wirte_file"; did you mean write_file?')
    })
  )
})

describe("a model of one's own", () => {
  it.scopedLive("a model of one's own is asked for by its name and switched to, in models or as a fallback", () =>
    Effect.gen(function* () {
      const broken = ScriptedModel.layer(() =>
        Effect.fail(new Model.ModelError({ provider: "x", reason: "Overloaded", retryable: true, message: "too much" }))
      )
      const life = Life.layerMemory({
        workspace: yield* folder,
        provider: broken,
        fallback: [{ name: "spare", layer: says("spare") }],
        models: [{ name: "other", layer: says("other") }]
      })
      yield* Effect.gen(function* () {
        assert.strictEqual(yield* answerOf("a"), "spare")
        assert.strictEqual(yield* answerOf("b", { model: "other" }), "other")
        const models = yield* ModelRouter.ModelSwitch
        yield* models.use("other")
        assert.strictEqual(yield* answerOf("c"), "other")
        const failed = yield* Effect.flip(answerOf("d", { model: "othr" }))
        assert.include(failed.message, "did you mean other?")
      }).pipe(Effect.provide(Layer.merge(life, silent)))
    })
  )

  const router = ModelRouter.layer({
    models: [
      { name: "one", layer: says("one") },
      { name: "two", layer: says("two") }
    ]
  })

  const answers = Effect.gen(function* () {
    assert.strictEqual(yield* answerOf("a"), "one")
    assert.strictEqual(yield* answerOf("b", { model: "two" }), "two")
    const models = yield* ModelRouter.ModelSwitch
    yield* models.use("two")
    assert.strictEqual(yield* answerOf("c"), "two")
    return yield* models.known
  })

  it.scopedLive("a model that is a router keeps its names and its switch", () =>
    Effect.gen(function* () {
      const known = yield* Effect.provide(answers, Life.layerMemory({ workspace: yield* folder, provider: router }))
      assert.deepStrictEqual(
        known.map(({ name }) => name),
        ["one", "two"]
      )
    })
  )

  it.scopedLive("a model in front of a router is asked for the names of the router", () =>
    Effect.gen(function* () {
      // Stands in front of the router, and without its switch.
      const provider: Layer.Layer<Model.Model, Model.ModelError> = Layer.map(router, Context.pick(Model.Model))
      const life = Life.layerMemory({
        workspace: yield* folder,
        provider,
        models: [{ name: "three", layer: says("3") }]
      })
      yield* Effect.provide(Effect.zipRight(answers, answerOf("d", { model: "three" })), life)
    })
  )

  it.scopedLive("a model of one's own is not given options that it would not read", () =>
    Effect.gen(function* () {
      const workspace = yield* folder
      const beside = yield* errorOf(Life.layerMemory({ workspace, provider: router, models: ["scout"] }))
      assert.include(beside.message, "ModelSwitch of its own")
      const named = yield* errorOf(Life.layerMemory({ workspace, provider, model: "gpt-5" }))
      assert.include(named.message, "gpt-5 goes with a provider by name")
      const scout = yield* errorOf(Life.layerMemory({ workspace, provider: "scout", model: "gpt-5" }))
      assert.include(scout.message, '"scout:gpt-5" names no model')
    })
  )
})

describe("layerConfig", () => {
  const settings = new Map([
    ["LIFE_PROVIDER", "scout"],
    ["LIFE_MODELS", "ollama:a,ollama:b"],
    ["LIFE_WITHOUT", "write_file"],
    ["LIFE_POLICY", "anonymous"],
    ["LIFE_SYNCHRONOUS", "normal"],
    ["LIFE_APPROVAL_TIMEOUT", "2 minutes"],
    ["LIFE_MODEL", ""]
  ])
  const environment = (more: Iterable<readonly [string, string]>) =>
    Effect.withConfigProvider(ConfigProvider.fromMap(new Map([...settings, ...more])))

  it.scopedLive("layerConfig reads the settings of the environment", () =>
    Effect.gen(function* () {
      const workspace = yield* folder
      const dataDir = join(workspace, "data")
      const where = [
        ["LIFE_WORKSPACE", workspace],
        ["LIFE_DATA_DIR", dataDir]
      ] as const
      assert.deepStrictEqual(yield* environment(where)(Life.settings), {
        workspace,
        dataDir,
        provider: "scout",
        models: ["ollama:a", "ollama:b"],
        without: ["write_file"],
        policy: "anonymous",
        synchronous: "normal",
        approvalTimeoutMs: 120_000
      })
      yield* Effect.gen(function* () {
        const { known } = yield* ModelRouter.ModelSwitch
        assert.deepStrictEqual(
          (yield* known).map(({ spec }) => spec),
          ["scout:scout-1", "ollama:a", "ollama:b"]
        )
        assert.notInclude(yield* toolNames, "write_file")
        const agent = yield* (yield* ActorSystem.ActorSystem).spawn({ name: "ada", sessionId: "s" })
        const [created] = yield* Effect.flatMap(Journal.Journal, (journal) =>
          journal.read({ sessionId: agent.sessionId, branchId: "main", after: 0 })
        )
        if (created === undefined || Event.isRaw(created.kind) || created.kind.type !== "SessionCreated")
          return assert.fail()
        assert.deepStrictEqual(created.kind.policy, Policy.tiers.anonymous)
      }).pipe(Effect.provide(Life.layerConfig()), environment(where))
      assert.isTrue(existsSync(join(dataDir, "journal.sqlite")))
    })
  )

  it.scopedLive("layerConfig takes the program's settings before the environment's, and errors name the setting", () =>
    Effect.gen(function* () {
      const workspace = yield* folder
      const names = Effect.provide(toolNames, Life.layerConfig({ workspace, without: ["grep"] }))
      assert.include(yield* environment([])(names), "write_file")
      const wrong = environment([["LIFE_PROVIDER", "skout"]])(errorOf(Life.layerConfig({ workspace })))
      assert.include(String(yield* wrong), "LIFE_PROVIDER")
    })
  )
})

describe("an Identity of one's own", () => {
  it.scopedLive("an Identity of one's own signs, and no key is written", () =>
    Effect.gen(function* () {
      const workspace = yield* folder
      const options = { workspace, provider }
      const ports = Layer.merge(
        FileIdentity.layerSeeded(9),
        Life.layerPorts({ ...options, except: [Identity.Identity] })
      )
      const key = Effect.map(Identity.Identity, ({ publicKey }) => publicKey)
      const used = yield* Effect.provide(key, Layer.provideMerge(Life.layerCore(options), ports))
      assert.strictEqual(used, yield* Effect.provide(key, FileIdentity.layerSeeded(9)))
      assert.isFalse(existsSync(join(workspace, ".life", "identity.key")))
    })
  )
})
