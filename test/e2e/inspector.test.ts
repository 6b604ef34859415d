import { assert, describe, it } from "@effect/vitest"
import { Context, Effect, Fiber, Layer } from "effect"
import { ActorSystem } from "../../src/actors/ActorSystem.js"
import {
  type Inspection,
  inspectionVersion,
  Journal,
  Limits,
  operatingModes,
  rootActorId
} from "../../src/layers/aios/index.js"
import { Inspector } from "../../src/layers/aios/ports/Inspector.js"
import { initialState, type PendingCall } from "../../src/layers/aios/schema/AgentState.js"
import { foldEvent, reduce } from "../../src/machines/fold.js"
import { actorInspection } from "../../src/machines/inspection.js"
import { layerServer } from "../../src/server/inspector/index.js"
import { assets, listening } from "../server/inspector/support.js"
import { ofType, records, untilIdle } from "../support/story.js"
import { ground, population } from "../support/world.js"
import { executablePath, open, type OpenOptions, picture, press, says, seen, textOf } from "./browser.js"
import { freeModel, makeModel, markup, tools, turns } from "./story.js"

/** A system with a server and, behind it, the journal of the system; and the page of that server. */
const place = Effect.gen(function* () {
  const where = listening()
  const journal = yield* Layer.build(ground())
  const inspector = yield* Layer.build(
    layerServer({ assets, onListening: where.onListening }).pipe(Layer.provide(Layer.succeedContext(journal)))
  )
  const system = (options: Parameters<typeof population>[0]) =>
    Effect.map(
      Layer.build(
        population({ tools, ...options }).pipe(
          Layer.provide(Layer.succeedContext(inspector)),
          Layer.provide(Layer.succeedContext(journal))
        )
      ),
      (context) => Context.get(context, ActorSystem)
    )
  return {
    url: where.address.url,
    inspector: Context.get(inspector, Inspector),
    journal: Context.get(journal, Journal),
    system
  }
})

/** An agent that has lived through the whole story. */
const told = Effect.fnUntraced(function* (sessionId: string) {
  const at = yield* place
  const system = yield* at.system({ model: freeModel })
  const agent = yield* system.spawn({ name: "accountant", sessionId })
  const run = yield* Effect.fork(agent.run("Sum up the third quarter."))
  yield* approveAll(agent)
  yield* Fiber.join(run)
  yield* Effect.provideService(untilIdle, ActorSystem, system)
  const all = yield* records(sessionId).pipe(Effect.provideService(Journal, at.journal))
  return { ...at, agent, all }
})

const approveAll = (agent: Effect.Effect.Success<ReturnType<typeof ActorSystem.Service.spawn>>) =>
  Effect.iterate([] as ReadonlyArray<PendingCall>, {
    while: (approvals) => approvals.length === 0,
    body: () => Effect.map(agent.snapshot, ({ approvals }) => approvals).pipe(Effect.delay("10 millis"))
  }).pipe(
    Effect.flatMap((approvals) =>
      Effect.forEach(approvals, ({ approvalId = "" }) => agent.approve(approvalId, { actor: "ada" }), { discard: true })
    ),
    Effect.orDie
  )

const current = (mode: string) => `.chart-mode[data-current][data-mode="${mode}"]`

describe.skipIf(executablePath === undefined)("the inspector's page", { timeout: 120_000 }, () => {
  it.scopedLive("the page lights each mode as the agent enters it, and asks no server but its own", () =>
    Effect.gen(function* () {
      const { system, url } = yield* place
      const { page, problems, requests } = yield* open(url)
      yield* says(page, ".empty", "Nothing to watch yet")
      yield* picture(page, "empty")
      const { allow, model } = yield* makeModel
      const agent = yield* Effect.flatMap(system({ model }), (each) =>
        each.spawn({ name: "accountant", sessionId: "q3-review" })
      )
      const run = yield* Effect.fork(agent.run("Sum up the third quarter."))
      yield* seen(page, current("Explore"))
      yield* says(page, ".agent-phrase", "asks its model")
      yield* says(page, '.ring-part[data-at="now"]', "act")
      for (const [turnsAllowed, mode] of [
        [1, "Execute"],
        [1, "Explore"],
        [1, "Recover"],
        [1, "Execute"],
        [1, "Verify"]
      ] as const) {
        yield* allow(turnsAllowed)
        yield* seen(page, current(mode))
      }
      yield* seen(page, '.chart-way[data-lit][data-mode="Verify"]')
      yield* says(page, ".agent-change", "Execute → Verify: changesPressed, side-effect pressure")
      yield* picture(page, "live")
      yield* allow(2)
      yield* seen(page, current("AskHuman"))
      yield* says(page, ".agent-phrase", "waits for 1 approval")
      yield* approveAll(agent)
      yield* allow(turns.length)
      yield* seen(page, current("Sleep"))
      yield* Fiber.join(run)
      yield* says(page, ".gauge", /tool calls\d+ of 48/)
      assert.deepStrictEqual(problems, [])
      assert.isAbove(requests.length, 10)
      for (const request of requests) assert.match(request, /^(http|ws):\/\/127\.0\.0\.1:\d+\//)
    })
  )

  it.scopedLive("the page shows the state of any sequence that is chosen, by scrubber, keys and log", () =>
    Effect.gen(function* () {
      const { all, url } = yield* told("q3-review")
      const { page, problems } = yield* open(url)
      yield* seen(page, current("Sleep"))
      const states = all.map((_, index) =>
        all.slice(0, index + 1).reduce((state, each) => reduce(state, foldEvent(each)), initialState)
      )
      const shows = Effect.fnUntraced(function* (sequence: number) {
        const state = states[sequence - 1] ?? initialState
        yield* says(page, ".agent-at", `event ${sequence} ·`)
        yield* seen(page, current(state.mode))
        yield* says(page, '.ring-part[data-at="now"]', state.phase)
        assert.strictEqual(yield* textOf(page, ".ring-tick"), String(state.tick))
        assert.strictEqual(yield* textOf(page, ".position"), `${sequence} / ${all.length}`)
      })
      const changed = ofType(all, "ModeChanged").map(
        (kind) => all.find((record) => record.kind === kind)?.sequence ?? 0
      )
      const lastChange = changed.at(-1) ?? 0
      for (const sequence of [...changed, 1, all.length]) {
        yield* Effect.promise(() => page.locator(".scrubber").fill(String(sequence)))
        yield* shows(sequence)
      }
      yield* press(page, "Home")
      yield* says(page, ".agent-at", "before the first event")
      yield* press(page, "ArrowRight")
      yield* shows(1)
      yield* press(page, "End")
      yield* press(page, "ArrowLeft")
      yield* shows(all.length - 1)
      yield* Effect.promise(() => page.locator(`.log [data-index="${lastChange - 1}"]`).click())
      yield* shows(lastChange)
      yield* press(page, "2")
      yield* says(page, ".snapshot-part", 'to"Sleep"')
      yield* picture(page, "replay")
      // Plays from the chosen sequence to the end, and goes back to live.
      yield* Effect.promise(() => page.locator("select[aria-label=Speed]").selectOption("100"))
      yield* press(page, "Home")
      yield* press(page, " ")
      yield* says(page, ".position", `${all.length} / ${all.length}`)
      yield* press(page, "l")
      yield* seen(page, ".live[aria-pressed=true]")
      assert.deepStrictEqual(problems, [])
    })
  )

  it.scopedLive("the page shows what tools say as text, never as markup", () =>
    Effect.gen(function* () {
      const { all, url } = yield* told("q3-review")
      const { page, problems } = yield* open(url)
      yield* seen(page, current("Sleep"))
      const result = all.find(({ kind }) => kind.type === "ToolResult")?.sequence ?? 0
      yield* Effect.promise(() => page.locator(".scrubber").fill(String(result)))
      yield* says(page, ".log .vlist-row", "<script>window.intruder = 1</script>")
      yield* press(page, "2")
      yield* says(page, ".json", JSON.stringify(markup))
      yield* press(page, "3")
      yield* says(page, ".sequence", "read_ledger ok")
      const found = yield* Effect.promise(() =>
        page.evaluate<unknown>(
          `({ intruder: "intruder" in window, images: document.images.length, scripts: document.scripts.length })`
        )
      )
      assert.deepStrictEqual(found, { intruder: false, images: 0, scripts: 1 })
      assert.deepStrictEqual(problems, [])
    })
  )

  it.scopedLive("the page finds events, pauses the log, draws the messages, and replays past sessions", () =>
    Effect.gen(function* () {
      const { agent, all, url } = yield* told("q3-review")
      const { page, problems } = yield* open(url, { colorScheme: "light" })
      yield* seen(page, current("Sleep"))
      yield* Effect.promise(() => page.getByLabel("Filter events by type").fill("ToolCall"))
      const calls = ofType(all, "ToolCall").length
      yield* says(page, ".log-status", `${calls} events found`)
      yield* Effect.promise(() => page.getByLabel("Filter events by text").fill("SEND_letter"))
      yield* says(page, ".log-status", "1 event found")
      yield* Effect.promise(() => page.getByLabel("Filter events by text").fill(""))
      yield* Effect.promise(() => page.getByLabel("Filter events by type").fill(""))
      yield* says(page, ".log-status", `${all.length} events`)
      yield* Effect.promise(() => page.getByRole("button", { name: "Pause", exact: true }).click())
      yield* agent.tell("And the fourth quarter?")
      yield* says(page, ".log-status", /paused, \d+ newer event/)
      yield* Effect.promise(() => page.getByRole("button", { name: "Resume" }).click())
      yield* Effect.promise(() => page.getByRole("tab", { name: "Messages" }).click())
      yield* says(page, ".sequence-head", "accountant")
      for (const who of ["user", "model", "tools"]) yield* says(page, ".sequence-head", who)
      assert.isAbove(yield* Effect.promise(() => page.locator(".sequence-arrow").count()), calls)
      yield* picture(page, "messages")
      yield* Effect.promise(() => page.getByRole("tab", { name: "Sessions" }).click())
      yield* Effect.promise(() => page.locator(".pane:visible .vlist-row", { hasText: "accountant" }).click())
      yield* seen(page, ".live[aria-pressed=false]")
      yield* picture(page, "sessions")
      assert.deepStrictEqual(problems, [])
    })
  )

  const crowd = (agents: number, options: OpenOptions) =>
    Effect.gen(function* () {
      const { inspector, url } = yield* place
      const at = 1_700_000_000_000
      const ids = Array.from({ length: agents }, (_, index) => `agent-${String(index + 1).padStart(4, "0")}`)
      const introduce = (sessionId: string, index: number): Inspection => {
        const mode = operatingModes[(index * 7 + Math.floor(index / 5)) % operatingModes.length] ?? "Explore"
        const parentId = index % 4 === 0 ? undefined : ids[index - (index % 4)]
        const name = `${["surveyor", "writer", "checker", "reader"][index % 4]} ${index + 1}`
        return actorInspection(
          sessionId,
          { ...initialState, name, mode, tick: index % 97, ...(parentId === undefined ? {} : { parentId }) },
          at
        )
      }
      const root: Inspection = { ...actorInspection(rootActorId, { ...initialState, name: "life" }, at), name: "life" }
      inspector.publish(root.type === "@xstate.actor" ? withoutParent(root) : root)
      ids.forEach((id, index) => inspector.publish(introduce(id, index)))
      ids.forEach((id, index) => inspector.publish(doing(id, index, at + 37 * index)))
      const { page, problems } = yield* open(url, options)
      yield* says(page, ".overview h2", `${agents.toLocaleString("en")} agents`)
      return { page, problems }
    })

  it.scopedLive("the page shows twenty agents as tiles and as a tree", () =>
    Effect.gen(function* () {
      const { page, problems } = yield* crowd(20, { colorScheme: "dark" })
      yield* seen(page, ".overview-bar")
      assert.strictEqual(yield* Effect.promise(() => page.locator(".tile").count()), 20)
      yield* picture(page, "twenty")
      assert.deepStrictEqual(problems, [])
    })
  )

  it.scopedLive("the page stays usable with a thousand agents", () =>
    Effect.gen(function* () {
      const { page, problems } = yield* crowd(1_000, { colorScheme: "light" })
      assert.isBelow(yield* Effect.promise(() => page.locator(".side .vlist-row").count()), 60)
      yield* seen(page, ".overview-bar")
      yield* picture(page, "thousand")
      yield* Effect.promise(() => page.getByLabel("Find an agent").fill("checker 999"))
      yield* says(page, ".actor-name", "checker 999")
      yield* Effect.promise(() => page.locator(".actor-row", { hasText: "checker 999" }).click())
      yield* says(page, ".agent-name", "checker 999")
      assert.deepStrictEqual(
        problems.filter((problem) => !problem.includes("404")),
        []
      )
    })
  )

  it.scopedLive("the page says how many messages it missed, and stays up to date", () =>
    Effect.gen(function* () {
      const { inspector, url } = yield* place
      const agent = (tick: number) => actorInspection("busy", { ...initialState, name: "busy", tick }, 0)
      inspector.publish(agent(0))
      const { page } = yield* open(url)
      yield* says(page, ".connection", "connected")
      // More than the server keeps, before it can send any of it.
      for (let tick = 1; tick <= 2 * Limits.viewerBacklogMessagesMax; tick++) inspector.publish(agent(tick))
      yield* says(page, ".lost", `${Limits.viewerBacklogMessagesMax.toLocaleString("en")} messages dropped`)
      yield* says(page, ".ring-tick", (2 * Limits.viewerBacklogMessagesMax).toLocaleString("en"))
    })
  )

  it.scopedLive("the page says when the program has ended", () =>
    Effect.gen(function* () {
      const where = listening()
      const server = yield* Effect.forkScoped(
        Layer.launch(
          Layer.scopedDiscard(
            Effect.flatMap(Layer.build(layerServer({ assets, onListening: where.onListening })), (context) =>
              Effect.sync(() => Context.get(context, Inspector).publish(actorInspection("a", initialState, 0)))
            )
          )
        )
      )
      yield* Effect.iterate(false, {
        while: (listens) => !listens,
        body: () => Effect.sync(() => where.listens).pipe(Effect.delay("10 millis"))
      })
      const { page } = yield* open(where.address.url)
      yield* says(page, ".connection", "connected")
      yield* Fiber.interrupt(server)
      yield* says(page, ".connection", "connection lost, trying again")
      yield* picture(page, "lost")
    })
  )
})

// The last event of each agent of a crowd.
const doing = (sessionId: string, index: number, at: number): Inspection => {
  const events = [
    { type: "ToolCall", callId: "c", toolName: "read_file", input: { path: `chapters/${index}.md` } },
    { type: "AssistantMessage", content: "The second part contradicts the first; I look again." },
    { type: "ToolResult", callId: "c", status: "ok", output: "412 lines", durationMs: 18 },
    { type: "ModeChanged", from: "Execute", to: "Verify", reason: "side-effect pressure 0.8 has reached 0.6" },
    { type: "ToolResult", callId: "c", status: "error", output: "no such file", durationMs: 2 }
  ]
  const event = events[index % events.length] ?? { type: "Act" }
  return {
    type: "@xstate.event",
    sessionId,
    rootId: rootActorId,
    createdAt: String(at),
    id: null,
    _version: inspectionVersion,
    event: { ...event, sequence: 40 + index }
  }
}

const withoutParent = ({
  parentId: _,
  ...actor
}: Extract<Inspection, { readonly type: "@xstate.actor" }>): Inspection => actor
