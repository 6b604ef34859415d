/**
 * The inspector's own server: a page on this machine that shows what agents do.
 *
 * It listens on 127.0.0.1 only and answers nobody without the token in its address.
 *
 * @since 0.1.0
 */
import { createServer } from "node:http"
import type { Socket } from "node:net"
import * as NodeHttpServer from "@effect/platform-node/NodeHttpServer"
import * as HttpMiddleware from "@effect/platform/HttpMiddleware"
import * as HttpServer from "@effect/platform/HttpServer"
import { Effect, Scope } from "effect"
import { Limits } from "../../layers/aios/index.js"
import { readAssets } from "./assets.js"
import type { History } from "./History.js"
import { InspectorServerError } from "./InspectorServerError.js"
import type { Relay } from "./relay.js"
import { app } from "./routes.js"
import { makeToken } from "./token.js"

/**
 * How the server is set up.
 *
 * - `port`: 0 to 65535; any free one unless given
 * - `assets`: the folder of the compiled page; the one of this package unless given
 *
 * @since 0.1.0
 * @category models
 */
export interface ServerOptions {
  readonly port?: number
  readonly assets?: string
}

/**
 * Where a running server is.
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

/** Starts the server; it ends with the scope, whoever is still connected. */
export const serve = Effect.fnUntraced(function* (
  relay: Relay,
  history: History,
  { assets: folder, port = 0 }: ServerOptions
): Effect.fn.Return<InspectorAddress, InspectorServerError, Scope.Scope> {
  if (!Number.isInteger(port) || port < 0 || port > portMax) return yield* portInvalid(port)
  const assets = yield* readAssets(folder)
  const token = yield* makeToken
  const { http, scope } = yield* listen(port)
  const actual = http.address._tag === "TcpAddress" ? http.address.port : port
  const routes = app({ port: actual, token, assets, relay, history })
  yield* HttpServer.serveEffect(routes).pipe(
    // Watching must not show up in what is watched.
    HttpMiddleware.withTracerDisabledWhenEffect(() => true),
    Effect.provideService(HttpServer.HttpServer, http),
    Scope.extend(scope)
  )
  const at = `127.0.0.1:${actual}`
  return { port: actual, url: `http://${at}/?token=${token}`, streamUrl: `ws://${at}/stream?token=${token}` }
})

const portMax = 65_535

const listen = Effect.fnUntraced(function* (port: number) {
  const server = createServer()
  server.maxConnections = Limits.viewerConnectionsMax
  const sockets = new Set<Socket>()
  server.on("connection", (socket) => {
    sockets.add(socket)
    socket.once("close", () => sockets.delete(socket))
  })
  // The library's server waits for its viewers when it closes, and they have no reason to go.
  const scope = yield* Effect.acquireRelease(Scope.make(), (inner, exit) =>
    Effect.zipRight(
      Effect.sync(() => {
        server.close()
        for (const socket of sockets) socket.destroy()
      }),
      Scope.close(inner, exit)
    )
  )
  const http = yield* NodeHttpServer.make(() => server, { port, host: "127.0.0.1", exclusive: true }).pipe(
    Effect.catchTag("ServeError", ({ cause }) => notListening(port, cause)),
    Scope.extend(scope)
  )
  return { http, scope }
})

const portInvalid = (port: number) =>
  new InspectorServerError({
    reason: "PortInvalid",
    message: `the inspector cannot listen on port ${port}: a port is a whole number from 0 (any free one) to ${portMax}`
  })

const notListening = (port: number, cause: unknown) => {
  const code = cause instanceof Error && "code" in cause ? cause.code : undefined
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
