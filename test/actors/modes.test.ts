import { assert, describe, it } from "@effect/vitest"
import { Effect, Layer, Logger } from "effect"
import * as fc from "fast-check"
import { type EventRecord, type OperatingMode, ToolError } from "../../src/layers/aios/index.js"
import { calls, checkStory, errorOf, ofType, outcomes, scripted, spawn, untilIdle } from "../support/story.js"
import { reader, type TestTool, world, writer } from "../support/world.js"

/** A tool that counts how often it ran. */
const counted = (tool: TestTool, fails: (n: number) => boolean = () => false) => {
  const runs: Array<unknown> = []
  const run: TestTool["run"] = (input) =>
    Effect.suspend(() => {
      runs.push(input)
      return fails(runs.length)
        ? new ToolError({ toolName: "tool", reason: "Unavailable", message: "it is locked; try later" })
        : Effect.succeed("ok")
    })
  return { runs, tool: { ...tool, run } }
}

/** The mode in which each outcome was made. */
const modesOfOutcomes = (all: ReadonlyArray<EventRecord>): ReadonlyArray<readonly [OperatingMode, string]> => {
  let mode: OperatingMode = "Explore"
  return all.flatMap(({ kind }) => {
    if (kind.type === "ModeChanged") mode = kind.to
    return kind.type === "ToolResult" ? [[mode, kind.status] as const] : []
  })
}

describe("Explore", () => {
  it.effect("a system without a tool that only reads warns that its agents cannot leave Explore", () => {
    const warnings: Array<string> = []
    const logger = Logger.make(({ logLevel, message }) => {
      if (logLevel._tag === "Warning") warnings.push(String([message].flat()[0]))
    })
    const build = (tools: { readonly [name: string]: TestTool }) =>
      Effect.scoped(
        Layer.build(
          world({ model: scripted(), tools }).pipe(Layer.provide(Logger.replace(Logger.defaultLogger, logger)))
        )
      )
    return Effect.gen(function* () {
      yield* build({ look: reader, write: writer })
      assert.deepStrictEqual(warnings, [])
      yield* build({ write: writer })
      assert.lengthOf(warnings, 1)
      assert.include(warnings[0], "No tool only reads")
    })
  })

  it.effect("Explore refuses a change, says what to do instead, and lets it through after a look", () => {
    const write = counted(writer)
    return Effect.gen(function* () {
      const agent = yield* spawn()
      yield* agent.run("Write.")
      const { all } = yield* checkStory(agent.sessionId)
      assert.deepStrictEqual(outcomes(all), ["write denied", "look ok", "write ok"])
      assert.lengthOf(write.runs, 1)
      const [refused] = ofType(all, "ToolResult")
      assert.include(refused && errorOf(refused), "In mode Explore")
      assert.include(refused && errorOf(refused), "Read what you want to change, for example with look")
      assert.deepStrictEqual(
        modesOfOutcomes(all).map(([mode]) => mode),
        ["Explore", "Explore", "Execute"]
      )
    }).pipe(
      Effect.provide(
        world({
          model: scripted(calls("write"), calls("look"), calls("write")),
          tools: { look: reader, write: write.tool }
        })
      )
    )
  })

  it.effect("Explore holds back the change of a turn that also looks", () => {
    const write = counted(writer)
    return Effect.gen(function* () {
      const agent = yield* spawn()
      yield* agent.run("Write.")
      const { all } = yield* checkStory(agent.sessionId)
      assert.deepStrictEqual(outcomes(all), ["write denied", "look ok"])
      assert.lengthOf(write.runs, 0)
    }).pipe(
      Effect.provide(
        world({
          model: scripted(calls("look", "write")),
          tools: { look: reader, write: write.tool }
        })
      )
    )
  })
})

/** Reads the file that `writer` writes. */
const check: TestTool = { ...reader, capabilities: ["fs:read:/out"] }

describe("Verify", () => {
  it.effect("Verify refuses every change after four changes until a check has read what was changed", () => {
    const write = counted(writer)
    return Effect.gen(function* () {
      const agent = yield* spawn()
      yield* agent.run("Write.")
      const { all } = yield* checkStory(agent.sessionId)
      assert.deepStrictEqual(outcomes(all).slice(1), [
        ...Array.from({ length: 4 }, () => "write ok"),
        "write denied",
        "look ok",
        "write denied",
        "check ok",
        "write ok"
      ])
      assert.lengthOf(write.runs, 5)
      const refused = ofType(all, "ToolResult")[5]
      assert.include(refused && errorOf(refused), "In mode Verify a check comes before the next change: read /out")
      assert.deepStrictEqual(
        modesOfOutcomes(all)
          .slice(5)
          .map(([mode]) => mode),
        ["Verify", "Verify", "Verify", "Verify", "Execute"]
      )
      const rules = ofType(all, "ModeChanged").flatMap(({ rule, to }) => (to === "Verify" ? [rule] : []))
      assert.deepStrictEqual(rules, ["changesPressed"])
    }).pipe(
      Effect.provide(
        world({
          model: scripted(
            calls("look"),
            ...Array.from({ length: 4 }, (_, n) => calls(`write#${n}`)),
            calls("write#refused"),
            calls("look"),
            calls("write#refused-again"),
            calls("check"),
            calls("write#again")
          ),
          tools: { look: reader, check, write: write.tool }
        })
      )
    )
  })
})

describe("Recover", () => {
  it.effect("Recover refuses changes after three failures, trips once, and is left after a success", () => {
    const write = counted(writer)
    const look = counted(reader, (n) => n >= 2 && n <= 4)
    return Effect.gen(function* () {
      const agent = yield* spawn()
      yield* agent.run("Write.")
      const { all } = yield* checkStory(agent.sessionId)
      assert.deepStrictEqual(outcomes(all), [
        "look ok",
        "look error",
        "look error",
        "look error",
        "write denied",
        "look ok",
        "look ok",
        "look ok",
        "write ok"
      ])
      assert.lengthOf(write.runs, 1)
      const refused = ofType(all, "ToolResult")[4]
      assert.include(refused && errorOf(refused), "In mode Recover (3 errors in a row)")
      const trips = ofType(all, "CircuitBreakerTripped")
      assert.deepStrictEqual(
        trips.map(({ errorStreak }) => errorStreak),
        [3]
      )
      assert.include(trips[0]?.reason, "error streak 3")
    }).pipe(
      Effect.provide(
        world({
          model: scripted(
            ...Array.from({ length: 4 }, (_, n) => calls(`look#${n}`)),
            calls("write"),
            // Three failures raise uncertainty to its maximum; three looks get the agent out of Explore, too.
            calls("look"),
            calls("look"),
            calls("look"),
            calls("write")
          ),
          tools: { look: look.tool, write: write.tool }
        })
      )
    )
  })

  it.effect("Recover trips again when there is a second streak", () => {
    const look = counted(reader, (n) => n % 4 !== 0)
    return Effect.gen(function* () {
      const agent = yield* spawn()
      yield* agent.run("Look.", { budget: { errorBudgetRemaining: 20 } })
      const { all } = yield* checkStory(agent.sessionId)
      assert.lengthOf(ofType(all, "CircuitBreakerTripped"), 2)
    }).pipe(
      Effect.provide(
        world({
          model: scripted(...Array.from({ length: 8 }, (_, n) => calls(`look#${n}`))),
          tools: { look: look.tool }
        })
      )
    )
  })
})

describe("every mode", () => {
  const tools = ["look", "write", "send", "gated", "forbidden", "missing"] as const
  const step = fc.record({ tool: fc.constantFrom(...tools), fails: fc.boolean() })
  const script = fc.array(fc.array(step, { minLength: 0, maxLength: 4 }), { maxLength: 12 })

  it.effect(
    "every mode keeps its promise for any calls of the model and any outcomes",
    () =>
      Effect.promise(() =>
        fc.assert(
          fc.asyncProperty(script, fc.integer({ min: 0, max: 12 }), async (turns, toolCallsRemaining) => {
            const ran: Array<string> = []
            const tool = (kind: TestTool): TestTool => ({
              ...kind,
              run: (input, { callId }) => {
                ran.push(callId)
                return typeof input === "object" && input !== null && "fails" in input && input.fails === true
                  ? Effect.fail(new ToolError({ toolName: "tool", reason: "Unavailable", message: "it failed" }))
                  : Effect.succeed("ok")
              }
            })
            const program = Effect.gen(function* () {
              const agent = yield* spawn()
              yield* Effect.fork(
                agent.run("Do something.", { budget: { toolCallsRemaining, errorBudgetRemaining: 30 } })
              )
              let parked = true
              while (parked) {
                yield* Effect.yieldNow()
                yield* untilIdle
                const { approvals, run } = yield* agent.snapshot
                for (const { approvalId = "", callId } of approvals) {
                  const answer = callId.length % 2 === 0 ? agent.approve : agent.deny
                  yield* answer(approvalId, { actor: "someone" })
                }
                parked = run !== undefined
              }
              yield* untilIdle
              const { all } = yield* checkStory(agent.sessionId)
              checkTeeth(all, ran)
            })
            await Effect.runPromise(
              Effect.provide(
                program,
                world({
                  model: scripted(
                    ...turns.map((steps, turn) => ({
                      toolCalls: steps.map(({ fails, tool: toolName }, n) => ({
                        callId: `${turn * 7}-${n}${fails ? "-fails" : ""}`,
                        toolName,
                        input: { fails }
                      }))
                    }))
                  ),
                  tools: {
                    look: tool(reader),
                    write: tool(writer),
                    send: tool({ capabilities: ["fs:write:/sent"] }),
                    gated: tool({ capabilities: ["fs:overwrite:/old"] }),
                    forbidden: tool({ capabilities: ["net:egress:example.com"] })
                  }
                })
              )
            )
          }),
          { numRuns: 60 }
        )
      ),
    60_000
  )
})

const checkTeeth = (all: ReadonlyArray<EventRecord>, ran: ReadonlyArray<string>): void => {
  let mode: OperatingMode = "Explore"
  const toolOf = new Map<string, string>()
  const approved = new Set<string>()
  const callOf = new Map<string, string>()
  for (const { kind } of all) {
    switch (kind.type) {
      case "ModeChanged":
        mode = kind.to
        break
      case "ToolCall":
        toolOf.set(kind.callId, kind.toolName)
        break
      case "ApprovalRequested":
        callOf.set(kind.approvalId, kind.callId)
        break
      case "ApprovalGranted":
        approved.add(callOf.get(kind.approvalId) ?? "")
        break
      case "ToolResult": {
        const tool = toolOf.get(kind.callId)
        const times = ran.filter((callId) => callId === kind.callId).length
        assert.strictEqual(times, kind.status === "denied" || kind.status === "cancelled" || tool === "missing" ? 0 : 1)
        if (kind.status !== "ok") break
        assert.notStrictEqual(mode, "Sleep")
        assert.notInclude(["forbidden", "missing"], tool)
        if (tool !== "look") assert.strictEqual(mode, "Execute")
        if (tool === "gated") assert.isTrue(approved.has(kind.callId))
      }
    }
  }
}
