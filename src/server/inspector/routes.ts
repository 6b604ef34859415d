/**
 * Routes of the server.
 *
 * @since 0.1.0
 */
import * as NodeHttpServerRequest from "@effect/platform-node/NodeHttpServerRequest"
import * as HttpRouter from "@effect/platform/HttpRouter"
import * as HttpServerRequest from "@effect/platform/HttpServerRequest"
import * as HttpServerResponse from "@effect/platform/HttpServerResponse"
import { Clock, Effect } from "effect"
import { type JournalError, Limits } from "../../layers/aios/index.js"
import type { Assets } from "./assets.js"
import type { Connections } from "./Connections.js"
import { FailedTokens } from "./FailedTokens.js"
import { foreignOf, type GuardRefusal, refusalOf, securityHeaders } from "./guard.js"
import type { History, HistoryError, MessagesQuery } from "./History.js"
import type { Refusal } from "./page/wire.js"
import type { Relay } from "./relay.js"
import { stream } from "./stream.js"

/** Values that the routes answer from. */
export interface Source {
  readonly port: number
  readonly token: string
  readonly assets: Assets
  readonly relay: Relay
  readonly history: History
  readonly connections: Connections
}

const json = (value: object) => HttpServerResponse.unsafeJson(value)
const refuse = (status: number, error: string) => HttpServerResponse.unsafeJson({ error } satisfies Refusal, { status })

const own = "http://127.0.0.1"

/** The address in a request, if it is a path of this server that can be read. */
const addressOf = (target: string): URL | undefined => {
  const url = target.startsWith("/") && URL.canParse(target, own) ? new URL(target, own) : undefined
  // A target such as `//elsewhere/` names another host.
  return url?.origin === own && isDecodable(url.pathname) ? url : undefined
}

const isDecodable = (path: string): boolean => {
  try {
    decodeURIComponent(path)
    return true
  } catch {
    return false
  }
}

const urlOf = Effect.map(HttpServerRequest.HttpServerRequest, ({ url }) => addressOf(url) ?? new URL(own))

/** Every route, behind the guard. */
export const app = (source: Source) => {
  const { assets, connections, port } = source
  const routes = router(source)
  const failedTokens = new FailedTokens()
  return Effect.gen(function* () {
    const request = yield* HttpServerRequest.HttpServerRequest
    const { headers } = request
    const { socket } = NodeHttpServerRequest.toIncomingMessage(request)
    const url = addressOf(request.url)
    if (url === undefined) return closing(refuse(400, "the address of the request is not a path of this server"))
    const from = { host: headers["host"], origin: headers["origin"] }
    if (url.pathname === resumePath) {
      const foreign = foreignOf(from, port)
      return closing(foreign === undefined ? file(assets, "resume.js") : refuse(403, foreign))
    }
    const token = url.searchParams.get("token") ?? /^\/assets\/([^/]+)\//.exec(url.pathname)?.[1]
    const refusal = refusalOf({ ...from, token }, port, source.token)
    if (refusal !== undefined) {
      const now = yield* Clock.currentTimeMillis
      const tooMany = refusal.tokenFailed && failedTokens.exceeded(socket.remoteAddress ?? "", now)
      const wantsPage = url.pathname === "/" && /\btext\/html\b/.test(headers["accept"] ?? "")
      return closing(tooMany ? busy : refused(refusal, wantsPage))
    }
    // A new viewer has to find room; one that is connected keeps its room.
    return connections.admit(socket) ? yield* routes : closing(crowded)
  }).pipe(
    Effect.catchTags({
      RouteNotFound: () => Effect.succeed(refuse(404, "there is nothing at this address")),
      RequestError: () => Effect.succeed(refuse(400, "the request cannot be read")),
      SocketError: () => Effect.succeed(HttpServerResponse.empty()),
      HistoryError: ({ message }: HistoryError) => Effect.succeed(refuse(404, message)),
      JournalError: ({ message }: JournalError) => Effect.succeed(refuse(500, message))
    }),
    Effect.catchAllDefect((defect) =>
      Effect.as(
        Effect.logError("the inspector's server could not answer a request", defect),
        refuse(500, "the server could not answer; its log says why")
      )
    ),
    Effect.map(HttpServerResponse.setHeaders(securityHeaders))
  )
}

// A connection that was refused has nothing more to say.
const closing = HttpServerResponse.setHeader("connection", "close")

const busy = HttpServerResponse.setHeader(refuse(429, "too many requests without the right token"), "retry-after", "1")
const crowded = refuse(503, `${Limits.viewerConnectionsMax} connections show this server already; close one of them`)

const resumePath = "/resume.js"

const refused = ({ message, tokenFailed }: GuardRefusal, wantsPage: boolean) =>
  tokenFailed && wantsPage ? HttpServerResponse.text(lostPage(message), { ...html, status: 403 }) : refuse(403, message)

// After a reload, the script goes back to the page with the token that the tab has kept.
const lostPage = (message: string): string =>
  `<!doctype html>
<html lang="en">
  <head><meta charset="utf-8"><title>Life inspector</title><script type="module" src="${resumePath}"></script></head>
  <body><p>This page cannot be shown: ${message}.</p></body>
</html>
`

const router = ({ assets, history, relay, token }: Source) =>
  HttpRouter.empty.pipe(
    HttpRouter.get("/", HttpServerResponse.text(assets.page(`assets/${token}`), html)),
    HttpRouter.get(
      "/assets/:token/:name",
      Effect.map(HttpRouter.params, ({ name = "" }) => file(assets, name))
    ),
    HttpRouter.get("/api/sessions", Effect.map(history.sessions, json)),
    HttpRouter.get(
      "/api/machine",
      Effect.sync(() => file(assets, "machine.json"))
    ),
    HttpRouter.get(
      "/api/sessions/:id/messages",
      Effect.flatMap(Effect.all([HttpRouter.params, urlOf]), ([{ id = "" }, { searchParams }]) => {
        const query = queryOf(searchParams)
        return typeof query === "string"
          ? Effect.succeed(refuse(400, query))
          : Effect.map(history.messages(id, query), json)
      })
    ),
    HttpRouter.get(
      "/api/sessions/:id/at/:sequence",
      Effect.flatMap(HttpRouter.params, ({ id = "", sequence = "" }) => {
        const wanted = whole(sequence)
        return wanted === undefined
          ? Effect.succeed(refuse(400, `a sequence is a whole number, not ${JSON.stringify(sequence)}`))
          : Effect.map(history.at(id, wanted), json)
      })
    ),
    HttpRouter.get(
      "/api/sessions/:id/outline",
      Effect.flatMap(HttpRouter.params, ({ id = "" }) => Effect.map(history.outline(id), json))
    ),
    HttpRouter.get("/stream", streaming(relay))
  )

const file = (assets: Assets, name: string) => {
  const asset = assets.file(name)
  return asset === undefined
    ? refuse(404, `the page has no file ${JSON.stringify(name)}`)
    : HttpServerResponse.uint8Array(asset.body, { contentType: asset.contentType })
}

const html = { contentType: "text/html; charset=utf-8" }

const whole = (text: string): number | undefined => (/^\d{1,15}$/.test(text) ? Number(text) : undefined)

const queryOf = (params: URLSearchParams): MessagesQuery | string => {
  const after = whole(params.get("after") ?? "0")
  const limit = whole(params.get("limit") ?? "200")
  const only = params.get("only") ?? undefined
  if (after === undefined || limit === undefined || limit === 0) {
    return "after and limit are whole numbers, and limit is not 0"
  }
  if (only !== undefined && only !== "event" && only !== "snapshot") return "only is event or snapshot"
  return {
    after,
    limit: Math.min(limit, Limits.inspectedRecordsMax),
    only,
    type: params.get("type") ?? undefined,
    text: params.get("text") ?? undefined
  }
}

const streaming = (relay: Relay) =>
  Effect.gen(function* () {
    const request = yield* HttpServerRequest.HttpServerRequest
    const { headers } = request
    // The library refuses such a request by itself and never calls back.
    if (
      headers["upgrade"]?.toLowerCase() !== "websocket" ||
      headers["sec-websocket-version"] !== "13" ||
      !/^[A-Za-z0-9+/]{22}==$/.test(headers["sec-websocket-key"] ?? "")
    ) {
      return refuse(426, "this address is a WebSocket: connect to it with ws://")
    }
    const socket = yield* request.upgrade
    const { socket: tcp } = NodeHttpServerRequest.toIncomingMessage(request)
    const { searchParams } = yield* urlOf
    yield* stream(relay, socket, tcp, searchParams.get("format") === "page" ? "page" : "stately")
    return HttpServerResponse.empty()
  })
