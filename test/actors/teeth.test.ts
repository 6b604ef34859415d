/** The machine decides: nothing happens that a mode does not let through, even if other code computes otherwise. */
import { assert, describe, it } from "@effect/vitest"
import { Effect, Fiber, TestClock } from "effect"
import { afterEach, vi } from "vitest"
import { type EventRecord, isRawKind, Limits, type OperatingMode, ToolError } from "../../src/layers/aios/index.js"
import { agentMachine, type AgentSnapshot } from "../../src/machines/index.js"
import { calls, checkStory, ofType, outcomes, scripted, spawn, untilIdle } from "../support/story.js"
import { confident, reader, sender, type TestTool, world, writer } from "../support/world.js"

afterEach(() => void vi.restoreAllMocks())

/** A tool that keeps the ids of the calls that ran, in order. */
const traced = (tool: TestTool, ran: Array<string>): TestTool => ({
  ...tool,
  run: (_, { callId }) =>
    Effect.sync(() => {
      ran.push(callId)
      return "ok"
    })
})

/** Writes the file that its input names, anew each time. */
const writeTo: TestTool = {
  annotations: { idempotent: true },
  capabilities: (input) => [`fs:write:/${(input as { readonly id?: string }).id ?? "out"}`]
}

/** Reads the file that its input names up to a tilde. */
const readOf: TestTool = {
  ...reader,
  capabilities: (input) => [`fs:read:/${(input as { readonly id?: string }).id?.split("~")[0] ?? ""}`]
}

const modeAt = (all: ReadonlyArray<EventRecord>, sequence: number): OperatingMode => {
  let mode: OperatingMode = "Explore"
  for (const { kind, ...record } of all) {
    if (record.sequence <= sequence && !isRawKind(kind) && kind.type === "ModeChanged") mode = kind.to
  }
  return mode
}

describe("a machine that is frozen in Explore", () => {
  it.effect("a machine that is frozen in Explore makes every change impossible, even if the gauges allow it", () => {
    const ran: Array<string> = []
    const { transition } = agentMachine
    // Every rule holds as before; the machine just stays where it is.
    vi.spyOn(agentMachine, "transition").mockImplementation((...args) => {
      const next = transition.apply(agentMachine, args) as AgentSnapshot
      return next.value === "Explore" ? next : (agentMachine.resolveState({ ...next, value: "Explore" }) as never)
    })
    return Effect.gen(function* () {
      const agent = yield* spawn()
      yield* agent.run("Write.", { budget: { errorBudgetRemaining: 20 } })
      assert.deepStrictEqual(ran, ["look-0", "look-0"])
    }).pipe(
      Effect.provide(
        world({
          model: scripted(calls("write"), calls("look"), calls("send"), calls("look"), calls("write")),
          tools: { look: traced(reader, ran), send: traced(sender, ran), write: traced(writer, ran) },
          thresholds: confident
        })
      )
    )
  })
})

describe("a machine that refuses an event", () => {
  it.effect("a machine that refuses an event ends the run, names event and phase, and never spins", () => {
    const { transition } = agentMachine
    vi.spyOn(agentMachine, "transition").mockImplementation((...args) => {
      const [snapshot, event, scope] = args
      // An event of no phase makes the machine refuse in its own way.
      return transition.apply(agentMachine, [
        snapshot,
        event.type === "Learn" ? ({ type: "X" } as never) : event,
        scope
      ])
    })
    return Effect.gen(function* () {
      const agent = yield* spawn("scribe", { restart: "temporary" })
      const { error, reason } = yield* agent.run("Learn.", { outcome: true })
      assert.strictEqual(reason, "error")
      assert.include(error, "the agent machine refuses Learn: the agent is in phase learn")
      yield* untilIdle
      const { all } = yield* checkStory(agent.sessionId)
      const [errored] = ofType(all, "RunErrored")
      assert.include(errored?.error, "the agent machine refuses Learn: the agent is in phase learn")
    }).pipe(Effect.provide(world({ model: scripted() })))
  })
})

describe("a turn with many calls", () => {
  it.effect("a turn with forty changes makes no more changes before a check than forty turns with one change", () => {
    const ran: Array<string> = []
    return Effect.gen(function* () {
      const agent = yield* spawn()
      yield* agent.run("Write.", { budget: { errorBudgetRemaining: 100, toolCallsRemaining: 100 } })
      const { all } = yield* checkStory(agent.sessionId)
      assert.deepStrictEqual(ran, ["w0", "w1", "w2", "w3"])
      assert.strictEqual(outcomes(all).filter((outcome) => outcome === "write denied").length, 36)
      assert.lengthOf(ofType(all, "AssistantMessage"), 2, "the rest of the turn runs without asking the model")
    }).pipe(
      Effect.provide(
        world({
          model: scripted(calls(...Array.from({ length: 40 }, (_, n) => `write#w${n}`))),
          tools: { write: traced(writeTo, ran) },
          thresholds: confident
        })
      )
    )
  })

  it.effect("a tick runs ten calls and five changes in the order of the turn, and the next ticks run the rest", () => {
    const ran: Array<string> = []
    const turn = [
      ...Array.from({ length: 12 }, (_, n) => `look#r${n}`),
      ...Array.from({ length: 7 }, (_, n) => `write#w${n}`),
      "look#last"
    ]
    return Effect.gen(function* () {
      const agent = yield* spawn()
      yield* agent.run("Write.", { budget: { toolCallsRemaining: 100 } })
      const { all } = yield* checkStory(agent.sessionId)
      assert.deepStrictEqual(
        ran,
        turn.map((call) => call.split("#")[1])
      )
      const perTick = ofType(all, "PhaseEntered").flatMap(({ deferred }) => (deferred ? [deferred.callIds.length] : []))
      assert.deepStrictEqual(perTick, [10, 3])
      assert.lengthOf(ofType(all, "AssistantMessage"), 2)
    }).pipe(
      Effect.provide(
        world({
          model: scripted(calls(...turn)),
          tools: { look: traced(reader, ran), write: traced(writeTo, ran) },
          thresholds: { ...confident, pressureByChange: 0 }
        })
      )
    )
  })

  it.effect("a turn with many calls keeps the limit of events of its policy over all its ticks", () => {
    const ran: Array<string> = []
    return Effect.gen(function* () {
      const agent = yield* spawn("scribe", {
        policy: { allow: ["*"], gate: [], eventsPerTurnMax: 30 }
      })
      yield* agent.run("Look.", { budget: { toolCallsRemaining: 100, errorBudgetRemaining: 100 } })
      assert.lengthOf(ran, 15)
    }).pipe(
      Effect.provide(
        world({
          model: scripted(calls(...Array.from({ length: 20 }, (_, n) => `look#r${n}`))),
          tools: { look: traced(reader, ran) }
        })
      )
    )
  })
})

describe("Verify", () => {
  const changing = Array.from({ length: 4 }, (_, n) => calls(`write#w${n}`))

  it.effect("Verify binds every tool whose capabilities change something, also against its annotations", () => {
    const ran: Array<string> = []
    const own: TestTool = { annotations: { readOnly: true, idempotent: true }, capabilities: ["exec:cmd:make"] }
    const child: TestTool = {
      annotations: { parallel: true, idempotent: true },
      capabilities: ["agents:spawn:child"]
    }
    return Effect.gen(function* () {
      const agent = yield* spawn("scribe", { policy: { allow: ["*"], gate: [] } })
      yield* agent.run("Write.", { budget: { errorBudgetRemaining: 20 } })
      assert.deepStrictEqual(ran, ["w0", "w1", "w2", "w3"])
    }).pipe(
      Effect.provide(
        world({
          model: scripted(...changing, calls("own#a", "delegate#b", "send#c")),
          tools: {
            write: traced(writeTo, ran),
            own: traced(own, ran),
            delegate: traced(child, ran),
            send: traced(sender, ran)
          },
          thresholds: confident
        })
      )
    )
  })

  it.effect("Verify is left when every changed file was read after its last change, and not before", () => {
    const ran: Array<string> = []
    return Effect.gen(function* () {
      const agent = yield* spawn()
      yield* agent.run("Write.", { budget: { errorBudgetRemaining: 20 } })
      assert.deepStrictEqual(ran.slice(4), ["w0~", "w1~", "w2~", "w3~", "more"])
      const { all } = yield* checkStory(agent.sessionId)
      const left = ofType(all, "ModeChanged").find(({ from }) => from === "Verify")
      assert.strictEqual(left?.to, "Execute")
    }).pipe(
      Effect.provide(
        world({
          model: scripted(
            ...changing,
            ...["w0~", "w1~", "w2~"].map((id) => calls(`read#${id}`)),
            calls("write#early"),
            calls("read#w3~"),
            calls("write#more")
          ),
          tools: { write: traced(writeTo, ran), read: traced(readOf, ran) },
          thresholds: confident
        })
      )
    )
  })

  it.effect("Verify is not left by a read beside the change, because the read may have seen the old content", () =>
    Effect.gen(function* () {
      const agent = yield* spawn()
      const run = yield* Effect.fork(agent.run("Write."))
      yield* untilIdle
      yield* TestClock.adjust(1_000)
      const { unverified } = yield* Fiber.join(run)
      assert.deepStrictEqual(unverified, ["/w0"])
    }).pipe(
      Effect.provide(
        world({
          model: scripted(calls("read#w0~", "write#w0")),
          tools: {
            write: { ...writeTo, annotations: { idempotent: true, parallel: true } },
            read: { ...readOf, run: () => Effect.delay(Effect.succeed("old"), 1_000) }
          },
          thresholds: confident
        })
      )
    )
  )

  it.effect("Verify does not keep a run from its end, which names what no check has read", () =>
    Effect.gen(function* () {
      const agent = yield* spawn()
      const { reason, unverified } = yield* agent.run("Write.")
      assert.strictEqual(reason, "completed")
      assert.deepStrictEqual(unverified, ["/w0", "/w1", "send"])
      const { unverified: known } = yield* agent.snapshot
      assert.deepStrictEqual(known, unverified)
    }).pipe(
      Effect.provide(
        world({
          model: scripted(calls("write#w0"), calls("write#w1"), calls("send#s")),
          tools: { write: writeTo, send: { capabilities: ["net:send:mail"] } },
          policy: { allow: ["*"], gate: [] },
          thresholds: confident
        })
      )
    )
  )
})

describe("AskHuman", () => {
  const gated: TestTool = { capabilities: ["fs:overwrite:/old"] }

  it.effect("AskHuman holds back the changes of a turn while a person is asked, and lets reads before them run", () => {
    const ran: Array<string> = []
    return Effect.gen(function* () {
      const agent = yield* spawn()
      const run = yield* Effect.fork(agent.run("Replace it."))
      yield* Effect.yieldNow()
      yield* untilIdle
      assert.deepStrictEqual(ran, ["a-look"])
      const { approvals, mode } = yield* agent.snapshot
      assert.strictEqual(mode, "AskHuman")
      yield* agent.approve(approvals[0]?.approvalId ?? "", { actor: "someone" })
      yield* run
      yield* untilIdle
      const { all } = yield* checkStory(agent.sessionId)
      assert.deepStrictEqual(ran, ["a-look", "b-gated", "c-write", "d-look"])
      const results = all.filter(({ kind }) => kind.type === "ToolResult")
      assert.deepStrictEqual(
        results.map(({ sequence }) => modeAt(all, sequence)),
        ["AskHuman", "Execute", "Execute", "Execute"]
      )
      assert.lengthOf(ofType(all, "AssistantMessage"), 2)
    }).pipe(
      Effect.provide(
        world({
          model: scripted(calls("look#a-look", "gated#b-gated", "write#c-write", "look#d-look")),
          tools: { look: traced(reader, ran), gated: traced(gated, ran), write: traced(writeTo, ran) },
          thresholds: confident
        })
      )
    )
  })

  it.effect("AskHuman goes on with what it held back when the person refuses", () => {
    const ran: Array<string> = []
    return Effect.gen(function* () {
      const agent = yield* spawn()
      const run = yield* Effect.fork(agent.run("Replace it."))
      yield* Effect.yieldNow()
      yield* untilIdle
      const { approvals } = yield* agent.snapshot
      yield* agent.deny(approvals[0]?.approvalId ?? "", { actor: "someone" })
      yield* run
      assert.deepStrictEqual(ran, ["write-1"])
    }).pipe(
      Effect.provide(
        world({
          model: scripted(calls("gated", "write")),
          tools: { gated: traced(gated, ran), write: traced(writeTo, ran) },
          thresholds: confident
        })
      )
    )
  })
})

describe("a change that was cut off by its time limit", () => {
  it.effect("a change that was cut off by its time limit counts as unverified, because it may have taken place", () =>
    Effect.gen(function* () {
      const agent = yield* spawn()
      const { unverified } = yield* agent.run("Write.")
      assert.deepStrictEqual(unverified, ["/slow"])
    }).pipe(
      Effect.provide(
        world({
          model: scripted(calls("write#slow")),
          tools: {
            write: {
              ...writeTo,
              run: () => new ToolError({ toolName: "write", reason: "Timeout", message: "it took too long" })
            }
          },
          thresholds: confident
        })
      )
    )
  )
})

describe("a tool that heeds no interruption", () => {
  it.effect("a tool that heeds no interruption does not hold up its agent, and its changes are unverified", () =>
    Effect.gen(function* () {
      const agent = yield* spawn()
      const run = yield* Effect.fork(agent.run("Write."))
      yield* untilIdle
      yield* TestClock.adjust(30_000 + Limits.stopMsMax)
      const { reason, unverified } = yield* Fiber.join(run)
      assert.deepStrictEqual([reason, unverified], ["completed", ["/slow"]])
    }).pipe(
      Effect.provide(
        world({
          model: scripted(calls("write#slow")),
          tools: { write: { ...writeTo, run: () => Effect.uninterruptible(Effect.never) } },
          policy: { allow: ["*"], gate: [], toolRuntimeMsMax: 20_000 },
          thresholds: confident
        })
      )
    )
  )
})
