/**
 * The inspector's own server: a page on this machine that shows what agents do.
 *
 * It listens on 127.0.0.1 only and refuses every request without the token in the page's address.
 *
 * @since 0.1.0
 */
import { createServer } from "node:http"
import * as NodeHttpServer from "@effect/platform-node/NodeHttpServer"
import * as HttpMiddleware from "@effect/platform/HttpMiddleware"
import * as HttpServer from "@effect/platform/HttpServer"
import { Effect, Predicate, Schedule, Scope } from "effect"
import { Limits } from "../../layers/aios/index.js"
import { readAssets } from "./assets.js"
import { Connections } from "./Connections.js"
import type { History } from "./History.js"
import { InspectorServerError } from "./InspectorServerError.js"
import { answerRaw } from "./rawAnswers.js"
import type { Relay } from "./relay.js"
import { app } from "./routes.js"
import { makeToken } from "./token.js"

/**
 * Options of the server.
 *
 * @since 0.1.0
 * @category models
 */
export interface ServerOptions {
  /** The port, from 0 to 65535; 0 takes any free one. @default 0 */
  readonly port?: number
  /** The folder of the compiled page. @default the folder in this package */
  readonly assets?: string
}

/**
 * Address of a running server.
 *
 * @since 0.1.0
 * @category models
 */
export interface InspectorAddress {
  readonly port: number
  /** The address of the page, with its token. */
  readonly url: string
  /** The address of the live stream, which Stately's tools can read. */
  readonly streamUrl: string
}

/** Starts the server. It ends with the scope, even while viewers are connected. */
export const serve = Effect.fnUntraced(function* (
  relay: Relay,
  history: History,
  { assets: folder, port = 0 }: ServerOptions
): Effect.fn.Return<InspectorAddress, InspectorServerError, Scope.Scope> {
  if (!Number.isInteger(port) || port < 0 || port > portMax) return yield* portInvalid(port)
  const assets = yield* readAssets(folder)
  const token = yield* makeToken
  const { connections, http, scope } = yield* listen(port)
  const actual = http.address._tag === "TcpAddress" ? http.address.port : port
  const routes = app({ port: actual, token, assets, relay, history, connections })
  yield* HttpServer.serveEffect(routes).pipe(
    // Requests of viewers must not appear in the traces of the agents.
    HttpMiddleware.withTracerDisabledWhenEffect(() => true),
    Effect.provideService(HttpServer.HttpServer, http),
    Scope.extend(scope)
  )
  const at = `127.0.0.1:${actual}`
  return { port: actual, url: `http://${at}/?token=${token}`, streamUrl: `ws://${at}/stream?token=${token}` }
})

const portMax = 65_535
const reapEveryMs = 1_000

const listen = Effect.fnUntraced(function* (port: number) {
  const server = createServer({
    headersTimeout: Limits.requestHeadersMsMax,
    requestTimeout: Limits.requestMsMax,
    connectionsCheckingInterval: reapEveryMs,
    // Node would refuse such a request without the security headers; the guard refuses it with them.
    requireHostHeader: false
  })
  const clock = yield* Effect.clock
  const connections = new Connections(() => clock.unsafeCurrentTimeMillis())
  server.on("connection", (socket) => connections.open(socket))
  answerRaw(server, (socket) => connections.distrust(socket))
  yield* Effect.forkScoped(
    Effect.schedule(
      Effect.sync(() => connections.reap()),
      Schedule.spaced(reapEveryMs)
    )
  )
  // On close, the library's server waits for its viewers to disconnect, and they have no reason to do so.
  const scope = yield* Effect.acquireRelease(Scope.make(), (inner, exit) =>
    Effect.zipRight(
      Effect.sync(() => {
        server.close()
        connections.close()
      }),
      Scope.close(inner, exit)
    )
  )
  const http = yield* NodeHttpServer.make(() => server, { port, host: "127.0.0.1", exclusive: true }).pipe(
    Effect.catchTag("ServeError", ({ cause }) => notListening(port, cause)),
    Scope.extend(scope)
  )
  return { connections, http, scope }
})

const portInvalid = (port: number) =>
  new InspectorServerError({
    reason: "PortInvalid",
    message: `the inspector cannot listen on port ${port}: a port is a whole number from 0 (any free one) to ${portMax}`
  })

const notListening = (port: number, cause: unknown) => {
  const code = Predicate.hasProperty(cause, "code") ? cause.code : undefined
  const what = `the inspector cannot listen on 127.0.0.1:${port}`
  if (code === "EADDRINUSE") {
    return new InspectorServerError({
      reason: "PortInUse",
      message: `${what}: another process does. Take another port, or leave it out to get a free one.`
    })
  }
  if (code === "EACCES") {
    return new InspectorServerError({
      reason: "PortDenied",
      message: `${what}: this user may not. Take a port above 1023, or leave it out to get a free one.`
    })
  }
  return new InspectorServerError({ reason: "Failed", message: `${what}: ${String(cause)}` })
}
