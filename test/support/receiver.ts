/**
 * Receivers of an inspector's messages on 127.0.0.1, good and bad ones.
 */
import { type AddressInfo, createServer, type Server } from "node:net"
import { Effect, type Scope } from "effect"
import { type WebSocket, WebSocketServer } from "ws"
import type { Inspection } from "../../src/layers/aios/index.js"

export interface Receiver {
  readonly url: string
  readonly port: number
  /** Everything received, in order. */
  readonly messages: ReadonlyArray<Inspection>
  readonly sockets: ReadonlyArray<WebSocket>
  /** Waits until so many messages are there. */
  readonly received: (count: number) => Effect.Effect<void>
  /** Waits until so many connections were made. */
  readonly connected: (count: number) => Effect.Effect<void>
  /** Closes every connection, listens no more, and waits until the clients have closed theirs as well. */
  readonly leave: Effect.Effect<void>
}

interface Waiting {
  readonly holds: () => boolean
  readonly resume: () => void
}

/** A server that answers each attempt to connect with a redirect to another address. */
export const redirecting = (location: string) =>
  Effect.acquireRelease(
    Effect.async<{ readonly url: string; readonly asked: () => number; readonly close: () => void }>((resume) => {
      let asked = 0
      const server = createServer((socket) => {
        socket
          .on("error", () => {})
          .once("data", () => {
            asked++
            socket.end(`HTTP/1.1 307 Temporary Redirect\r\nLocation: ${location}\r\nContent-Length: 0\r\n\r\n`)
          })
      }).listen(0, "127.0.0.1", () => {
        const { port } = server.address() as AddressInfo
        const close = () => void server.close()
        resume(Effect.succeed({ url: `ws://127.0.0.1:${port}`, asked: () => asked, close }))
      })
    }),
    ({ close }) => Effect.sync(close)
  )

/** A receiver that takes every message; `onSocket` may do something else with a connection. */
export const receiver = (
  options: {
    readonly port?: number
    readonly onSocket?: (socket: WebSocket, sockets: ReadonlyArray<WebSocket>) => void
  } = {}
): Effect.Effect<Receiver, never, Scope.Scope> =>
  Effect.gen(function* () {
    const messages: Array<Inspection> = []
    const sockets: Array<WebSocket> = []
    let waiting: Array<Waiting> = []
    const look = () => {
      const ready = waiting.filter(({ holds }) => holds())
      waiting = waiting.filter((each) => !ready.includes(each))
      for (const { resume } of ready) resume()
    }
    const until = (holds: () => boolean): Effect.Effect<void> =>
      Effect.async<void>((resume) => {
        waiting.push({ holds, resume: () => resume(Effect.void) })
        look()
      })
    const server = yield* Effect.acquireRelease(
      Effect.async<WebSocketServer>((resume) => {
        const made: WebSocketServer = new WebSocketServer({ host: "127.0.0.1", port: options.port ?? 0 }, () =>
          resume(Effect.succeed(made))
        )
      }),
      (made) =>
        Effect.async<void>((resume) => {
          for (const client of made.clients) client.terminate()
          made.close(() => resume(Effect.void))
        })
    )
    server.on("connection", (socket) => {
      sockets.push(socket)
      socket.on("message", (data, isBinary) => {
        if (isBinary) throw new Error("a message came in a binary frame")
        messages.push(JSON.parse(String(data)))
        look()
      })
      options.onSocket?.(socket, sockets)
      look()
    })
    const { port } = server.address() as AddressInfo
    return {
      url: `ws://127.0.0.1:${port}`,
      port,
      messages,
      sockets,
      received: (count) => until(() => messages.length >= count),
      connected: (count) => until(() => sockets.length >= count),
      leave: Effect.async((resume) => {
        server.close(() => resume(Effect.void))
        for (const socket of sockets) socket.close()
      })
    }
  })

/** A server on 127.0.0.1 that accepts connections and never says a word. */
export const mute: Effect.Effect<string, never, Scope.Scope> = Effect.map(
  Effect.acquireRelease(
    Effect.async<Server>((resume) => {
      const server = createServer(() => {})
      server.listen(0, "127.0.0.1", () => resume(Effect.succeed(server)))
    }),
    (server) => Effect.sync(() => server.close())
  ),
  (server) => `ws://127.0.0.1:${(server.address() as AddressInfo).port}`
)

/** The address of a port on 127.0.0.1 where no server listens. */
export const nobody: Effect.Effect<string> = Effect.scoped(Effect.map(receiver(), ({ url }) => url))
