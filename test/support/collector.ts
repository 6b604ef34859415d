/**
 * A loopback collector that understands OTLP over HTTP in JSON, and behaves as it is told.
 */
import { createServer, type IncomingHttpHeaders, type ServerResponse } from "node:http"
import { Effect } from "effect"

/** A request as it came in. */
export interface Received {
  readonly path: string
  readonly headers: IncomingHttpHeaders
  readonly body: unknown
}

/** A span as OTLP has it. */
export interface OtlpSpan {
  readonly name: string
  readonly traceId: string
  readonly spanId: string
  readonly parentSpanId?: string
  readonly kind: number
  readonly status: { readonly code?: number; readonly message?: string }
  readonly attributes: { readonly [name: string]: unknown }
}

export interface Collector {
  readonly url: string
  readonly requests: ReadonlyArray<Received>
  /** Every span that has arrived. */
  readonly spans: () => ReadonlyArray<OtlpSpan>
  /** The attributes of the resource of the first request to a path. */
  readonly resource: (path: string) => { readonly [name: string]: unknown }
  /** The names of all metrics that have arrived. */
  readonly metricNames: () => ReadonlySet<string>
}

type Answer = (response: ServerResponse) => void

export const accepting: Answer = (response) =>
  void response.writeHead(200, { "content-type": "application/json" }).end("{}")
export const failing: Answer = (response) => void response.writeHead(500).end("no room")
export const silent: Answer = () => {}

interface Attribute {
  readonly key: string
  readonly value: {
    readonly stringValue?: string
    readonly intValue?: number | string
    readonly doubleValue?: number
    readonly boolValue?: boolean
    readonly arrayValue?: { readonly values: ReadonlyArray<Attribute["value"]> }
  }
}

const valueOf = (value: Attribute["value"]): unknown =>
  value.arrayValue?.values.map(valueOf) ??
  value.stringValue ??
  value.doubleValue ??
  value.boolValue ??
  (value.intValue === undefined ? undefined : Number(value.intValue))

const attributesOf = (attributes: ReadonlyArray<Attribute>): { readonly [name: string]: unknown } =>
  Object.fromEntries(attributes.map(({ key, value }) => [key, valueOf(value)]))

interface Scoped {
  readonly resource: { readonly attributes: ReadonlyArray<Attribute> }
  readonly scopeSpans?: ReadonlyArray<{
    readonly spans: ReadonlyArray<Omit<OtlpSpan, "attributes"> & { readonly attributes: ReadonlyArray<Attribute> }>
  }>
  readonly scopeMetrics?: ReadonlyArray<{ readonly metrics: ReadonlyArray<{ readonly name: string }> }>
}

const scopedOf = ({ body }: Received): ReadonlyArray<Scoped> => {
  const { resourceMetrics, resourceSpans } = body as {
    readonly resourceSpans?: ReadonlyArray<Scoped>
    readonly resourceMetrics?: ReadonlyArray<Scoped>
  }
  return resourceSpans ?? resourceMetrics ?? []
}

/** Starts a collector on a loopback address; it is gone with the scope. */
export const collecting = (answer: Answer = accepting, host = "127.0.0.1") =>
  Effect.acquireRelease(
    Effect.promise(async () => {
      const requests: Array<Received> = []
      const server = createServer(async (incoming, response) => {
        const chunks: Array<Buffer> = []
        for await (const chunk of incoming) chunks.push(Buffer.from(chunk))
        const { headers, url: path = "" } = incoming
        requests.push({ path, headers, body: JSON.parse(Buffer.concat(chunks).toString("utf8")) })
        answer(response)
      })
      await new Promise<void>((resolve) => server.listen(0, host, resolve))
      const address = server.address()
      if (address === null || typeof address === "string") throw new Error("the server has no port")
      const all = () => requests.flatMap(scopedOf)
      const collector: Collector = {
        url: `http://${host}:${address.port}`,
        requests,
        spans: () =>
          all().flatMap(({ scopeSpans = [] }) =>
            scopeSpans.flatMap(({ spans }) =>
              spans.map((span) => ({ ...span, attributes: attributesOf(span.attributes) }))
            )
          ),
        resource: (path) => {
          const first = requests.find((request) => request.path === path)
          return attributesOf((first && scopedOf(first)[0]?.resource.attributes) ?? [])
        },
        metricNames: () =>
          new Set(
            all().flatMap(({ scopeMetrics = [] }) =>
              scopeMetrics.flatMap(({ metrics }) => metrics.map(({ name }) => name))
            )
          )
      }
      return { collector, server }
    }),
    ({ server }) =>
      Effect.promise(
        () =>
          new Promise<void>((resolve) => {
            server.close(() => resolve())
            server.closeAllConnections()
          })
      )
  ).pipe(Effect.map(({ collector }) => collector))

/** An address at which no server listens. */
export const nobody = Effect.promise(async () => {
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve))
  const address = server.address()
  await new Promise((resolve) => server.close(resolve))
  if (address === null || typeof address === "string") throw new Error("the server has no port")
  return `http://127.0.0.1:${address.port}`
})
