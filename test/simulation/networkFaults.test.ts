/** Faults on the network of a simulation: each fault strikes, is counted, and is seen by the client. */
import { HttpBody, HttpServerResponse } from "@effect/platform"
import { assert, describe, it } from "@effect/vitest"
import { Effect, Stream } from "effect"
import { type Fault, Simulation } from "../../src/simulation/index.js"
import { failureOf, get, origin, post, simulate, valueOf } from "./api.js"

/** A seed whose swarm has the fault on. */
const seedWith = (fault: Fault): number => {
  const seed = Array.from({ length: 40 }, (_, index) => index).find(
    (candidate) => fault in Simulation.run(Effect.void, { seed: candidate, faults: [fault] }).faults
  )
  assert(seed !== undefined, `no seed switches ${fault} on`)
  return seed
}

describe("a fault of the network", () => {
  const strike = <A, E>(
    fault: Fault,
    program: Effect.Effect<A, E, Simulation.SimulationServices>,
    places: ReadonlyArray<readonly [stream: string, value: number]> = []
  ) => {
    const departures = [[`fault:${fault}`, 1] as const, ...places].map(([stream, value]) => ({
      stream,
      draw: 0,
      value
    }))
    const result = simulate(program, { seed: seedWith(fault), faults: [fault], replay: departures })
    assert.strictEqual(result.faults[fault], 1)
    return { ...result, value: valueOf(result) }
  }
  const order = post(HttpBody.unsafeJson({ ink: "blue" }))

  it("network-refused refuses the connection before anything is sent", () => {
    const { calls, value, virtualMs } = strike("network-refused", failureOf(order))
    assert.include(value, "RequestError: Transport: simulated: connection refused")
    assert.deepStrictEqual([calls.length, virtualMs], [0, 0])
  })

  it("network-timeout leaves a request without an answer", () => {
    const { calls, value, virtualMs } = strike("network-timeout", failureOf(order))
    assert.include(value, "RequestError: Transport: simulated: no answer within 60000 ms")
    assert.strictEqual(calls.length, 0)
    assert.isAtLeast(virtualMs, 60_000)
  })

  it("network-error answers in place of the server", () => {
    const status = Effect.map(order, (response) => response.status)
    assert.deepStrictEqual(strike("network-error", status).value, 503)
    const { calls, value } = strike("network-error", status, [["network-error-status", 1]])
    assert.deepStrictEqual([calls.length, value], [0, 500])
  })

  it("network-lost-reply loses the answer when the server has done its work", () => {
    const { calls, value } = strike("network-lost-reply", failureOf(order))
    assert.include(value, "RequestError: Transport: simulated: the connection broke before the answer")
    assert.strictEqual(calls.length, 1)
    assert.deepStrictEqual(strike("network-lost-reply", failureOf(get("/pieces"))).closed, ["/pieces"])
  })

  it("network-slow makes a request take seconds", () => {
    const { value, virtualMs } = strike("network-slow", order, [["network-slow-ms", 4_000]])
    assert.strictEqual(value.status, 201)
    assert.isAtLeast(virtualMs, 5_000)
    assert.isBelow(simulate(order).virtualMs, 200)
  })

  it("network-cut cuts a body in the middle", () => {
    const heard: Array<string> = []
    const listen = Effect.flatMap(get("/text"), ({ stream }) =>
      stream.pipe(
        Stream.decodeText(),
        Stream.runForEach((text) => Effect.sync(() => heard.push(text)))
      )
    )
    const { value } = strike("network-cut", failureOf(listen), [["network-place", 2]])
    assert.include(value, "ResponseError: Decode: simulated: the connection broke in the middle")
    assert.deepStrictEqual(heard, ["Gr"])
  })

  it("network-split splits a piece anywhere, also in a character", () => {
    const pieces = Effect.flatMap(get("/text"), ({ stream }) => Stream.runCollect(stream))
    const { value } = strike("network-split", pieces, [["network-place", 3]])
    const [first = [], second = []] = value
    assert.deepStrictEqual([first.length, second.length], [3, 4])
    const text = Effect.flatMap(get("/text"), (response) => response.text)
    assert.strictEqual(strike("network-split", text, [["network-place", 3]]).value, "Grüße")
  })
})

describe("a crash", () => {
  it("a crash ends the client, not the server", () => {
    let orders = 0
    const network = {
      [origin]: Effect.sync(() => {
        orders++
        return HttpServerResponse.empty()
      })
    }
    const restless = Effect.flatMap(get("/"), () => (orders > 1 ? Effect.void : Effect.forever(Effect.yieldNow())))
    const replay = [{ stream: "fault:crash", draw: 400, value: 1 }]
    const { crashes, violations } = simulate(restless, { network, seed: seedWith("crash"), faults: ["crash"], replay })
    assert.deepStrictEqual([crashes, orders, violations], [1, 2, []])
  })
})
