/** The inspector over a WebSocket: every message arrives, and no receiver, however bad, slows an agent. */
import { assert, describe, it } from "@effect/vitest"
import { Context, Duration, Effect, Exit, Layer, Logger, Scope, TestClock } from "effect"
import { Inspector } from "life-agent-os"
import { spawnSync } from "node:child_process"
import { Limits } from "../../../../src/layers/aios/index.js"
import { initialState } from "../../../../src/layers/aios/schema/AgentState.js"
import { actorInspection } from "../../../../src/machines/inspection.js"
import { mute, nobody, receiver, redirecting } from "../../../support/receiver.js"
import { calls, scripted, spawn, untilIdle } from "../../../support/story.js"
import { confident, world } from "../../../support/world.js"

const message = (sequence: number, content = ""): Inspector.Inspection => ({
  type: "@xstate.event",
  sessionId: "s",
  rootId: "life",
  createdAt: "0",
  id: null,
  _version: "0.7.2",
  event: { type: "UserMessage", content, sequence }
})

const sequences = (messages: ReadonlyArray<Inspector.Inspection>) =>
  messages.map((each) => (each.type === "@xstate.actor" ? each.name : each.event.sequence))

/** The inspector of a layer, for as long as the scope lives. */
const inspectorOf = <E>(layer: Layer.Layer<Inspector.Inspector, E>) =>
  Effect.map(Layer.build(layer), (context) => Context.get(context, Inspector.Inspector))

/** Lets the messages of the system come in. */
const turn = Effect.promise(() => new Promise((resolve) => setImmediate(resolve)))

/** Collects what is logged. */
const logged = () => {
  const lines: Array<string> = []
  const layer = Logger.replace(
    Logger.defaultLogger,
    Logger.make(({ logLevel, message }) => {
      lines.push(`${logLevel.label} ${String(message)}`)
    })
  )
  return { lines, layer }
}

describe("a receiver that listens", () => {
  it.live("a receiver that listens gets every message of a run as JSON, in order", () =>
    Effect.gen(function* () {
      const { messages, url } = yield* receiver()
      const memory: Array<Inspector.Inspection> = []
      yield* Effect.gen(function* () {
        yield* (yield* spawn()).run("Send it.")
        yield* untilIdle
      }).pipe(
        Effect.provide(
          world({ model: scripted(calls("look"), calls("send")), thresholds: confident }).pipe(
            Layer.provide(Inspector.merge(Inspector.layerMemory(memory), Inspector.layerWebSocket({ url })))
          )
        )
      )
      // Leaving the scope has flushed, even the very last message.
      assert.isAbove(memory.length, 50)
      assert.deepStrictEqual(messages, memory)
    }).pipe(Effect.scoped)
  )

  it.live("a receiver is sent no message above the bound, however long the text of an agent is", () =>
    Effect.gen(function* () {
      const { messages, received, url } = yield* receiver()
      const { publish } = yield* inspectorOf(Inspector.layerWebSocket({ url }))
      publish(message(1, "x".repeat(5_000_000)))
      yield* received(1)
      assert.isAtMost(JSON.stringify(messages[0]).length, Limits.inspectionBytesMax)
      assert.deepStrictEqual(sequences(messages), [1])
    }).pipe(Effect.scoped)
  )

  it.live("a receiver that comes back is told which actors there are, and then what it missed", () =>
    Effect.gen(function* () {
      const first = yield* receiver()
      const { publish } = yield* inspectorOf(Inspector.layerWebSocket({ url: first.url }))
      publish(actorInspection("a", { ...initialState, name: "a" }, 1))
      publish(message(1))
      yield* first.received(2)
      yield* first.leave
      publish(message(2))
      const second = yield* receiver({ port: first.port })
      yield* second.received(2)
      assert.deepStrictEqual(sequences(second.messages), ["a", 2])
    }).pipe(Effect.scoped)
  )
})

describe("a receiver that redirects", () => {
  it.scopedLive("a receiver that redirects is a failed attempt, and the other address gets nothing", () =>
    Effect.gen(function* () {
      const other = yield* receiver()
      const { asked, url } = yield* redirecting(other.url.replace("ws:", "http:"))
      const inspector = yield* inspectorOf(Inspector.layerWebSocket({ url }))
      inspector.publish(message(1))
      // The second attempt begins when the first has failed.
      yield* Effect.iterate(0, {
        while: (attempts) => attempts < 2,
        body: () => Effect.delay(Effect.sync(asked), "10 millis")
      })
      assert.deepStrictEqual([other.sockets.length, other.messages.length], [0, 0])
    })
  )
})

describe("a receiver that does not read", () => {
  it.live("a receiver that does not read costs the oldest messages and one warning, and can read the newest", () => {
    const { layer, lines } = logged()
    return Effect.gen(function* () {
      const { connected, messages, sockets, url } = yield* receiver({ onSocket: (socket) => socket.pause() })
      const scope = yield* Scope.make()
      const { publish } = yield* Scope.extend(inspectorOf(Inspector.layerWebSocket({ url, messagesMax: 100 })), scope)
      publish(message(1))
      yield* connected(1)
      // More than the connection, the system's buffers and the queue can hold.
      const last = 4_000
      for (let n = 2; n <= last; n++) {
        publish(message(n, "x".repeat(20_000)))
        if (n % 10 === 0) yield* turn
      }
      assert.deepStrictEqual(lines.filter((line) => line.includes("does not keep up")).length, 1, lines.join("\n"))
      assert.lengthOf(messages, 0)
      sockets[0]?.resume()
      yield* Scope.close(scope, Exit.void)
      const got = sequences(messages)
      assert.isBelow(got.length, last)
      assert.deepStrictEqual(
        got.slice(-100),
        Array.from({ length: 100 }, (_, index) => last - 99 + index)
      )
      assert.strictEqual(got[0], 1)
    }).pipe(Effect.scoped, Effect.provide(layer))
  })

  it.live("a receiver that does not read does not hold up the end of the program", () => {
    const { layer, lines } = logged()
    return Effect.gen(function* () {
      const { connected, url } = yield* receiver({ onSocket: (socket) => socket.pause() })
      const scope = yield* Scope.make()
      const { publish } = yield* Scope.extend(inspectorOf(Inspector.layerWebSocket({ url })), scope)
      publish(message(0))
      yield* connected(1)
      for (let n = 1; n < 1_000; n++) publish(message(n, "x".repeat(20_000)))
      const [took] = yield* Effect.timed(Scope.close(scope, Exit.void))
      assert.isBelow(Duration.toMillis(took), 4_000)
      assert.match(lines.join("\n"), /did not get the last \d+ messages/)
    }).pipe(Effect.scoped, Effect.provide(layer))
  })
})

describe("a receiver that is not there", () => {
  it.effect("a missing receiver is tried a bounded number of times, reported once, and then left alone", () => {
    const { layer, lines } = logged()
    return Effect.gen(function* () {
      const url = yield* nobody
      const inspector = yield* inspectorOf(Inspector.layerWebSocket({ url }))
      inspector.publish(message(1))
      yield* Effect.iterate(inspector.watching, {
        while: (watching) => watching,
        body: () =>
          TestClock.adjust("1 second").pipe(
            // A refused connection comes back from the system, not from the clock.
            Effect.zipRight(turn),
            Effect.map(() => inspector.watching)
          )
      })
      assert.lengthOf(lines, 1, lines.join("\n"))
      assert.match(lines[0] ?? "", /^ERROR the inspector at ws:\S+ is given up after 8 attempts: .*ECONNREFUSED/)
      inspector.publish(message(2))
      yield* TestClock.adjust("1 hour")
      assert.lengthOf(lines, 1)
    }).pipe(Effect.scoped, Effect.provide(layer))
  })

  it.live("a missing receiver keeps no short program waiting, which says what was not delivered", () => {
    const { layer, lines } = logged()
    return Effect.gen(function* () {
      const url = yield* nobody
      yield* Effect.gen(function* () {
        yield* (yield* spawn()).run("Send it.")
        yield* untilIdle
      }).pipe(
        Effect.provide(world({ model: scripted() }).pipe(Layer.provide(Inspector.layerWebSocket({ url })))),
        Effect.timeout("5 seconds")
      )
      assert.lengthOf(lines, 1)
      assert.match(lines[0] ?? "", /^WARN the inspector at \S+ did not get the last \d+ messages/)
    }).pipe(Effect.provide(layer))
  })

  it.effect("a receiver that never answers counts as not there", () => {
    const { layer, lines } = logged()
    return Effect.gen(function* () {
      const inspector = yield* inspectorOf(Inspector.layerWebSocket({ url: yield* mute }))
      yield* Effect.iterate(inspector.watching, {
        while: (watching) => watching,
        body: () =>
          TestClock.adjust("1 second").pipe(
            Effect.zipRight(turn),
            Effect.map(() => inspector.watching)
          )
      })
      assert.match(lines.join(), /given up after 8 attempts: no answer within 5000 ms/)
    }).pipe(Effect.scoped, Effect.provide(layer))
  })

  it.effect("an impossible address is an error that says what to do", () =>
    Effect.gen(function* () {
      for (const url of ["", "localhost:8080", "http://127.0.0.1:8080", "ws://", "ws://127.0.0.1/#there"]) {
        const error = yield* Effect.flip(Effect.scoped(Layer.build(Inspector.layerWebSocket({ url }))))
        assert.strictEqual(error.reason, "InvalidUrl")
        assert.include(error.message, "such as ws://127.0.0.1:8080", url)
      }
    })
  )
})

describe("a process", () => {
  it("a process ends by itself although its receiver does not read", { timeout: 60_000 }, () => {
    const index = new URL("../../../../src/index.ts", import.meta.url).href
    const script =
      `import { WebSocketServer } from "ws"\n` +
      `import { Context, Duration, Effect, Layer } from "effect"\n` +
      `import { Inspector } from ${JSON.stringify(index)}\n` +
      `const server = new WebSocketServer({ host: "127.0.0.1", port: 0 })\n` +
      `server.on("connection", (socket) => socket.pause())\n` +
      `await new Promise((resolve) => server.on("listening", resolve))\n` +
      `const url = "ws://127.0.0.1:" + server.address().port\n` +
      `await Effect.runPromise(Effect.scoped(Effect.gen(function* () {\n` +
      `  const { publish } = Context.get(yield* Layer.build(Inspector.layerWebSocket({ url })), Inspector.Inspector)\n` +
      `  publish(${JSON.stringify(message(1))})\n` +
      `  yield* Effect.sleep(200)\n` +
      `})))\n` +
      `const ended = performance.now()\n` +
      `process.on("exit", () => console.log(performance.now() - ended))\n` +
      `server.close()\n`
    const run = spawnSync(process.execPath, ["--import", "tsx", "--input-type=module", "--eval", script], {
      encoding: "utf8",
      timeout: 50_000
    })
    assert.strictEqual(run.status, 0, run.stderr)
    assert.isBelow(Number(run.stdout), 5_000)
  })
})
