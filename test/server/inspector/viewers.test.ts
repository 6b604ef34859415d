import { assert, describe, it } from "@effect/vitest"
import { Context, Effect, Layer } from "effect"
import { connect as connectTcp } from "node:net"
import {
  type ActorInspection,
  type EventInspection,
  type Inspection,
  inspectionVersion,
  Limits,
  rootActorId,
  type SnapshotInspection
} from "../../../src/layers/aios/index.js"
import { Inspector } from "../../../src/layers/aios/ports/Inspector.js"
import { layerMemory, merge } from "../../../src/layers/vigil/inspector/index.js"
import { type InspectorAddress, layerServer } from "../../../src/server/inspector/index.js"
import type { Batch } from "../../../src/server/inspector/page/wire.js"
import { Relay } from "../../../src/server/inspector/relay.js"
import { assets, connect, json, listening, messagesIn } from "./support.js"

const envelope = (sessionId: string) => ({
  sessionId,
  rootId: rootActorId,
  createdAt: "1700000000000",
  id: null,
  _version: inspectionVersion
})

const snapshotOf = (tick: number) => ({
  status: "active" as const,
  value: "Explore",
  context: { phase: "orient", tick },
  children: {},
  historyValue: {},
  tags: []
})

const actor = (sessionId: string): ActorInspection => ({
  type: "@xstate.actor",
  ...envelope(sessionId),
  name: sessionId,
  definition: "{}",
  snapshot: snapshotOf(0)
})

const event = (
  sessionId: string,
  sequence: number,
  more: EventInspection["event"] = { type: "Act" }
): EventInspection => ({
  type: "@xstate.event",
  ...envelope(sessionId),
  event: { ...more, sequence }
})

const snapshot = (sessionId: string, tick: number): SnapshotInspection => ({
  type: "@xstate.snapshot",
  ...envelope(sessionId),
  event: { type: "Act", sequence: tick },
  snapshot: snapshotOf(tick)
})

const serving = Effect.gen(function* () {
  const place = listening()
  const context = yield* Layer.build(layerServer({ assets, onListening: place.onListening }))
  return { address: place.address, inspector: Context.get(context, Inspector) }
})

const pageStream = ({ streamUrl }: InspectorAddress): string => `${streamUrl}&format=page`
const batchesIn = (frames: ReadonlyArray<string>): ReadonlyArray<Batch> => frames.map((frame) => JSON.parse(frame))
const sequences = (messages: ReadonlyArray<Inspection>): ReadonlyArray<number> =>
  messages.flatMap((message) => (message.type === "@xstate.event" ? [message.event.sequence ?? 0] : []))

describe("a viewer", { timeout: 60_000 }, () => {
  it.scopedLive("a viewer gets every message in order, one a frame, as Stately's receivers want them", () =>
    Effect.gen(function* () {
      const { address, inspector } = yield* serving
      const viewer = yield* connect(address.streamUrl)
      inspector.publish(actor("a"))
      yield* viewer.until((frames) => frames.length >= 1)
      const sent: Array<Inspection> = []
      for (let i = 1; i <= 100; i++) sent.push(event("a", i), snapshot("a", i))
      for (const message of sent) inspector.publish(message)
      const frames = yield* viewer.until((frames) => frames.length >= 201)
      assert.deepStrictEqual(messagesIn(frames).slice(1), sent)
    })
  )

  it.scopedLive("a viewer who comes late is told which actors there are, what happened last, and how each stands", () =>
    Effect.gen(function* () {
      const { address, inspector } = yield* serving
      for (const id of ["a", "b"]) inspector.publish(actor(id))
      const many = Limits.viewerHistoryEventsMax + 100
      for (let i = 1; i <= many; i++) {
        inspector.publish(event("a", i))
        inspector.publish(snapshot("a", i))
      }
      const viewer = yield* connect(pageStream(address))
      const batches = batchesIn(
        yield* viewer.until((frames) =>
          frames.some((frame) => frame.includes('snapshot","event"') || frame.includes('"tick":612'))
        )
      )
      const messages = batches.flatMap(({ messages }) => messages)
      assert.isTrue(batches.every(({ past }) => past))
      assert.deepStrictEqual(
        messages.slice(0, 2).map(({ sessionId, type }) => `${type} ${sessionId}`),
        ["@xstate.actor a", "@xstate.actor b"]
      )
      const last = messages.at(-1)
      assert.strictEqual(last?.type === "@xstate.snapshot" ? last.snapshot.context["tick"] : 0, many)
      assert.deepStrictEqual(
        messages.flatMap((message) => (message.type === "@xstate.event" ? [message.event.sequence] : [])),
        Array.from({ length: Limits.viewerHistoryEventsMax }, (_, index) => index + 101)
      )
      inspector.publish(event("b", 1))
      const frames = yield* viewer.until((frames) => frames.length > batches.length)
      assert.isFalse(batchesIn(frames).at(-1)?.past)
    })
  )

  it.scopedLive("a viewer is one of several, beside another inspector", () =>
    Effect.gen(function* () {
      const [first, second] = [listening(), listening()]
      const list: Array<Inspection> = []
      const context = yield* Layer.build(
        merge(
          merge(
            layerServer({ assets, onListening: first.onListening }),
            layerServer({ assets, onListening: second.onListening })
          ),
          layerMemory(list)
        )
      )
      const inspector = Context.get(context, Inspector)
      assert.isTrue(inspector.watching)
      const viewers = yield* Effect.forEach([first, first, second], ({ address }) => connect(address.streamUrl))
      inspector.publish(actor("a"))
      for (let i = 1; i <= 50; i++) inspector.publish(event("a", i))
      for (const viewer of viewers) {
        const frames = yield* viewer.until((frames) => frames.length >= 51)
        assert.deepStrictEqual(
          sequences(messagesIn(frames)),
          Array.from({ length: 50 }, (_, index) => index + 1)
        )
      }
      assert.strictEqual(list.length, 51)
    })
  )

  it.scopedLive("a viewer who speaks is sent away", () =>
    Effect.gen(function* () {
      const { address } = yield* serving
      const viewer = yield* connect(address.streamUrl)
      yield* viewer.say("hello")
      assert.strictEqual(yield* viewer.closed, 1008)
    })
  )

  it.scopedLive("a viewer who never reads costs no agent time and the others no message, and learns what it lost", () =>
    Effect.gen(function* () {
      const { address, inspector } = yield* serving
      const { port, streamUrl } = address
      // A viewer that opens the stream and then reads nothing.
      const deaf = yield* Effect.acquireRelease(
        Effect.async<ReturnType<typeof connectTcp>>((resume) => {
          const socket = connectTcp(port, "127.0.0.1", () => {
            socket.write(
              `GET ${streamUrl.slice(streamUrl.indexOf("/stream"))}&format=page HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\n` +
                "Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n" +
                "Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n"
            )
            socket.once("data", () => {
              socket.pause()
              resume(Effect.succeed(socket))
            })
          })
        }),
        (socket) => Effect.sync(() => socket.destroy())
      )
      const reader = yield* connect(pageStream(address))
      inspector.publish(actor("a"))
      const big = "x".repeat(2_000)
      const total = 3 * Limits.viewerBacklogMessagesMax
      let sequence = 0
      while (sequence < total) {
        for (let i = 0; i < 1_024; i++) inspector.publish(event("a", ++sequence, { type: "Act", big }))
        // The viewer that reads keeps up with what comes at this pace.
        const reached = sequence
        yield* reader.until((frames) => (frames.at(-1) ?? "").includes(`"sequence":${reached}}`))
      }
      const batches = batchesIn(reader.frames)
      assert.strictEqual(
        batches.reduce((sum, { dropped }) => sum + dropped, 0),
        0
      )
      const heard: Array<string> = []
      deaf.on("data", (data) => heard.push(data.toString("latin1")))
      deaf.resume()
      yield* Effect.iterate("", {
        while: (text) => !/"dropped":[1-9]/.test(text),
        body: () => Effect.sync(() => heard.join("")).pipe(Effect.delay("20 millis"))
      })
      const dropped = Number(/"dropped":([1-9]\d*)/.exec(heard.join(""))?.[1])
      assert.isAbove(dropped, Limits.viewerBacklogMessagesMax / 2)
    })
  )

  it.scopedLive("a viewer gets a huge event cut, and numbers that are none as null", () =>
    Effect.gen(function* () {
      const { address, inspector } = yield* serving
      const viewer = yield* connect(address.streamUrl)
      inspector.publish(actor("a"))
      inspector.publish(event("a", 1, { type: "ToolResult", output: "y".repeat(5_000_000) }))
      inspector.publish(
        event("a", 2, { type: "ToolResult", durationMs: Number.NaN, costUsd: Number.POSITIVE_INFINITY })
      )
      const frames = yield* viewer.until((frames) => frames.length >= 3)
      assert.isAtMost(Buffer.byteLength(frames[1] ?? ""), Limits.inspectionBytesMax)
      assert.include(frames[1], "yyyy")
      assert.include(frames[2], '"durationMs":null,"costUsd":null')
    })
  )

  it.scopedLive("a viewer sees a hundred thousand events through, or is told how many it did not", () =>
    Effect.gen(function* () {
      const { address, inspector } = yield* serving
      const viewer = yield* connect(pageStream(address))
      inspector.publish(actor("a"))
      yield* viewer.until((frames) => frames.length > 0)
      const total = 100_000
      for (let i = 1; i <= total; i++) inspector.publish(event("a", i))
      yield* viewer.until((frames) => (frames.at(-1) ?? "").includes(`"sequence":${total}}`))
      const batches = batchesIn(viewer.frames)
      const received = batches.flatMap(({ messages }) => messages).filter(({ type }) => type === "@xstate.event").length
      const dropped = batches.reduce((sum, batch) => sum + batch.dropped, 0)
      assert.strictEqual(received + dropped, total)
      yield* json(address, "/api/sessions")
    })
  )
})

describe("a relay", () => {
  it("a relay forgets the actors it heard of first, and the oldest messages, beyond its bounds", () => {
    const relay = new Relay({ messagesMax: 10, actorsMax: 3 })
    const cursor = relay.open()
    for (let i = 1; i <= 5; i++) relay.publish(actor(`agent-${i}`))
    for (let i = 1; i <= 20; i++) relay.publish(event("agent-5", i))
    assert.deepStrictEqual(
      [...relay.actors()].map(({ sessionId }) => sessionId),
      ["agent-3", "agent-4", "agent-5"]
    )
    const { dropped, frames } = cursor.take(4)
    assert.strictEqual(dropped, 15)
    assert.deepStrictEqual(sequences(frames.map(({ inspection }) => inspection)), [11, 12, 13, 14])
    assert.strictEqual(cursor.take(100).frames.length, 6)
    assert.strictEqual(cursor.take(100).frames.length, 0)
    cursor.close()
  })
})
