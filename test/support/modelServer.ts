/**
 * A loopback server that answers model calls as a script says. The script and the protocol come from the callers.
 */
import { createServer, type IncomingHttpHeaders, type ServerResponse } from "node:http"

/** A request as it came in. */
export interface RecordedRequest<Body> {
  readonly method: string
  readonly path: string
  readonly headers: IncomingHttpHeaders
  readonly body: Body
  /** Resolves when the exchange is over: true if the client went away before the answer was complete. */
  readonly closedEarly: Promise<boolean>
}

/** Answers one request. */
export type Responder<Body> = (response: ServerResponse, request: RecordedRequest<Body>) => void | Promise<void>

/** One responder per request in order, or a choice by the request's body and number (from 0). */
export type Script<Body> = ReadonlyArray<Responder<Body>> | ((body: Body, index: number) => Responder<Body>)

export interface ModelServer<Body> {
  readonly url: string
  readonly port: number
  readonly requests: ReadonlyArray<RecordedRequest<Body>>
  /** The request with that number (from 0), as soon as it has come in. */
  readonly received: (index: number) => Promise<RecordedRequest<Body>>
  /** Closes the server and every connection. */
  readonly close: () => Promise<void>
}

/** Starts the server on a loopback address. */
export const startModelServer = async <Body>(
  script: Script<Body>,
  port = 0,
  host = "127.0.0.1"
): Promise<ModelServer<Body>> => {
  const requests: Array<RecordedRequest<Body>> = []
  const waiting: Array<{ readonly index: number; readonly resolve: (request: RecordedRequest<Body>) => void }> = []
  const server = createServer(async (incoming, response) => {
    const closedEarly = new Promise<boolean>((resolve) => {
      response.on("close", () => resolve(!response.writableFinished))
    })
    const chunks: Array<Buffer> = []
    for await (const chunk of incoming) chunks.push(Buffer.from(chunk))
    const body: Body = JSON.parse(Buffer.concat(chunks).toString("utf8"))
    const index = requests.length
    const { headers, method = "", url = "" } = incoming
    const request: RecordedRequest<Body> = { method, path: url, headers, body, closedEarly }
    requests.push(request)
    for (const waiter of waiting) if (waiter.index === index) waiter.resolve(request)
    const respond = typeof script === "function" ? script(body, index) : script[index]
    await (respond ?? json(500, { error: { message: `the script has no answer to request ${index}` } }))(
      response,
      request
    )
  })
  await new Promise<void>((resolve) => server.listen(port, host, resolve))
  const address = server.address()
  if (address === null || typeof address === "string") throw new Error("the server has no port")
  return {
    url: `http://${host}:${address.port}`,
    port: address.port,
    requests,
    received: (index) =>
      new Promise((resolve) => {
        const request = requests[index]
        if (request === undefined) waiting.push({ index, resolve })
        else resolve(request)
      }),
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      })
  }
}

const openStream = (
  response: ServerResponse,
  headers: Readonly<Record<string, string>>,
  text: string
): Promise<void> => {
  response.writeHead(200, { "content-type": "text/event-stream; charset=utf-8", ...headers })
  response.flushHeaders()
  // A cut must come after these bytes are on their way.
  return new Promise((resolve) => response.write(text, () => resolve()))
}

/** The ways to stream the text of events: to its end, without one, or until the connection breaks. */
export const streaming = (headers: Readonly<Record<string, string>>, text: string) => ({
  stream: async (response: ServerResponse) => {
    await openStream(response, headers, text)
    response.end()
  },
  hang: (response: ServerResponse) => openStream(response, headers, text),
  cut: async (response: ServerResponse) => {
    await openStream(response, headers, text)
    response.destroy()
  }
})

/** Takes the request and never answers. */
export const silence = (): void => {}

/** Answers with JSON. */
export const json =
  (status: number, body: unknown, headers: Readonly<Record<string, string>> = {}) =>
  (response: ServerResponse): void => {
    response.writeHead(status, { "content-type": "application/json", ...headers })
    response.end(JSON.stringify(body))
  }

/** Answers with any body. */
export const plain =
  (status: number, contentType: string, body: string) =>
  (response: ServerResponse): void => {
    response.writeHead(status, { "content-type": contentType })
    response.end(body)
  }
