/** Stately's own package reads what we send, and inspects our machine under a stock actor. */
import { assert, describe, it } from "@effect/vitest"
import {
  createInspector,
  createWebSocketInspector,
  createWebSocketReceiver,
  type StatelyInspectionEvent
} from "@statelyai/inspect"
import { Effect, Layer } from "effect"
import { Inspector } from "life-agent-os"
import { createActor } from "xstate"
import { nextPhase, rootActorId, type TickPhase } from "../../../../src/layers/aios/index.js"
import {
  type AgentEvent,
  agentMachine,
  agentSnapshot,
  eventLeadingTo,
  initialState
} from "../../../../src/machines/index.js"
import { definitionOf } from "../../../../src/machines/inspection.js"
import { receiver } from "../../../support/receiver.js"
import { calls, scripted, spawn, untilIdle } from "../../../support/story.js"
import { confident, world } from "../../../support/world.js"

/** A relay like Stately's server: each message of a client goes to all others. */
const relay = receiver({
  onSocket: (socket, sockets) => {
    socket.on("message", (data) => {
      for (const other of sockets) if (other !== socket) other.send(String(data))
    })
  }
})

/** A tick of a stock actor. */
const tick = (send: (event: AgentEvent) => void): number => {
  let phase: TickPhase = "perceive"
  let sent = 0
  do {
    send(eventLeadingTo("Execute", agentSnapshot("Execute", { phase }), initialState))
    sent++
    phase = nextPhase(phase)
  } while (phase !== "perceive")
  return sent
}

describe("Stately's receiver", () => {
  it.live("Stately's receiver reads a whole run over the network, message for message", () =>
    Effect.gen(function* () {
      const { connected, url } = yield* relay
      const memory: Array<Inspector.Inspection> = []
      const seen: Array<StatelyInspectionEvent> = []
      const complete = yield* Effect.makeLatch()
      createWebSocketReceiver({ server: url }).subscribe((event) => {
        seen.push(event)
        if (event.sessionId === rootActorId && event.type === "@xstate.snapshot") complete.unsafeOpen()
      })
      yield* connected(1)
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
      // The system ends with a last snapshot of its root.
      yield* complete.await
      assert.isAbove(seen.length, 50)
      assert.deepStrictEqual<unknown>(seen, memory)
    }).pipe(Effect.scoped)
  )
})

describe("a stock actor of the agent's machine", () => {
  it.live("a stock actor of the agent's machine runs and is inspected by Stately's inspector, over the network", () =>
    Effect.gen(function* () {
      const { messages, received, url } = yield* receiver()
      const seen: Array<StatelyInspectionEvent> = []
      const local = createInspector({ send: (event) => seen.push(event) })
      const remote = createWebSocketInspector({ url })
      for (const { inspect } of [local, remote]) {
        const actor = createActor(agentMachine, { inspect }).start()
        assert.strictEqual(
          tick((event) => actor.send(event)),
          8
        )
        assert.deepStrictEqual([actor.getSnapshot().value, actor.getSnapshot().context.phase], ["Execute", "perceive"])
        actor.stop()
      }
      // One introduction, then the start and eight events with their snapshots.
      yield* received(19)
      const shown = messages.filter(({ type }) => type === "@xstate.snapshot")
      assert.deepStrictEqual(
        shown
          .flatMap((message) => (message.type === "@xstate.snapshot" ? [message.snapshot.context["phase"]] : []))
          .slice(0, 3),
        ["perceive", "orient", "decide"]
      )
      assert.isAtLeast(seen.length, 19)
      // Their introduction of the machine and ours say the same.
      const [theirs] = messages
      assert.deepStrictEqual(
        JSON.parse(theirs?.type === "@xstate.actor" ? theirs.definition : "null"),
        JSON.parse(definitionOf(agentMachine))
      )
      remote.stop()
    }).pipe(Effect.scoped)
  )
})
