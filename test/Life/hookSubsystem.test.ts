/** The subsystem of hooks: what is refused, what is left out, and the end of a system. */
import { assert, describe, it } from "@effect/vitest"
import { Deferred, Effect, Exit, Fiber, Scope, TestClock } from "effect"
import { mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { ActorSystem } from "../../src/actors/ActorSystem.js"
import { Model, type ModelRequest, type Subsystem, type ToolOutput } from "../../src/layers/aios/index.js"
import { Hooks, ScriptedModel } from "../../src/layers/arcan/index.js"
import * as Life from "../../src/Life.js"
import { gatedCall, Session, socketsOf } from "../actors/sockets/support.js"
import { warningsOf } from "../support/warnings.js"
import { hello } from "../layers/arcan/support.js"

const { hookEventsMax, hookFlushMsMax, hookMsMax } = Hooks.HookLimits

const call: Subsystem.GatedCall = { ...gatedCall, input: { path: "/a" } }

const socketsWith = (hooks: ReadonlyArray<Hooks.Hooks>) =>
  Effect.provide(
    socketsOf([Hooks.subsystem(hooks)]),
    ScriptedModel.layer(() => ({ content: "hi" }))
  )

/** Runs a call behind hooks on the virtual clock, for as long as two hooks may take. */
const called = (hooks: ReadonlyArray<Hooks.Hooks>, output: ToolOutput = { output: "seen" }) =>
  Effect.gen(function* () {
    const sockets = yield* socketsWith(hooks)
    const at = new Session(sockets).now()
    const running = yield* Effect.fork(
      Effect.either(sockets.provide(sockets.aroundTool(call, Effect.succeed(output), at)))
    )
    yield* TestClock.adjust(2 * hookMsMax)
    return yield* Fiber.join(running)
  })

const broken: Record<string, () => Effect.Effect<never>> = {
  "throws before it gives an Effect": () => {
    throw new Error("broken")
  },
  dies: () => Effect.die(new Error("broken")),
  "interrupts itself": () => Effect.interrupt,
  "takes too long": () => Effect.never,
  "takes too long and ignores its interruption": () => Effect.uninterruptible(Effect.never)
}

describe("the subsystem of hooks", () => {
  for (const [breaks, hook] of Object.entries(broken)) {
    it.scoped(`the subsystem of hooks refuses a call when a hook before it ${breaks}`, () =>
      Effect.gen(function* () {
        const outcome = yield* called([{ name: "guard", beforeTool: hook }])
        assert.strictEqual(outcome._tag, "Left")
        if (outcome._tag === "Right") return
        assert.strictEqual(outcome.left.reason, "PolicyViolation")
        assert.match(outcome.left.message, /^The hook guard refuses this call: it (failed|took more than 60000 ms)/)
      })
    )

    it.scoped(`the subsystem of hooks withholds an output when a hook behind the call ${breaks}`, () =>
      Effect.gen(function* () {
        const outcome = yield* called([{ name: "guard", afterTool: hook }])
        assert.match(
          JSON.stringify(outcome),
          /The call ran, but the hook guard withholds its output: it (failed|took more than 60000 ms)/
        )
      })
    )
  }

  it.scoped("each hook has its whole time, however long the others took", () =>
    Effect.gen(function* () {
      const slow: Hooks.Hooks = { name: "slow", beforeTool: () => Effect.sleep(hookMsMax - 1) }
      assert.deepStrictEqual((yield* called([slow, slow]))._tag, "Right")
    })
  )

  it.scoped("a hook after a call sees what the call did, and that stays on record even if the hook returns less", () =>
    Effect.gen(function* () {
      const done: ToolOutput = {
        output: "seen",
        files: [{ path: "/a", sha256: "", sizeBytes: 1 }],
        events: [{ type: "Custom", eventType: "looked", data: 1 }]
      }
      const shown: Array<unknown> = []
      const outcome = yield* called(
        [{ name: "watch", afterTool: (output, asked) => (shown.push(output, asked), Effect.succeed({ output: "…" })) }],
        done
      )
      assert.deepStrictEqual(shown, [
        done,
        { sessionId: "s1", runId: "", callId: "c", toolName: "look", input: { path: "/a" } }
      ])
      assert.deepStrictEqual(yield* outcome, { ...done, output: "…" })
    })
  )

  it.scoped("the subsystem of hooks stands in no socket that its hooks do not need", () =>
    Effect.gen(function* () {
      const sockets = yield* socketsWith([{ name: "watch", afterModel: Effect.succeed }])
      assert.deepStrictEqual(
        sockets.describe().map(({ rule, socket }) => `${socket} ${rule}`),
        ["aroundModel hooks:turn", "report hooks:queue"]
      )
    })
  )

  it.effect("the subsystem of hooks drops an event when too many that hooks are told of wait", () =>
    Effect.gen(function* () {
      let told = 0
      const release = yield* Deferred.make<void>()
      const slow: Hooks.Hooks = {
        name: "slow",
        sessionEnd: () => Effect.tap(Deferred.await(release), () => void told++)
      }
      const work = Effect.gen(function* () {
        const session = new Session(yield* socketsWith([slow]))
        for (let n = 0; n < hookEventsMax + 3; n++) {
          session.append({ type: "PhaseEntered", phase: "act" }, { type: "SessionClosed", reason: "" })
          // Lets the reporter take the append.
          yield* Effect.yieldNow()
        }
        yield* Effect.repeatN(Effect.yieldNow(), 1_000)
        yield* Deferred.succeed(release, undefined)
      })
      const [, warnings] = yield* warningsOf(Effect.scoped(work))
      // One more than may wait: the first, which the hook is being told of.
      assert.strictEqual(told, hookEventsMax + 1)
      assert.deepStrictEqual(warnings, Array(2).fill("hooks are not told of an event: 1024 others wait"))
    })
  )

  for (const [breaks, hook] of Object.entries(broken).slice(-2)) {
    it.effect(`the subsystem of hooks lets a system end in time when a hook that is told ${breaks}`, () =>
      Effect.gen(function* () {
        const close = Effect.gen(function* () {
          const scope = yield* Scope.make()
          const sockets = yield* Scope.extend(socketsWith([{ name: "slow", sessionEnd: hook }]), scope)
          new Session(sockets).append({ type: "SessionClosed", reason: "" })
          const closing = yield* Effect.fork(Scope.close(scope, Exit.void))
          yield* TestClock.adjust(hookFlushMsMax - 1)
          assert.isNull(closing.unsafePoll())
          yield* TestClock.adjust(1)
          yield* Fiber.join(closing)
        })
        const [, warnings] = yield* warningsOf(close)
        assert.deepStrictEqual(warnings, ["hooks were not told of everything within 10000 ms"])
      })
    )
  }
})

describe("a Life with hooks", () => {
  const workspace = Effect.acquireRelease(
    Effect.sync(() => mkdtempSync(join(tmpdir(), "life-hooks-"))),
    (path) => Effect.sync(() => rmSync(path, { recursive: true, force: true }))
  )
  const recorder = (requests: Array<ModelRequest>): Hooks.Hooks => ({
    name: "recorder",
    beforeModel: (request) => Effect.sync(() => (requests.push(request), request))
  })

  it.scoped("a Life with hooks has a Model that asks them, also for a program that uses it directly", () =>
    Effect.gen(function* () {
      const requests: Array<ModelRequest> = []
      const provider = ScriptedModel.layer(() => ({ content: "hi" }))
      const life = Life.layerMemory({ workspace: yield* workspace, provider, hooks: [recorder(requests)] })
      yield* Effect.provide(
        Effect.flatMap(Model, (model) => model.generate(hello, () => {})),
        life
      )
      assert.deepStrictEqual(requests, [hello])
    })
  )

  it.scopedLive("a Life with hooks asks them about summaries as well, and once about each request", () =>
    Effect.gen(function* () {
      const place = yield* workspace
      for (let n = 0; n < 20; n++) writeFileSync(join(place, `${n}.txt`), "word ".repeat(400))
      const asked: Array<string> = []
      const provider = ScriptedModel.layer(
        ({ system }) => {
          asked.push(system)
          if (system.startsWith("You summarise")) return { content: "Much was read." }
          return asked.length < 20
            ? ScriptedModel.call("read_file", { path: `${asked.length}.txt` })
            : { content: "Done." }
        },
        { contextWindowTokens: 6_000, ruleBased: false }
      )
      const requests: Array<ModelRequest> = []
      yield* Effect.gen(function* () {
        const agent = yield* Effect.flatMap(ActorSystem, (system) => system.spawn({ name: "ada" }))
        assert.strictEqual((yield* agent.run("Read all.")).reason, "completed")
      }).pipe(Effect.provide(Life.layerMemory({ workspace: place, provider, hooks: [recorder(requests)] })))
      assert.isTrue(asked.some((system) => system.startsWith("You summarise")))
      assert.deepStrictEqual(
        requests.map(({ system }) => system),
        asked
      )
    })
  )
})
