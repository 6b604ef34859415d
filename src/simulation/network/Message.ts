/**
 * HTTP messages whose bodies can be read where no code may await a promise.
 *
 * The messages of `@effect/platform` are based on the `Request` and `Response` of the web, which give their bodies as
 * promises.
 *
 * @since 0.1.0
 */
import {
  Cookies,
  type Headers,
  type HttpBody,
  HttpClientError,
  type HttpClientRequest,
  HttpClientResponse,
  HttpIncomingMessage,
  HttpServerError,
  HttpServerRequest,
  type HttpServerResponse,
  Multipart,
  UrlParams
} from "@effect/platform"
import { type Chunk, Effect, Inspectable, Option, Stream } from "effect"

/** The bytes of a body, piece by piece. */
export type Pieces = Stream.Stream<Uint8Array, unknown>

const pieceBytesMax = 16_384

const encoder = new TextEncoder()

const cut = (bytes: Uint8Array): Pieces =>
  Stream.unfold(0, (start) =>
    start < bytes.length
      ? Option.some([bytes.subarray(start, start + pieceBytesMax), start + pieceBytesMax])
      : Option.none()
  )

/** Gives the pieces of a body; `undefined` for one that only a promise can read, such as a form with files. */
export const piecesOf = (body: HttpBody.HttpBody): Pieces | undefined => {
  switch (body._tag) {
    case "Empty":
      return Stream.empty
    case "Uint8Array":
      return cut(body.body)
    case "Stream":
      return body.stream
    case "FormData":
      return undefined
    case "Raw":
      if (typeof body.body === "string") return cut(encoder.encode(body.body))
      if (body.body instanceof ArrayBuffer) return cut(new Uint8Array(body.body))
      return body.body instanceof Uint8Array ? cut(body.body) : undefined
  }
}

const join = (pieces: Chunk.Chunk<Uint8Array>): ArrayBuffer => {
  const all = [...pieces]
  const bytes = new Uint8Array(all.reduce((length, piece) => length + piece.length, 0))
  let length = 0
  for (const piece of all) {
    bytes.set(piece, length)
    length += piece.length
  }
  return bytes.buffer
}

/** Message of a failure. */
export const wordsOf = (cause: unknown): string => (cause instanceof Error ? cause.message : String(cause))

// As on a wire, bytes that were read are gone: a body can be read once, as text, as bytes or as a stream.
abstract class Message<E> extends Inspectable.Class {
  readonly [HttpIncomingMessage.TypeId]: HttpIncomingMessage.TypeId = HttpIncomingMessage.TypeId
  readonly stream: Stream.Stream<Uint8Array, E>
  readonly text: Effect.Effect<string, E>
  readonly json: Effect.Effect<unknown, E>
  readonly urlParamsBody: Effect.Effect<UrlParams.UrlParams, E>
  readonly arrayBuffer: Effect.Effect<ArrayBuffer, E>

  constructor(
    readonly headers: Headers.Headers,
    pieces: Pieces,
    readonly remoteAddress: Option.Option<string> = Option.none()
  ) {
    super()
    let isRead = false
    this.stream = Stream.suspend(() => {
      if (isRead) return Stream.fail(this.failure("the body has been read before, and can be read only once"))
      isRead = true
      return Stream.mapError(pieces, (cause) => this.failure(wordsOf(cause), cause))
    })
    const bytes = Effect.map(Stream.runCollect(this.stream), join)
    this.arrayBuffer = Effect.runSync(Effect.cached(bytes))
    this.text = Effect.runSync(Effect.cached(Effect.map(bytes, (all) => new TextDecoder().decode(all))))
    this.json = Effect.flatMap(this.text, (text) =>
      Effect.try({
        try: (): unknown => (text === "" ? null : JSON.parse(text)),
        catch: (cause) => this.failure(wordsOf(cause), cause)
      })
    )
    this.urlParamsBody = Effect.map(this.text, (text) => UrlParams.fromInput(new URLSearchParams(text)))
  }

  protected abstract failure(description: string, cause?: unknown): E
}

/** The response that the client gets. */
export class SimulatedResponse
  extends Message<HttpClientError.ResponseError>
  implements HttpClientResponse.HttpClientResponse
{
  readonly [HttpClientResponse.TypeId]: HttpClientResponse.TypeId = HttpClientResponse.TypeId
  readonly status: number
  readonly cookies: Cookies.Cookies
  readonly formData: Effect.Effect<FormData, HttpClientError.ResponseError>

  constructor(
    readonly request: HttpClientRequest.HttpClientRequest,
    { cookies, headers, status }: HttpServerResponse.HttpServerResponse,
    pieces: Pieces
  ) {
    super(headers, pieces)
    this.status = status
    this.cookies = cookies
    this.formData = Effect.suspend(() =>
      this.failure("forms cannot be read in a simulation: read the text or the stream")
    )
  }

  toJSON(): unknown {
    const { headers, request, status } = this
    return {
      _id: "@effect/platform/HttpClientResponse",
      request: request.toJSON(),
      status,
      headers: Inspectable.redact(headers)
    }
  }

  protected failure(description: string, cause?: unknown): HttpClientError.ResponseError {
    return new HttpClientError.ResponseError({
      request: this.request,
      response: this,
      reason: "Decode",
      description,
      cause
    })
  }
}

/** The request that the server gets. */
export class Call extends Message<HttpServerError.RequestError> implements HttpServerRequest.HttpServerRequest {
  readonly [HttpServerRequest.TypeId]: HttpServerRequest.TypeId = HttpServerRequest.TypeId
  readonly method: HttpServerRequest.HttpServerRequest["method"]
  readonly cookies: HttpServerRequest.HttpServerRequest["cookies"]
  readonly multipart: HttpServerRequest.HttpServerRequest["multipart"]
  readonly multipartStream: HttpServerRequest.HttpServerRequest["multipartStream"]
  readonly upgrade: HttpServerRequest.HttpServerRequest["upgrade"]

  constructor(
    readonly source: HttpClientRequest.HttpClientRequest,
    readonly originalUrl: string,
    readonly url: string,
    headers: Headers.Headers,
    pieces: Pieces,
    remoteAddress?: Option.Option<string>
  ) {
    super(headers, pieces, remoteAddress)
    this.method = source.method
    this.cookies = Cookies.parseHeader(headers["cookie"] ?? "")
    this.multipartStream = this.stream.pipe(
      Stream.mapError((cause) => new Multipart.MultipartError({ reason: "InternalError", cause })),
      Stream.pipeThroughChannel(Multipart.makeChannel(headers))
    )
    this.multipart = Multipart.toPersisted(this.multipartStream)
    this.upgrade = Effect.suspend(() => this.failure("a simulated connection cannot be upgraded"))
  }

  modify({
    headers = this.headers,
    remoteAddress,
    url = this.url
  }: {
    readonly url?: string
    readonly headers?: Headers.Headers
    readonly remoteAddress?: string
  }): Call {
    const address = remoteAddress === undefined ? this.remoteAddress : Option.some(remoteAddress)
    return new Call(this.source, this.originalUrl, url, headers, this.stream, address)
  }

  toJSON(): unknown {
    const { headers, method, originalUrl } = this
    return {
      _id: "@effect/platform/HttpServerRequest",
      method,
      url: originalUrl,
      headers: Inspectable.redact(headers)
    }
  }

  protected failure(description: string, cause?: unknown): HttpServerError.RequestError {
    return new HttpServerError.RequestError({ request: this, reason: "Decode", description, cause })
  }
}
