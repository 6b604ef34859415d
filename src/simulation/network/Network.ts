/**
 * The network of a simulation: servers in the same process, behind an HttpClient that never awaits a promise.
 *
 * @since 0.1.0
 */
import {
  Headers,
  HttpApp,
  HttpBody,
  HttpClient,
  HttpClientError,
  type HttpClientRequest,
  HttpRouter,
  HttpServerError,
  HttpServerRequest,
  HttpServerResponse
} from "@effect/platform"
import { Cause, Deferred, Effect, Fiber, type Scope, Stream } from "effect"
import type { Decisions } from "../Decisions.js"
import type { FaultPlan } from "../Faults.js"
import { SimulationError } from "../Kernel.js"
import { randomStream } from "../RandomStream.js"
import { Call, SimulatedResponse, type Pieces, piecesOf, wordsOf } from "./Message.js"

/**
 * Servers by origin, such as `https://api.example.com`. {@link HttpApp} and `HttpRouter` make servers.
 *
 * @since 0.1.0
 * @category models
 */
export interface Network {
  readonly [origin: string]: HttpApp.Default<unknown, Scope.Scope>
}

const latencyMs = { min: 1, max: 80 }
const slowMs = { min: 1_000, max: 20_000 }
const timeOutMs = 60_000
const splitGapMs = 5

/**
 * The client of a network. Throws a {@link SimulationError} for a key that is no origin.
 */
export const clientOf = (
  network: Network,
  seed: number,
  plan: FaultPlan,
  decisions: Decisions
): HttpClient.HttpClient => {
  const servers = new Map(Object.entries(network).map(([origin, app]) => [checked(origin), compiled(app)]))
  const latency = randomStream(seed, "network-latency")
  const slowness = decisions.stream("network-slow-ms")
  const statuses = decisions.stream("network-error-status")
  const places = decisions.stream("network-place")

  const travel = Effect.suspend(() => Effect.sleep(latencyMs.min + latency.below(latencyMs.max - latencyMs.min)))
  const arrive = (piece: Uint8Array): Pieces => {
    if (piece.length === 0) return Stream.empty
    const isCut = plan.strikes("network-cut")
    if (!isCut && !plan.strikes("network-split")) return Stream.make(piece)
    const place = places.below(piece.length)
    const rest = isCut
      ? Effect.fail("simulated: the connection broke in the middle of the body")
      : Effect.delay(Effect.succeed(piece.subarray(place)), splitGapMs)
    return Stream.concat(place === 0 ? Stream.empty : Stream.make(piece.subarray(0, place)), rest)
  }
  const execute = Effect.fnUntraced(function* (request: HttpClientRequest.HttpClientRequest, url: URL) {
    const server = servers.get(url.origin)
    if (server === undefined) return yield* transport(request, unserved(url.origin, [...servers.keys()]))
    const sent = piecesOf(request.body)
    if (sent === undefined) {
      return yield* new HttpClientError.RequestError({ request, reason: "Encode", description: promised })
    }
    if (plan.strikes("network-refused")) return yield* transport(request, "simulated: connection refused")
    if (plan.strikes("network-slow")) yield* Effect.sleep(slowMs.min + slowness.below(slowMs.max - slowMs.min))
    yield* travel
    if (plan.strikes("network-timeout")) {
      return yield* Effect.delay(transport(request, `simulated: no answer within ${timeOutMs} ms`), timeOutMs)
    }
    if (plan.strikes("network-error"))
      return new SimulatedResponse(request, failures[statuses.below(2)] ?? failures[0], Stream.empty)
    const response = yield* serve(server, callOf(request, url, sent))
    const pieces = piecesOf(response.body) ?? Stream.fail(promised)
    const isLost = plan.strikes("network-lost-reply")
    const isUnread = isLost || request.method === "HEAD"
    // A body that the client will not read ends at its first piece, so that the server can release its resources.
    if (isUnread) yield* Effect.ignore(Stream.runHead(pieces))
    if (isLost) return yield* transport(request, "simulated: the connection broke before the answer came")
    yield* travel
    return new SimulatedResponse(request, response, isUnread ? Stream.empty : Stream.flatMap(pieces, arrive))
  })
  // The signal is ignored: it is aborted when the host collects an unread response, which no seed decides. The ids of
  // spans come from the host, so they must not reach a server either.
  return HttpClient.withTracerPropagation(
    HttpClient.make((request, url) => execute(request, url)),
    false
  )
}

const promised = "only a promise can read this body; take text, JSON, bytes or a stream of bytes in a simulation"

const failures = [HttpServerResponse.empty({ status: 503 }), HttpServerResponse.empty({ status: 500 })] as const

// A router compiles its routes at the first request and keeps them, so a first simulation would take more steps.
const compiled = (app: Network[string]): Network[string] =>
  isRouter(app) ? Effect.runSync(HttpRouter.toHttpApp(app)) : app

const isRouter = (app: Network[string]): app is HttpRouter.HttpRouter<unknown, Scope.Scope> => HttpRouter.TypeId in app

const checked = (origin: string): string => {
  if (URL.canParse(origin) && new URL(origin).origin === origin) return origin
  throw new SimulationError({
    reason: "InvalidOptions",
    message: `network: ${JSON.stringify(origin)} is no origin; write a scheme and a host, as "https://api.example.com"`
  })
}

const transport = (request: HttpClientRequest.HttpClientRequest, description: string) =>
  Effect.fail(new HttpClientError.RequestError({ request, reason: "Transport", description }))

const unserved = (origin: string, served: ReadonlyArray<string>): string =>
  `${origin} has no server in this simulation; the option network serves ${served.join(", ") || "no origin at all"}`

const callOf = (request: HttpClientRequest.HttpClientRequest, url: URL, sent: Pieces): Call =>
  new Call(request, url.href, url.pathname + url.search, Headers.set(request.headers, "host", url.host), sent)

// The server runs in a fiber of its own, as on another machine: a client that gives up a request interrupts this fiber,
// but does not wait for it.
const serve = (server: Network[string], call: Call): Effect.Effect<HttpServerResponse.HttpServerResponse> =>
  Effect.uninterruptibleMask((restore) =>
    Effect.gen(function* () {
      const answered = yield* Deferred.make<HttpServerResponse.HttpServerResponse>()
      let failure = ""
      const attempt = Effect.tapErrorCause(server, (cause) =>
        Effect.sync(() => {
          failure = wordsOf(Cause.squash(cause))
        })
      )
      const handled = HttpApp.toHandled(attempt, (_, response) =>
        Deferred.succeed(answered, explained(HttpApp.unsafeEjectStreamScope(response), failure))
      )
      const fiber = yield* Effect.forkDaemon(Effect.provideService(handled, HttpServerRequest.HttpServerRequest, call))
      return yield* Effect.onInterrupt(restore(Deferred.await(answered)), () =>
        Fiber.interruptAsFork(fiber, HttpServerError.clientAbortFiberId)
      )
    })
  )

// The answer to a failure of the server has no body; in a simulation its body says what happened.
const explained = (response: HttpServerResponse.HttpServerResponse, failure: string) =>
  failure === "" || response.body._tag !== "Empty"
    ? response
    : HttpServerResponse.setBody(response, HttpBody.text(failure))
