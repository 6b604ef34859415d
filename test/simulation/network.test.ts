/** The network of a simulation: servers in the same process, whose answers come over virtual time and may go wrong. */
import {
  Cookies,
  HttpBody,
  HttpClient,
  type HttpClientError,
  type HttpClientResponse,
  HttpRouter,
  HttpServerRequest,
  HttpServerResponse
} from "@effect/platform"
import { assert, describe, it } from "@effect/vitest"
import { Clock, Effect, Exit, Schedule, Schema, Stream } from "effect"
import { isRawKind } from "../../src/layers/aios/index.js"
import { type Fault, faultNames, type History, Simulation, SimulationError, world } from "../../src/simulation/index.js"
import { chat, chatModel, saying } from "./chat.js"

const origin = "https://api.test"

/** What the server knows of its clients. */
interface Seen {
  readonly calls: Array<unknown>
  readonly closed: Array<string>
}

const serverOf = ({ calls, closed }: Seen) =>
  HttpRouter.empty.pipe(
    HttpRouter.get("/text", HttpServerResponse.text("Grüße")),
    HttpRouter.get("/json", HttpServerResponse.json({ stars: [1, 2] })),
    HttpRouter.get("/large", HttpServerResponse.text("x".repeat(100_000))),
    HttpRouter.get("/bytes", HttpServerResponse.uint8Array(Uint8Array.of(0, 255, 7))),
    HttpRouter.get("/params", HttpServerResponse.urlParams({ a: "1", b: "x y" })),
    HttpRouter.get("/nothing", HttpServerResponse.empty()),
    HttpRouter.get("/cookie", HttpServerResponse.setCookie(HttpServerResponse.empty(), "name", "ada")),
    HttpRouter.get("/form", HttpServerResponse.formData(new FormData())),
    HttpRouter.get("/fails", Effect.fail(new Error("no such star"))),
    HttpRouter.get(
      "/breaks",
      HttpServerResponse.stream(Stream.concat(Stream.make("half"), Stream.fail("no more")).pipe(Stream.encodeText))
    ),
    HttpRouter.get(
      "/hangs",
      Effect.sleep("1 day").pipe(
        Effect.onInterrupt(() => Effect.sync(() => closed.push("/hangs"))),
        Effect.as(HttpServerResponse.empty())
      )
    ),
    HttpRouter.get(
      "/pieces",
      Effect.as(
        Effect.addFinalizer(() => Effect.sync(() => closed.push("/pieces"))),
        HttpServerResponse.stream(
          Stream.fromIterable(["one", "two", "three"]).pipe(
            Stream.schedule(Schedule.spaced("2 seconds")),
            Stream.encodeText
          )
        )
      )
    ),
    HttpRouter.post(
      "/orders",
      Effect.gen(function* () {
        const { headers, json, method } = yield* HttpServerRequest.HttpServerRequest
        const { kind } = yield* HttpServerRequest.schemaSearchParams(Schema.Struct({ kind: Schema.String }))
        calls.push({ method, kind, host: headers["host"], isTraced: "traceparent" in headers, body: yield* json })
        return HttpServerResponse.empty({ status: 201 })
      })
    )
  )

const simulate = <A, E>(
  program: Effect.Effect<A, E, Simulation.SimulationServices>,
  options: Partial<Simulation.SimulationOptions> = {}
) => {
  const seen: Seen = { calls: [], closed: [] }
  return { ...Simulation.run(program, { seed: 1, network: { [origin]: serverOf(seen) }, ...options }), ...seen }
}

/** What a program that has to succeed came to. */
const valueOf = <A, E>({ error, exit }: Simulation.SimulationResult<A, E>): A => {
  assert(exit !== undefined && Exit.isSuccess(exit), `${error?.message} ${exit}`)
  return exit.value
}

const get = (path: string) => Effect.flatMap(HttpClient.HttpClient, (client) => client.get(`${origin}${path}`))

const read = <A, E>(path: string, body: (response: HttpClientResponse.HttpClientResponse) => Effect.Effect<A, E>) =>
  valueOf(simulate(Effect.flatMap(get(path), body)))

const post = (body: HttpBody.HttpBody) =>
  Effect.flatMap(HttpClient.HttpClient, (client) =>
    client.post(`${origin}/orders`, { urlParams: { kind: "pen" }, body })
  )

/** How an exchange fails, in words. */
const failureOf = <A, R>(exchange: Effect.Effect<A, HttpClientError.HttpClientError, R>) =>
  Effect.map(Effect.flip(exchange), ({ _tag, message }) => `${_tag}: ${message}`)

const piecesOf = (response: HttpClientResponse.HttpClientResponse) =>
  response.stream.pipe(
    Stream.decodeText(),
    Stream.mapEffect((text) => Effect.map(Clock.currentTimeMillis, (at) => ({ text, at }))),
    Stream.runCollect,
    Effect.map((pieces) => [...pieces])
  )

describe("a body", () => {
  it("is read as text, JSON, bytes or parameters, as it was sent", () => {
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

  it("comes in pieces, each when the server gives it", () => {
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

  it("can be read once, like one that came over a wire", () => {
    const twice = Effect.flatMap(get("/text"), ({ stream, text }) =>
      Effect.all([text, text, Effect.flip(Stream.runDrain(stream))])
    )
    const [first, again, error] = valueOf(simulate(twice))
    assert.deepStrictEqual([first, again], ["Grüße", "Grüße"])
    assert.include(error.message, "the body has been read before")
  })

  it("that only a promise could read is refused with a reason", () => {
    assert.include(valueOf(simulate(Effect.flip(post(HttpBody.formData(new FormData()))))).message, "only a promise")
    const form = Effect.flatMap(get("/form"), ({ text }) => Effect.flip(text))
    assert.include(valueOf(simulate(form)).message, "only a promise")
    assert.include(
      read("/text", ({ formData }) => failureOf(formData)),
      "forms cannot be read"
    )
  })

  it("that the server breaks off fails where it breaks", () => {
    assert.include(
      read("/breaks", ({ text }) => failureOf(text)),
      "no more"
    )
  })
})

describe("a server", () => {
  it("gets method, path, parameters, headers and body", () => {
    const stream = HttpBody.stream(Stream.make('{"ink":', '"blue"}').pipe(Stream.encodeText), "application/json")
    const { calls, ...result } = simulate(Effect.all([post(HttpBody.unsafeJson({ ink: "blue" })), post(stream)]))
    assert.deepStrictEqual(
      valueOf(result).map(({ status }) => status),
      [201, 201]
    )
    const call = { method: "POST", kind: "pen", host: "api.test", isTraced: false, body: { ink: "blue" } }
    assert.deepStrictEqual(calls, [call, call])
  })

  it("sets status, headers and cookies, and answers for paths it does not know and when it fails", () => {
    assert.strictEqual(read("/json", Effect.succeed).headers["content-type"], "application/json")
    assert.deepStrictEqual(Cookies.toRecord(read("/cookie", Effect.succeed).cookies), { name: "ada" })
    const answer = (path: string) =>
      read(path, ({ status, text }) => Effect.map(text, (words) => [status, words] as const))
    assert.deepStrictEqual(answer("/moon"), [404, "GET /moon not found"])
    assert.deepStrictEqual(answer("/fails"), [500, "no such star"])
  })

  it("that nobody runs is an unreachable one, and the error says which there are", () => {
    const unknown = Effect.flatMap(HttpClient.HttpClient, (client) => Effect.flip(client.get("https://moon.test/x")))
    const { _tag, message, reason } = valueOf(simulate(unknown))
    assert.deepStrictEqual([_tag, reason], ["RequestError", "Transport"])
    assert.include(message, "nobody serves https://moon.test in this simulation; the option network serves")
    assert.include(message, origin)
  })

  it("is named by its origin and nothing else", () => {
    for (const name of ["api.test", "https://api.test/", "https://api.test/v1", "https://API.test"]) {
      assert.throws(
        () => simulate(Effect.void, { network: { [name]: HttpServerResponse.empty() } }),
        SimulationError,
        "is no origin"
      )
    }
  })

  it("is told when its client goes away", () => {
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

describe("a fault of the network", () => {
  const strike = <A, E>(
    fault: Fault,
    program: Effect.Effect<A, E, Simulation.SimulationServices>,
    places: ReadonlyArray<readonly [stream: string, value: number]> = []
  ) => {
    const seed = Array.from({ length: 40 }, (_, index) => index).find(
      (candidate) => fault in Simulation.run(Effect.void, { seed: candidate, faults: [fault] }).faults
    )
    assert(seed !== undefined, `no seed switches ${fault} on`)
    const departures = [[`fault:${fault}`, 1] as const, ...places].map(([stream, value]) => ({
      stream,
      draw: 0,
      value
    }))
    const result = simulate(program, { seed, faults: [fault], replay: departures })
    assert.strictEqual(result.faults[fault], 1)
    return { ...result, value: valueOf(result) }
  }
  const order = post(HttpBody.unsafeJson({ ink: "blue" }))

  it("refuses the connection before anything is sent", () => {
    const { calls, value, virtualMs } = strike("network-refused", failureOf(order))
    assert.include(value, "RequestError: Transport: simulated: connection refused")
    assert.deepStrictEqual([calls.length, virtualMs], [0, 0])
  })

  it("leaves a request without an answer", () => {
    const { calls, value, virtualMs } = strike("network-timeout", failureOf(order))
    assert.include(value, "RequestError: Transport: simulated: no answer within 60000 ms")
    assert.strictEqual(calls.length, 0)
    assert.isAtLeast(virtualMs, 60_000)
  })

  it("answers in place of the server", () => {
    const status = Effect.map(order, (response) => response.status)
    assert.deepStrictEqual(strike("network-error", status).value, 503)
    const { calls, value } = strike("network-error", status, [["network-error-status", 1]])
    assert.deepStrictEqual([calls.length, value], [0, 500])
  })

  it("loses the answer when the server has done its work", () => {
    const { calls, value } = strike("network-lost-reply", failureOf(order))
    assert.include(value, "RequestError: Transport: simulated: the connection broke before the answer")
    assert.strictEqual(calls.length, 1)
  })

  it("makes a request take seconds", () => {
    const { value, virtualMs } = strike("network-slow", order, [["network-slow-ms", 4_000]])
    assert.strictEqual(value.status, 201)
    assert.isAtLeast(virtualMs, 5_000)
    assert.isBelow(simulate(order).virtualMs, 200)
  })

  it("cuts a body in the middle", () => {
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

  it("splits a piece anywhere, in a character, too", () => {
    const pieces = Effect.flatMap(get("/text"), ({ stream }) => Stream.runCollect(stream))
    const { value } = strike("network-split", pieces, [["network-place", 3]])
    const [first = [], second = []] = value
    assert.deepStrictEqual([first.length, second.length], [3, 4])
    const text = Effect.flatMap(get("/text"), (response) => response.text)
    assert.strictEqual(strike("network-split", text, [["network-place", 3]]).value, "Grüße")
  })
})

describe("a model behind HTTP", () => {
  const talk = (options: Partial<Simulation.SimulationOptions>) =>
    Simulation.run(world({ agents: 1, ticks: 12 }), { seed: 1, model: chatModel, network: chat, ...options })
  const answers = ({ history }: { readonly history: History }) =>
    (history.session("agent-0")?.records ?? []).flatMap(({ kind }) =>
      !isRawKind(kind) && kind.type === "AssistantMessage" ? [kind.content] : []
    )

  it("hears what its server says as server-sent events", () => {
    const result = talk({})
    assert.deepStrictEqual(result.violations, [])
    assert.include(answers(result), saying.join(""))
  })

  it("tells the same story twice under one seed, whatever the network does", { timeout: 120_000 }, () => {
    const struck = new Set<string>()
    for (let seed = 0; seed < 16; seed++) {
      const { digest, faults, violations } = talk({ seed, faults: "all" })
      assert.deepStrictEqual(violations, [], `seed ${seed}`)
      assert.strictEqual(talk({ seed, faults: "all" }).digest, digest, `seed ${seed}`)
      for (const [fault, times] of Object.entries(faults)) if (times > 0) struck.add(fault)
    }
    assert.deepStrictEqual(
      faultNames.filter((fault) => fault.startsWith("network-") && !struck.has(fault)),
      []
    )
  })

  it("hears the same through any weather, once it has passed", () => {
    const network = faultNames.filter((fault) => fault.startsWith("network-"))
    for (let seed = 0; seed < 8; seed++) {
      const said = answers(talk({ seed, faults: network })).filter((content) => content !== "")
      assert.deepStrictEqual([...new Set(said)], [saying.join("")], `seed ${seed}`)
    }
  })
})

describe("a program that goes past the network", () => {
  it("with fetch waits for ever, and is told what waits and how to do better", () => {
    const { error } = simulate(
      Effect.promise(() => fetch("http://127.0.0.1:9/")).pipe(Effect.withSpan("ask for the weather"))
    )
    assert.strictEqual(error?.reason, "Deadlock")
    assert.deepStrictEqual(error?.waiting, ["the main fiber in ask for the weather"])
    assert.include(error?.message, "fetch")
    assert.include(error?.message, "talk through HttpClient to a server of the option network")
  })
})
