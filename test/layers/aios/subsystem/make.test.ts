/** Checks of a subsystem when its module is loaded, and of a list of subsystems. */
import { assert, describe, it } from "@effect/vitest"
import { Effect, Schema } from "effect"
import { Subsystem } from "../../../../src/layers/aios/index.js"

const problemsOf = (make: () => unknown): ReadonlyArray<string> => {
  try {
    make()
  } catch (error) {
    if (error instanceof Subsystem.SubsystemError) return error.problems
    throw error
  }
  return []
}

const tool = (name: string) =>
  Subsystem.tool({
    name,
    description: "",
    input: Schema.Struct({}),
    execute: () => Effect.succeed({ output: null })
  })

describe("Subsystem.make", () => {
  it("Subsystem.make names every problem of a definition at once", () => {
    const problems = problemsOf(() =>
      Subsystem.make({
        name: "Bad",
        events: {
          seen: Subsystem.event({ fields: { type: Schema.String } }),
          Old: Subsystem.event({ version: 3, fields: { a: Schema.String }, upcast: { 2: (body) => body } }),
          Half: Subsystem.event({ version: 0, fields: {} })
        },
        projection: { version: 0.5, schema: Schema.Struct({}), initial: {}, on: {} },
        limits: { size: 1, aMax: Number.NaN, bMax: 1, cMax: 2 },
        relations: [["cMax < bMax", ({ bMax, cMax }) => cMax < bMax]],
        decide: { "7": () => undefined },
        act: { tools: () => [tool("no name")] },
        contributionMsMax: 0
      })
    )
    assert.deepStrictEqual(problems, [
      '"Bad" is no name for a subsystem; use 1 to 32 lowercase letters and digits, a letter first',
      'the kind "seen" does not begin with a capital letter; rename it',
      'the kind seen has a field "type", which the envelope of a body needs; rename it',
      "the kind Old has no upcast from version 1; add one",
      "the kind Half has version 0; use a whole number from 1 on",
      "the projection has version 0.5; use a whole number",
      "the limit size has no unit in its name; end it with one, such as Ms or Bytes",
      "the limit aMax is NaN; use a finite number",
      'the limits break "cMax < bMax"; change one of them',
      '"7" is no id for a contribution; use letters and digits, a letter first',
      '"no name" is no name for a tool; use 1 to 64 letters, digits, "_" and "-"',
      "contributionMsMax is 0; use a positive number of milliseconds"
    ])
  })

  it("Subsystem.make refuses the prefixes of the kernel's own rules, which events would be mistaken for", () => {
    for (const name of ["mode", "grant", "limit", "loop"]) {
      assert.deepStrictEqual(
        problemsOf(() => Subsystem.make({ name })),
        [`"${name}" is a prefix of the kernel's rules; use another name`]
      )
    }
  })

  it("Subsystem.make refuses a property that nothing reads, such as a misspelt socket, at every depth", () => {
    const misspelt = { name: "quota", decied: {}, orient: { block: {} }, act: { arroundTool: {} } }
    const problems = problemsOf(() => Subsystem.make(misspelt as { readonly name: "quota" }))
    assert.lengthOf(problems, 3)
    assert.match(problems[0] ?? "", /^nothing reads the property decied; did you mean decide\? There are name, /)
    assert.deepStrictEqual(problems.slice(1), [
      "nothing reads the property orient.block; did you mean blocks? There are recall, blocks",
      "nothing reads the property act.arroundTool; did you mean aroundTool? There are tools, aroundTool, aroundModel"
    ])
  })

  it("Subsystem.make refuses a block that would drive the rules for every agent out of the context", () => {
    const block = { tokensMax: 200_000, priority: 1_000, changes: "run", text: () => "x" } as const
    assert.deepStrictEqual(
      problemsOf(() => Subsystem.make({ name: "x", orient: { blocks: { huge: block } } })),
      [
        "the block huge has priority 1000; use 0 to 199, below the rules for every agent",
        "the block huge has tokensMax 200000; use 1 to 30000, the limit of a context"
      ]
    )
  })

  it("Subsystem.make refuses what a program without types would let through", () => {
    const memory = Subsystem.bareEvent("MemoryStored", { fields: {} })
    const named = (bare: string): Subsystem.Event => Object.assign({}, memory, { bare })
    const folding = (type: string): Subsystem.Any["parts"]["projection"] => ({
      version: 1,
      schema: Schema.Struct({}),
      initial: {},
      on: { [type]: () => ({}) }
    })
    assert.deepStrictEqual(
      problemsOf(() => Subsystem.make({ name: "x", events: { Stored: named("UserMessage") } })),
      [`the kind Stored may not be called UserMessage; only ${Subsystem.bareTypes.join(", ")} are bare`]
    )
    assert.deepStrictEqual(
      problemsOf(() => Subsystem.make({ name: "x", projection: folding("other.Kind") as never })),
      ["the projection folds other.Kind, which is neither the kernel's nor its own; leave it out"]
    )
  })

  it("Subsystem.make calls kinds by the name of the subsystem, or by their earlier bare name", () => {
    const { is, parts } = Subsystem.make({
      name: "notes",
      events: {
        Taken: Subsystem.event({ fields: {} }),
        Stored: Subsystem.bareEvent("MemoryStored", { fields: {} })
      }
    })
    assert.deepStrictEqual([...parts.types.values()], ["notes.Taken", "MemoryStored"])
    assert.isTrue(is({ type: "notes.Taken" }))
    assert.isTrue(is({ type: "MemoryStored" }, "Stored"))
    assert.isFalse(is({ type: "MemoryStored" }, "Taken"))
    assert.isFalse(is({ type: "other.Taken" }))
  })
})

describe("Subsystem.check", () => {
  it("Subsystem.check names every problem of a list at once, with both subsystems", () => {
    const stored = { Stored: Subsystem.bareEvent("MemoryStored", { fields: {} }) }
    const left = Subsystem.make({ name: "left", events: stored, act: { tools: () => [tool("look"), tool("look")] } })
    const right = Subsystem.make({ name: "right", events: stored, act: { tools: () => [tool("look"), tool("grep")] } })
    assert.deepStrictEqual(Subsystem.check([left, right, left], ["grep"]), [
      "left has the tool look twice; rename one",
      "left and right both have the kind MemoryStored; rename one, or leave one out",
      "left and right both have the tool look; rename one, or leave one out",
      "the tool harness and right both have the tool grep; rename one, or leave one out",
      'two subsystems are called left; leave one out, a default one with `without: ["left"]`'
    ])
    assert.deepStrictEqual(Subsystem.check([left]), ["left has the tool look twice; rename one"])
    assert.deepStrictEqual(Subsystem.check([]), [])
  })
})

describe("a tool of a subsystem", () => {
  const view = () => ({ sessionId: "s", sequence: 1, agent: {} as never, own: undefined })
  const context = { sessionId: "s", runId: "r", callId: "c" }
  const add = Subsystem.tool({
    name: "add",
    description: "Adds.",
    input: Schema.Struct({ a: Schema.Int, b: Schema.Int }).annotations({ examples: [{ a: 1, b: 2 }] }),
    annotations: { readOnly: true },
    timeoutMs: 100,
    capabilities: ({ a }) => [`fs:read:/${a}`],
    execute: ({ a, b }) => {
      if (a === 13) throw new Error("unlucky")
      return a === 12 ? Effect.never : Effect.succeed({ output: a === 11 ? "x".repeat(300_000) : a + b })
    }
  })
  const run = (input: { readonly [key: string]: number }) =>
    Effect.flatMap(Subsystem.prepareTool(add, { input }, view), ({ execute }) => execute(context))

  it.effect("a tool of a subsystem is prepared with what it needs, and runs", () =>
    Effect.gen(function* () {
      const { capabilities, definition } = yield* Subsystem.prepareTool(add, { input: { a: 1, b: 2 } }, view)
      assert.deepStrictEqual(capabilities, ["fs:read:/1"])
      assert.deepStrictEqual(definition.annotations, {
        readOnly: true,
        destructive: false,
        idempotent: false,
        openWorld: true
      })
      assert.deepStrictEqual(yield* run({ a: 1, b: 2 }), { output: 3 })
    })
  )

  it.effect("a tool of a subsystem says what does not fit, with an input that does", () =>
    Effect.gen(function* () {
      const error = yield* Effect.flip(run({ a: 1, c: 2 }))
      assert.strictEqual(error.reason, "InvalidInput")
      assert.match(error.message, /"c": is unexpected.*"b": is missing.*For example: \{"a":1,"b":2\}/)
      const malformed = yield* Effect.flip(Subsystem.prepareTool(add, { input: null, malformed: "{" }, view))
      assert.strictEqual(malformed.reason, "InvalidInput")
    })
  )

  it.live("a broken, slow or verbose tool of a subsystem fails its call, and not the agent", () =>
    Effect.gen(function* () {
      const reasons = yield* Effect.forEach([13, 12, 11], (a) => Effect.flip(run({ a, b: 0 })))
      assert.deepStrictEqual(
        reasons.map(({ reason }) => reason),
        ["Unavailable", "Timeout", "TooLarge"]
      )
    })
  )
})

describe("the state hash", () => {
  const kernel = { mode: "Explore" }
  const leaf = { version: 1, value: { n: 1 } }

  it("the state hash is a root over the kernel's state where there are no leaves", () => {
    // kernel=$(printf '{"mode":"Explore"}' | sha256sum | cut -c1-64)
    // printf '{"format":2,"kernel":"%s","projections":{}}' $kernel | sha256sum
    const sha256 = "c5f328d6cd0055e99c3fb4a6166c514c4883b402e81e75310315aed36a591591"
    assert.strictEqual(Subsystem.stateHash({ kernel, leaves: {} }), sha256)
    assert.deepStrictEqual(Subsystem.sessionState(kernel), { kernel, leaves: {} }, "of a checkpoint before leaves")
  })

  it("the state hash is a root over leaves: name, version, value and standing count, their order does not", () => {
    const hash = (leaves: Subsystem.Leaves) => Subsystem.stateHash({ kernel, leaves })
    // Computed with another program from the canonical JSON of the root.
    assert.strictEqual(hash({ a: leaf }), "02131cc8b0a9e6b26a81f7d1200dd88c672004955cc3ffcb619d1cd036cb1bd3")
    const all = [
      hash({}),
      hash({ a: leaf }),
      hash({ b: leaf }),
      hash({ a: { ...leaf, version: 2 } }),
      hash({ a: { ...leaf, value: { n: 2 } } }),
      hash({ a: { ...leaf, through: 3 } }),
      hash({ a: leaf, b: leaf })
    ]
    assert.strictEqual(new Set(all).size, all.length)
    assert.strictEqual(hash({ a: leaf, b: leaf }), hash({ b: leaf, a: leaf }))
  })

  it("the state hash of a checkpoint is that of the state it was made of, also after JSON", () => {
    for (const leaves of [{}, { a: leaf, constructor: { ...leaf, through: 3 } }]) {
      const stored: unknown = JSON.parse(JSON.stringify(Subsystem.checkpointState({ kernel, leaves })))
      assert.deepStrictEqual(Subsystem.sessionState(stored), { kernel, leaves })
      assert.strictEqual(Subsystem.stateHash(Subsystem.sessionState(stored)), Subsystem.stateHash({ kernel, leaves }))
    }
  })
})
