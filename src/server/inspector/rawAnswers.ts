/**
 * Answers to what never becomes a request: bytes that are not HTTP, headers that are too large, or headers that do not
 * end. Node would answer without the security headers.
 *
 * @since 0.1.0
 */
import { type Server, type ServerResponse, STATUS_CODES } from "node:http"
import { Socket } from "node:net"
import { securityHeaders } from "./guard.js"
import type { Refusal } from "./page/wire.js"

const errors = {
  400: "this is not a request that HTTP allows",
  405: "this server is not a proxy",
  408: "the request took too long to arrive",
  413: "the body of the request is too large",
  417: "this server knows only the expectation 100-continue",
  431: "the address or the headers of the request are too large"
} as const

type Status = keyof typeof errors

const bodyOf = (status: Status): string => JSON.stringify({ error: errors[status] } satisfies Refusal)

const headersOf = (body: string): Readonly<Record<string, string>> => ({
  ...securityHeaders,
  "content-type": "application/json",
  "content-length": String(Buffer.byteLength(body)),
  connection: "close"
})

/** A whole answer as bytes on the wire, after which the connection ends. */
export const rawRefusal = (status: Status): string => {
  const body = bodyOf(status)
  const headers = Object.entries(headersOf(body)).map(([name, value]) => `${name}: ${value}\r\n`)
  return `HTTP/1.1 ${status} ${STATUS_CODES[status] ?? ""}\r\n${headers.join("")}\r\n${body}`
}

const statuses: ReadonlyMap<unknown, Status> = new Map([
  ["HPE_HEADER_OVERFLOW", 431],
  ["HPE_CHUNK_EXTENSIONS_OVERFLOW", 413],
  ["ERR_HTTP_REQUEST_TIMEOUT", 408]
])

/** Answers in the place of Node. `onRefused` gets each connection that has to end. */
export const answerRaw = (server: Server, onRefused: (socket: Socket) => void): void => {
  const answering = new WeakMap<object, ServerResponse>()
  const refused = new WeakSet<object>()
  server.prependListener("request", (request, response) => answering.set(request.socket, response))
  server.on("clientError", (error: Error & { readonly code?: unknown }, socket) => {
    // The parser reports each further piece of such a connection, too.
    if (refused.has(socket) || socket.destroyed) return
    refused.add(socket)
    // Bytes in the middle of another answer would be a part of that answer.
    if (!socket.writable || answering.get(socket)?.headersSent === true) return void socket.destroy()
    if (socket instanceof Socket) onRefused(socket)
    // The answer is lost if the connection is closed before the peer's bytes are read.
    socket.end(rawRefusal(statuses.get(error.code) ?? 400))
    socket.resume()
  })
  server.on("checkExpectation", (_, response) => {
    const body = bodyOf(417)
    response.writeHead(417, headersOf(body)).end(body)
  })
  server.on("connect", (_, socket) => void socket.end(rawRefusal(405)))
}
