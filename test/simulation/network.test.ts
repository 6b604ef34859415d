/** The network of a simulation: servers in the same process, whose answers come over virtual time. */
import { Cookies, HttpBody, HttpClient, type HttpClientResponse, HttpServerResponse } from "@effect/platform"
import { assert, describe, it } from "@effect/vitest"
import { Clock, Effect, Stream } from "effect"
import { SimulationError } from "../../src/simulation/index.js"
import { failureOf, get, origin, post, read, simulate, valueOf } from "./api.js"

const piecesOf = (response: HttpClientResponse.HttpClientResponse) =>
  response.stream.pipe(
    Stream.decodeText(),
    Stream.mapEffect((text) => Effect.map(Clock.currentTimeMillis, (at) => ({ text, at }))),
    Stream.runCollect,
    Effect.map((pieces) => [...pieces])
  )

describe("a body", () => {
  it("a body is read as text, JSON, bytes or parameters, as it was sent", () => {
    assert.strictEqual(
      read("/text", ({ text }) => text),
      "Grüße"
    )
    assert.deepStrictEqual(
      read("/json", ({ json }) => json),
      { stars: [1, 2] }
    )
    assert.deepStrictEqual(new Uint8Array(read("/bytes", ({ arrayBuffer }) => arrayBuffer)), Uint8Array.of(0, 255, 7))
    assert.deepStrictEqual(
      read("/params", ({ urlParamsBody }) => urlParamsBody),
      [
        ["a", "1"],
        ["b", "x y"]
      ]
    )
    assert.strictEqual(
      read("/nothing", ({ text }) => text),
      ""
    )
  })

  it("a body comes in pieces, each when the server gives it", () => {
    const pieces = read("/pieces", piecesOf)
    assert.deepStrictEqual(
      pieces.map(({ text }) => text),
      ["one", "two", "three"]
    )
    assert.deepStrictEqual(
      pieces.slice(1).map(({ at }, index) => at - (pieces[index]?.at ?? 0)),
      [2_000, 2_000]
    )
    assert.isAbove(read("/large", piecesOf).length, 3)
  })

  it("a body can be read once, like one that came over a wire", () => {
    const twice = Effect.flatMap(get("/text"), ({ stream, text }) =>
      Effect.all([text, text, Effect.flip(Stream.runDrain(stream))])
    )
    const [first, again, error] = valueOf(simulate(twice))
    assert.deepStrictEqual([first, again], ["Grüße", "Grüße"])
    assert.include(error.message, "the body has been read before")
  })

  it("a body that only a promise could read is refused with a reason", () => {
    assert.include(valueOf(simulate(Effect.flip(post(HttpBody.formData(new FormData()))))).message, "only a promise")
    const form = Effect.flatMap(get("/form"), ({ text }) => Effect.flip(text))
    assert.include(valueOf(simulate(form)).message, "only a promise")
    assert.include(
      read("/text", ({ formData }) => failureOf(formData)),
      "forms cannot be read"
    )
  })

  it("a body that the server breaks off fails where it breaks", () => {
    assert.include(
      read("/breaks", ({ text }) => failureOf(text)),
      "no more"
    )
  })
})

describe("a server", () => {
  it("a server gets method, path, parameters, headers and body", () => {
    const stream = HttpBody.stream(Stream.make('{"ink":', '"blue"}').pipe(Stream.encodeText), "application/json")
    const { calls, ...result } = simulate(Effect.all([post(HttpBody.unsafeJson({ ink: "blue" })), post(stream)]))
    assert.deepStrictEqual(
      valueOf(result).map(({ status }) => status),
      [201, 201]
    )
    const call = { method: "POST", kind: "pen", host: "api.test", isTraced: false, body: { ink: "blue" } }
    assert.deepStrictEqual(calls, [call, call])
  })

  it("a server sets status, headers and cookies, and answers for unknown paths and when it fails", () => {
    assert.strictEqual(read("/json", Effect.succeed).headers["content-type"], "application/json")
    assert.deepStrictEqual(Cookies.toRecord(read("/cookie", Effect.succeed).cookies), { name: "ada" })
    const answer = (path: string) =>
      read(path, ({ status, text }) => Effect.map(text, (words) => [status, words] as const))
    assert.deepStrictEqual(answer("/moon"), [404, "GET /moon not found"])
    assert.deepStrictEqual(answer("/fails"), [500, "no such star"])
  })

  it("an unknown server is unreachable, and the error names the known ones", () => {
    const unknown = Effect.flatMap(HttpClient.HttpClient, (client) => Effect.flip(client.get("https://moon.test/x")))
    const { _tag, message, reason } = valueOf(simulate(unknown))
    assert.deepStrictEqual([_tag, reason], ["RequestError", "Transport"])
    assert.include(message, "https://moon.test has no server in this simulation; the option network serves")
    assert.include(message, origin)
  })

  it("a server is named by its origin and nothing else", () => {
    for (const name of ["api.test", "https://api.test/", "https://api.test/v1", "https://API.test"]) {
      assert.throws(
        () => simulate(Effect.void, { network: { [name]: HttpServerResponse.empty() } }),
        SimulationError,
        "is no origin"
      )
    }
  })

  it("a server is told when its client goes away", () => {
    const impatient = Effect.gen(function* () {
      yield* Effect.timeoutOption(get("/hangs"), "10 seconds")
      const response = yield* get("/pieces")
      return yield* response.stream.pipe(Stream.interruptAfter("3 seconds"), Stream.decodeText(), Stream.mkString)
    })
    const { closed, virtualMs, ...result } = simulate(impatient)
    assert.strictEqual(valueOf({ virtualMs, ...result }), "one")
    assert.deepStrictEqual(closed, ["/hangs", "/pieces"])
    assert.isBelow(virtualMs, 14_000)
  })
})

describe("a program that goes past the network", () => {
  it("a program that uses fetch waits for ever, and is told what waits and how to do better", () => {
    const { error } = simulate(
      Effect.promise(() => fetch("http://127.0.0.1:9/")).pipe(Effect.withSpan("ask for the weather"))
    )
    assert.strictEqual(error?.reason, "Deadlock")
    assert.deepStrictEqual(error?.waiting, ["the main fiber in ask for the weather"])
    assert.include(error?.message, "fetch")
    assert.include(error?.message, "talk through HttpClient to a server of the option network")
  })
})
