import { assert, describe, it } from "@effect/vitest"
import { Context, Deferred, Effect, Fiber, Layer, Schema, TestClock } from "effect"
import { writeFileSync } from "node:fs"
import { join } from "node:path"
import { Limits, ToolHarness } from "../../../src/layers/aios/index.js"
import { Praxis, Tool } from "../../../src/layers/praxis/index.js"
import { context, failure, makeHands, temporaryDirectory } from "./harness.js"

const harmless = { readOnly: true, destructive: false, idempotent: true, openWorld: false }

const noTokens = { inputTokens: 0, outputTokens: 0, cacheReadTokens: 0, cacheWriteTokens: 0 }

const echo = Tool.make({
  name: "echo",
  description: "Says it again.",
  input: Schema.Struct({
    text: Schema.String.annotations({ description: "what to say" }),
    times: Schema.optional(Schema.Int.pipe(Schema.between(1, 3)))
  }).annotations({ examples: [{ text: "hello" }] }),
  annotations: harmless,
  capabilities: ({ text }) => [`net:egress:${text}`],
  execute: ({ text, times = 1 }) => Effect.succeed({ output: text.repeat(times) })
})

const tool = <R = never>(name: string, execute: () => Effect.Effect<{ readonly output: string }, never, R>) =>
  Tool.make({
    name,
    description: name,
    input: Schema.Struct({}),
    annotations: {},
    timeoutMs: 1_000,
    capabilities: () => [],
    execute
  })

describe("definitions", () => {
  it.scoped("definitions are sorted by name, with plain JSON Schemas and honest annotations", () =>
    Effect.gen(function* () {
      const { harness } = yield* makeHands({ tools: [echo] })
      assert.sameMembers(
        harness.definitions.map(({ name }) => name),
        ["echo", ...Praxis.toolNames]
      )
      assert.deepStrictEqual(
        harness.definitions.map(({ name }) => name),
        ["echo", "glob", "grep", "list_dir", "read_file", "write_file"]
      )
      for (const { annotations, inputSchema, name } of harness.definitions) {
        assert.notMatch(JSON.stringify(inputSchema), /\$schema|\$defs|\$ref|allOf|"title"/)
        assert.deepInclude(inputSchema, { type: "object", additionalProperties: false })
        assert.deepStrictEqual(
          annotations,
          name === "write_file" ? { readOnly: false, destructive: true, idempotent: true, openWorld: false } : harmless
        )
      }
      assert.deepStrictEqual(harness.definitions.find(({ name }) => name === "echo")?.inputSchema, {
        type: "object",
        required: ["text"],
        properties: {
          text: { type: "string", description: "what to say" },
          times: { type: "integer", description: "a number between 1 and 3", minimum: 1, maximum: 3 }
        },
        additionalProperties: false
      })
    })
  )

  it.scoped("definitions that a provider would refuse keep the harness from being built", () =>
    Effect.gen(function* () {
      const root = yield* temporaryDirectory
      const say = () => Effect.succeed({ output: "" })
      const bad = Tool.make({
        name: "text",
        description: "Not an object.",
        input: Schema.String,
        annotations: {},
        capabilities: () => [],
        execute: say
      })
      const build = (tools: ReadonlyArray<Tool.Tool>) =>
        Effect.map(Effect.flip(Layer.build(Praxis.layer({ workspace: root, protectedPaths: [], tools }))), (error) => [
          error._tag,
          error.reason
        ])
      assert.deepStrictEqual(yield* build([tool("no spaces", say)]), ["ToolDefinitionError", "BadName"])
      assert.deepStrictEqual(yield* build([tool("x".repeat(65), say)]), ["ToolDefinitionError", "BadName"])
      assert.deepStrictEqual(yield* build([tool("grep", say)]), ["ToolDefinitionError", "DuplicateName"])
      assert.deepStrictEqual(yield* build([bad]), ["ToolDefinitionError", "BadInputSchema"])
    })
  )

  it("a tool whose input is a record tells the model of what kind its values are", () => {
    const sum = Tool.make({
      name: "sum",
      description: "Adds numbers.",
      input: Schema.Record({ key: Schema.String, value: Schema.Number }),
      annotations: harmless,
      capabilities: () => [],
      execute: (numbers) => Effect.succeed({ output: Object.values(numbers).reduce((a, b) => a + b, 0) })
    })
    assert.deepStrictEqual(sum.definition.inputSchema, {
      type: "object",
      properties: {},
      required: [],
      additionalProperties: { type: "number" }
    })
  })

  it("a tool whose input has no JSON form throws a ToolDefinitionError that names the tool", () => {
    const make = () =>
      Tool.make({
        name: "count",
        description: "Counts.",
        input: Schema.Struct({ many: Schema.BigIntFromSelf }),
        annotations: {},
        capabilities: () => [],
        execute: () => Effect.succeed({ output: "" })
      })
    assert.throws(make, Tool.ToolDefinitionError, /a part of the input of "count" has no JSON form/)
  })

  for (const [what, extra] of [
    ["a file whose hash is none", { files: [{ path: "a", sha256: "sha256:ZZ", sizeBytes: 1 }] }],
    ["a file of half a byte less than none", { files: [{ path: "a", sha256: "0".repeat(64), sizeBytes: -0.5 }] }],
    ["calls that it gives back", { used: { usage: noTokens, costUsd: 0, toolCalls: -10 } }],
    ["a cost that is no number", { used: { usage: noTokens, costUsd: Number.NaN } }],
    ["an event of the runtime", { events: [{ type: "RunFinished" }] }],
    ["an event without its data", { events: [{ type: "Custom", eventType: 7 }] }]
  ] as const) {
    it.scoped(`an output with ${what} fails the call`, () =>
      Effect.gen(function* () {
        const broken = Tool.make({
          name: "broken",
          description: "Gives what the types forbid.",
          input: Schema.Struct({}),
          annotations: harmless,
          capabilities: () => [],
          // @ts-expect-error -- as from JavaScript
          execute: () => Effect.succeed({ output: "", ...extra })
        })
        const { prepare } = Context.get(yield* Layer.build(Praxis.layerWithoutFiles([broken])), ToolHarness)
        const { execute } = yield* prepare({ callId: "1", toolName: "broken", input: {} })
        const error = yield* Effect.flip(execute(context))
        assert.strictEqual(error.reason, "Unavailable")
        assert.include(error.message, "broken is broken")
      })
    )
  }

  it.scoped("an output without a JSON form fails the call", () =>
    Effect.gen(function* () {
      const mean = Tool.make({
        name: "mean",
        description: "Gives a mean.",
        input: Schema.Struct({}),
        annotations: harmless,
        capabilities: () => [],
        execute: () => Effect.succeed({ output: { mean: 0 / 0 } })
      })
      const { prepare } = Context.get(yield* Layer.build(Praxis.layerWithoutFiles([mean])), ToolHarness)
      const { execute } = yield* prepare({ callId: "1", toolName: "mean", input: {} })
      const error = yield* Effect.flip(execute(context))
      assert.strictEqual(error.reason, "Unavailable")
      assert.include(error.message, "mean is broken")
    })
  )

  it.scoped("the time limit of a tool holds for its plan", () =>
    Effect.gen(function* () {
      const slow = Tool.makePlanned({
        name: "slow",
        description: "Plans for ever.",
        input: Schema.Struct({}),
        annotations: harmless,
        timeoutMs: 500,
        plan: () => Effect.never
      })
      const { prepare } = Context.get(yield* Layer.build(Praxis.layerWithoutFiles([slow])), ToolHarness)
      const fiber = yield* Effect.fork(Effect.flip(prepare({ callId: "1", toolName: "slow", input: {} })))
      yield* TestClock.adjust("500 millis")
      assert.strictEqual((yield* Fiber.join(fiber)).reason, "Timeout")
    })
  )

  it.scoped("the plan of a tool may use the services of the tool", () =>
    Effect.gen(function* () {
      class Owner extends Context.Tag("test/Owner")<Owner, string>() {}
      const own = Tool.makePlanned({
        name: "own",
        description: "Says who owns it.",
        input: Schema.Struct({}),
        annotations: {},
        plan: () =>
          Effect.map(Owner, (owner) => ({
            capabilities: [`owner:read:${owner}`],
            execute: () => Effect.succeed({ output: owner })
          }))
      })
      const harness = Praxis.layerWithoutFiles([own]).pipe(Layer.provide(Layer.succeed(Owner, "ada")))
      const { prepare } = Context.get(yield* Layer.build(harness), ToolHarness)
      const { capabilities } = yield* prepare({ callId: "1", toolName: "own", input: {} })
      assert.deepStrictEqual(capabilities, ["owner:read:ada"])
    })
  )

  it.scoped("a harness needs a workspace that is a directory", () =>
    Effect.gen(function* () {
      const root = yield* temporaryDirectory
      writeFileSync(join(root, "file"), "")
      const build = (workspace: string, protectedPaths: ReadonlyArray<string> = []) =>
        Effect.flip(Layer.build(Praxis.layer({ workspace, protectedPaths })))
      const missing = yield* build(join(root, "none"))
      assert.strictEqual(missing.reason, "NotFound")
      assert.include(missing.message, "workspace option")
      assert.strictEqual((yield* build(join(root, "file"))).reason, "NotADirectory")
      assert.strictEqual((yield* build(join(root, "file/x"))).reason, "NotADirectory")
      assert.strictEqual((yield* build("bad\0path")).reason, "Unreadable")
      assert.strictEqual((yield* build(root, [root])).reason, "Protected")
    })
  )
})

describe("input", () => {
  it.scoped("input that does not fit names the field, the expectation and an example", () =>
    Effect.gen(function* () {
      const { prepare } = yield* makeHands({ tools: [echo] })
      const message = (input: Parameters<typeof prepare>[1]) =>
        Effect.map(failure(prepare("echo", input)), (error) => {
          assert.strictEqual(error.reason, "InvalidInput")
          assert.include(error.message, `For example: {"text":"hello"}`)
          return error.message
        })
      assert.match(yield* message({}), /"text": is missing/)
      assert.match(yield* message({ text: 1 }), /"text": Expected string, actual 1/)
      assert.match(yield* message({ text: "x", times: 9 }), /"times": .*between 1 and 3, actual 9/)
      assert.match(yield* message({ text: "x", tims: 1 }), /"tims": is unexpected/)
      assert.match(yield* message("x"), /Expected/)
      assert.match(yield* message(null), /Expected/)
      assert.isBelow((yield* message({ text: Array.from({ length: 50_000 }, () => "x") })).length, 3_000)
    })
  )

  it.scoped("input that was not JSON says what was wrong with it", () =>
    Effect.gen(function* () {
      const { harness } = yield* makeHands()
      const call = { callId: "c", toolName: "read_file", input: null, malformed: `{"path": "a` }
      const error = yield* failure(harness.prepare(call))
      assert.strictEqual(error.reason, "InvalidInput")
      assert.match(error.message, /Unterminated string.*For example: {"path"/)
    })
  )

  it.scoped("a call of an unknown tool lists the known ones", () =>
    Effect.gen(function* () {
      const { prepare } = yield* makeHands()
      for (const name of ["bash", "constructor", "__proto__", ""]) {
        const error = yield* failure(prepare(name, {}))
        assert.strictEqual(error.reason, "NotFound")
        assert.match(error.message, /there is no tool ".*"; there are .*glob, grep, list_dir, .*read_file, write_file/)
      }
    })
  )

  it.scoped("a call of a tool in the wrong case names the right one", () =>
    Effect.gen(function* () {
      const twins = ["twin", "Twin"].map((name) =>
        Tool.make({
          name,
          description: name,
          input: Schema.Struct({}),
          annotations: {},
          capabilities: () => [],
          execute: () => Effect.succeed({ output: name })
        })
      )
      const { prepare } = yield* makeHands({ tools: twins })
      assert.include((yield* failure(prepare("Read_File", {}))).message, "did you mean read_file? There are Twin, ")
      assert.notInclude((yield* failure(prepare("TWIN", {}))).message, "did you mean")
    })
  )
})

describe("running", () => {
  it.scoped("the harness gives a tool the services it needs and passes its capabilities on", () =>
    Effect.gen(function* () {
      class Greeting extends Context.Tag("test/Greeting")<Greeting, string>() {}
      class Name extends Context.Tag("test/Name")<Name, string>() {}
      const root = yield* temporaryDirectory
      const tools = [
        tool("greet", () => Effect.map(Greeting, (output) => ({ output }))),
        tool("name", () => Effect.map(Name, (output) => ({ output })))
      ]
      const layer: Layer.Layer<ToolHarness, Praxis.PraxisError, Greeting | Name> = Praxis.layer({
        workspace: root,
        protectedPaths: [],
        tools
      })
      const given = Layer.merge(Layer.succeed(Greeting, "hello"), Layer.succeed(Name, "world"))
      const harness = yield* Effect.provide(ToolHarness, Layer.provide(layer, given))
      const prepared = yield* harness.prepare({ callId: "c", toolName: "greet", input: {} })
      assert.deepStrictEqual(yield* prepared.execute(context), { output: "hello" })
      const { prepare } = yield* makeHands({ tools: [echo] })
      assert.deepStrictEqual((yield* prepare("echo", { text: "example.com" })).capabilities, ["net:egress:example.com"])
    })
  )

  it.scoped("the harness stops a tool at its time limit", () =>
    Effect.gen(function* () {
      const stopped = yield* Deferred.make<void>()
      const slow = tool("slow", () => Effect.onInterrupt(Effect.never, () => Deferred.succeed(stopped, undefined)))
      const { call } = yield* makeHands({ tools: [slow] })
      const fiber = yield* Effect.fork(failure(call("slow", {})))
      yield* TestClock.adjust(1_000)
      assert.strictEqual((yield* Fiber.join(fiber)).reason, "Timeout")
      yield* Deferred.await(stopped)
    })
  )

  it.scoped("the harness turns a defect of a tool into an error with its name", () =>
    Effect.gen(function* () {
      const broken = tool("broken", () => Effect.sync(() => JSON.parse("{")))
      const throwing = Tool.make({
        name: "throwing",
        description: "Throws while it is prepared.",
        input: Schema.Struct({}),
        annotations: {},
        capabilities: () => {
          throw new Error("no idea")
        },
        execute: () => Effect.succeed({ output: "" })
      })
      const { call } = yield* makeHands({ tools: [broken, throwing] })
      for (const name of ["broken", "throwing"]) {
        const error = yield* failure(call(name, {}))
        assert.strictEqual(error.reason, "Unavailable")
        assert.include(error.message, name)
      }
    })
  )

  it.scoped("the harness refuses an output that is too large for a model", () =>
    Effect.gen(function* () {
      const { call } = yield* makeHands({
        tools: [tool("chatty", () => Effect.succeed({ output: "é".repeat(Limits.toolOutputBytesMax / 2) }))]
      })
      const error = yield* failure(call("chatty", {}))
      assert.strictEqual(error.reason, "TooLarge")
      assert.include(error.message, "smaller part")
    })
  )

  it.scopedLive("the harness lets an interruption stop a search and release its files", () =>
    Effect.gen(function* () {
      const { call, root } = yield* makeHands()
      for (let i = 0; i < 3_000; i++) writeFileSync(join(root, `file-${i}`), "text\n".repeat(500))
      const fiber = yield* Effect.fork(call("grep", { pattern: "(x|y)*z" }))
      yield* Effect.sleep(5)
      const exit = yield* Fiber.interrupt(fiber)
      assert.isTrue(exit._tag === "Failure")
    })
  )

  it.scopedLive("the harness carries out writes to one file one after the other", () =>
    Effect.gen(function* () {
      const { call } = yield* makeHands()
      const contents = Array.from({ length: 8 }, (_, index) => String(index).repeat(1_500_000))
      const write = (content: string) => Effect.either(call("write_file", { path: "a", content }))
      const outcomes = yield* Effect.forEach(contents, write, { concurrency: "unbounded" })
      // All calls were allowed to make the file; the first made it, and none of the others may replace it.
      assert.strictEqual(outcomes.filter((outcome) => outcome._tag === "Right").length, 1)
      assert.deepInclude(yield* call("list_dir", {}), { total: 1 })
    })
  )
})
