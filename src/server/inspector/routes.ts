/**
 * Routes of the server.
 *
 * @since 0.1.0
 */
import * as NodeHttpServerRequest from "@effect/platform-node/NodeHttpServerRequest"
import * as HttpRouter from "@effect/platform/HttpRouter"
import * as HttpServerRequest from "@effect/platform/HttpServerRequest"
import * as HttpServerResponse from "@effect/platform/HttpServerResponse"
import { Effect } from "effect"
import { type JournalError, Limits } from "../../layers/aios/index.js"
import type { Assets } from "./assets.js"
import { refusalOf, securityHeaders } from "./guard.js"
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
}

const json = (value: object) => HttpServerResponse.unsafeJson(value)
const refuse = (status: number, error: string) => HttpServerResponse.unsafeJson({ error } satisfies Refusal, { status })

const urlOf = Effect.map(HttpServerRequest.HttpServerRequest, ({ url }) => new URL(url, "http://127.0.0.1"))

/** Every route, behind the guard. */
export const app = (source: Source) => {
  const routes = router(source)
  return Effect.gen(function* () {
    const { headers } = yield* HttpServerRequest.HttpServerRequest
    const url = yield* urlOf
    const token = url.searchParams.get("token") ?? /^\/assets\/([^/]+)\//.exec(url.pathname)?.[1]
    const refusal = refusalOf({ host: headers["host"], origin: headers["origin"], token }, source.port, source.token)
    return yield* refusal === undefined ? routes : Effect.succeed(refuse(403, refusal))
  }).pipe(
    Effect.catchTags({
      RouteNotFound: () => Effect.succeed(refuse(404, "there is nothing at this address")),
      RequestError: () => Effect.succeed(refuse(400, "the request cannot be read")),
      SocketError: () => Effect.succeed(HttpServerResponse.empty()),
      HistoryError: ({ message }: HistoryError) => Effect.succeed(refuse(404, message)),
      JournalError: ({ message }: JournalError) => Effect.succeed(refuse(500, message))
    }),
    Effect.map(HttpServerResponse.setHeaders(securityHeaders))
  )
}

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
