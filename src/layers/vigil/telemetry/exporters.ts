/**
 * Export of ended spans: to memory, to lines, or in batches to a collector or a file.
 *
 * @since 0.1.0
 */
import { closeSync, openSync, write } from "node:fs"
import { TraceFlags } from "@opentelemetry/api"
import { type ExportResult, ExportResultCode } from "@opentelemetry/core"
import {
  BatchSpanProcessor,
  type ReadableSpan,
  type SpanExporter,
  type SpanProcessor
} from "@opentelemetry/sdk-trace-node"
import { Effect } from "effect"
import { Limits, maskSecrets } from "../../aios/index.js"
import { finishedSpan } from "./FinishedSpan.js"
import { TelemetryError } from "./settings.js"

/**
 * Passes each kept span on at once.
 */
export const immediately = (take: (span: ReadableSpan) => void): SpanProcessor => ({
  onStart: () => {},
  onEnd: (span) => {
    if ((span.spanContext().traceFlags & TraceFlags.SAMPLED) !== 0) take(span)
  },
  forceFlush: () => Promise.resolve(),
  shutdown: () => Promise.resolve()
})

/**
 * Collects kept spans and exports them in the background. Spans that do not fit into the queue are dropped.
 */
export const inBatches = (exporter: SpanExporter): SpanProcessor =>
  new BatchSpanProcessor(exporter, {
    maxQueueSize: Limits.spanQueueMax,
    maxExportBatchSize: Limits.spanBatchMax,
    scheduledDelayMillis: Limits.spanDelayMs,
    exportTimeoutMillis: Limits.exportMsMax
  })

interface AnyExporter<A> {
  export: (items: A, done: (result: ExportResult) => void) => void
}

/**
 * Warns of the first failure of several exporters, and of no other. An exporter that throws has failed as well.
 */
export const warningOnce = (warn: (problem: string) => void) => {
  let warned = false
  const failed = (what: string, error: Error | undefined): void => {
    if (warned) return
    warned = true
    const code = error !== undefined && "code" in error ? ` (${String(error.code)})` : ""
    warn(maskSecrets(`${what}: ${error?.message || "no reason was given"}${code}`))
  }
  return <A>(exporter: AnyExporter<A>, what: string): void => {
    const exportItems = exporter.export.bind(exporter)
    exporter.export = (items, done) => {
      try {
        exportItems(items, (result) => {
          if (result.code === ExportResultCode.FAILED) failed(what, result.error)
          done(result)
        })
      } catch (cause) {
        const error = cause instanceof Error ? cause : new Error(String(cause))
        failed(what, error)
        done({ code: ExportResultCode.FAILED, error })
      }
    }
  }
}

/**
 * Adds spans to the end of a file, one JSON object per line. Only the owner of the file may read and write it.
 */
export const fileExporter = (path: string): Effect.Effect<SpanExporter, TelemetryError> =>
  Effect.try({
    try: () => openSync(path, "a", 0o600),
    catch: (cause) =>
      new TelemetryError({
        reason: "Unwritable",
        message: `The spans cannot be written to ${path} (${String(cause)}). Take another file, or make it writable.`
      })
  }).pipe(Effect.map((descriptor) => new FileExporter(descriptor)))

class FileExporter implements SpanExporter {
  private writing = 0
  private idle: (() => void) | undefined

  constructor(private readonly descriptor: number) {}

  export(spans: Array<ReadableSpan>, done: (result: ExportResult) => void): void {
    const lines = spans.map((span) => `${JSON.stringify(finishedSpan(span))}\n`).join("")
    this.writing++
    this.append(Buffer.from(lines), (error) => {
      done(error === null ? { code: ExportResultCode.SUCCESS } : { code: ExportResultCode.FAILED, error })
      if (--this.writing === 0) this.idle?.()
    })
  }

  private append(bytes: Buffer, done: (error: Error | null) => void): void {
    write(this.descriptor, bytes, (error, written) => {
      if (error !== null || written === bytes.length) done(error)
      else this.append(bytes.subarray(written), done)
    })
  }

  async shutdown(): Promise<void> {
    if (this.writing > 0) await new Promise<void>((resolve) => (this.idle = resolve))
    closeSync(this.descriptor)
  }
}
