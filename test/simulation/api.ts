/**
 * A server with answers of every kind, and simulations that talk to it.
 */
import {
  type HttpBody,
  HttpClient,
  type HttpClientError,
  type HttpClientResponse,
  HttpRouter,
  HttpServerRequest,
  HttpServerResponse
} from "@effect/platform"
import { assert } from "@effect/vitest"
import { Effect, Exit, Schedule, Schema, Stream } from "effect"
import { Simulation } from "../../src/simulation/index.js"

export const origin = "https://api.test"

/** Calls and closed connections that the server has seen. */
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
    HttpRouter.get("/fails", Effect.fail("no such star")),
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

export const simulate = <A, E>(
  program: Effect.Effect<A, E, Simulation.SimulationServices>,
  options: Partial<Simulation.SimulationOptions> = {}
) => {
  const seen: Seen = { calls: [], closed: [] }
  return { ...Simulation.run(program, { seed: 1, network: { [origin]: serverOf(seen) }, ...options }), ...seen }
}

/** The value of a program that has to succeed. */
export const valueOf = <A, E>({ error, exit }: Simulation.SimulationResult<A, E>): A => {
  assert(exit !== undefined && Exit.isSuccess(exit), `${error?.message} ${exit}`)
  return exit.value
}

export const get = (path: string) => Effect.flatMap(HttpClient.HttpClient, (client) => client.get(`${origin}${path}`))

/** The part that `body` reads from the answer to a path. */
export const read = <A, E>(
  path: string,
  body: (response: HttpClientResponse.HttpClientResponse) => Effect.Effect<A, E>
) => valueOf(simulate(Effect.flatMap(get(path), body)))

export const post = (body: HttpBody.HttpBody) =>
  Effect.flatMap(HttpClient.HttpClient, (client) =>
    client.post(`${origin}/orders`, { urlParams: { kind: "pen" }, body })
  )

/** The failure of an exchange, in words. */
export const failureOf = <A, R>(exchange: Effect.Effect<A, HttpClientError.HttpClientError, R>) =>
  Effect.map(Effect.flip(exchange), ({ _tag, message }) => `${_tag}: ${message}`)
