/**
 * An inspector that sends messages to a receiver over a WebSocket: Stately's own, or any that takes the same messages.
 *
 * An agent never waits for the inspector. Messages that the receiver does not take in time are dropped, oldest first.
 * The inspector tries a few times to reach a receiver and then gives up.
 *
 * @since 0.1.0
 */
import * as NodeSocket from "@effect/platform-node/NodeSocket"
import * as Socket from "@effect/platform/Socket"
import { Clock, Deferred, Effect, Exit, FiberId, Layer } from "effect"
import { encodeInspection, type Inspection, Inspector, InspectorError, Limits, maskSecrets } from "../../aios/index.js"
import { Backlog } from "./Backlog.js"

/**
 * Options of the inspector.
 *
 * @since 0.1.0
 * @category models
 */
export interface WebSocketOptions {
  /** The address of the receiver, such as `ws://127.0.0.1:8080`. The receiver gets what agents do and say. */
  readonly url: string
  /**
   * Limit of the messages that wait while the receiver is busy or away.
   *
   * @default Limits.inspectorBufferMessagesMax
   */
  readonly messagesMax?: number
}

/**
 * Sends every message as a text frame of JSON. Fails only for an invalid address.
 *
 * @since 0.1.0
 * @category layers
 * @example
 * ```ts
 * import { Layer } from "effect"
 * import { Inspector, Life } from "life-agent-os"
 *
 * export const life = Life.layer().pipe(Layer.provide(Inspector.layerWebSocket({ url: "ws://127.0.0.1:8080" })))
 * ```
 */
export const layerWebSocket = (options: WebSocketOptions): Layer.Layer<Inspector, InspectorError> =>
  Layer.scoped(Inspector, make(options)).pipe(Layer.provide(NodeSocket.layerWebSocketConstructor))

// Pause between two looks at a connection that is full, and at one that is being flushed.
const lookMs = { full: 50, end: 10 }

// Messages that are sent in a row before other fibers may run.
const sentMax = 64

const firstRetryMs = 250

// WebSocket.OPEN; the name is not global in Node 20.
const isOpen = 1

const make = Effect.fnUntraced(function* ({ messagesMax, url }: WebSocketOptions) {
  yield* checkUrl(url)
  const line = new Line(yield* Socket.WebSocketConstructor, url, new Backlog(messagesMax))
  yield* Effect.forkScoped(
    Deferred.await(line.overflowed).pipe(
      Effect.zipRight(
        Effect.logWarning(
          `the inspector at ${line.name} does not keep up: from now on it misses the oldest messages; the agents go on`
        )
      )
    )
  )
  yield* Effect.forkScoped(line.stayConnected())
  yield* Effect.addFinalizer(() => line.flush())
  return {
    get watching() {
      return line.state !== "given up"
    },
    publish: (inspection: Inspection) => line.publish(inspection)
  }
})

const checkUrl = (url: string): Effect.Effect<void, InspectorError> => {
  const parsed = URL.canParse(url) ? new URL(url) : undefined
  return parsed !== undefined && /^wss?:$/.test(parsed.protocol) && parsed.hash === ""
    ? Effect.void
    : new InspectorError({
        reason: "InvalidUrl",
        message:
          `${JSON.stringify(maskSecrets(url))} is not the address of an inspector; give that of a WebSocket server, ` +
          "such as ws://127.0.0.1:8080"
      })
}

class Line {
  state: "connecting" | "open" | "waiting" | "given up" = "connecting"
  readonly name: string
  readonly overflowed = Deferred.unsafeMake<void>(FiberId.none)
  private readonly news = Effect.unsafeMakeLatch(false)
  /** Actors that the receiver does not know yet; they are sent before every other message. */
  private introductions: Array<Inspection> = []
  private socket: globalThis.WebSocket | undefined

  constructor(
    private readonly connect: (url: string) => globalThis.WebSocket,
    private readonly url: string,
    private readonly backlog: Backlog
  ) {
    this.name = maskSecrets(url)
  }

  publish(inspection: Inspection): void {
    if (this.state === "given up") return
    const dropped = this.backlog.push(inspection)
    if (dropped !== undefined) {
      Deferred.unsafeDone(this.overflowed, Exit.void)
      // Without the introduction the receiver could not understand later messages of this actor.
      if (this.state === "open" && dropped.type === "@xstate.actor") this.introduce([dropped])
    }
    this.news.unsafeOpen()
  }

  /** Connects again and again, until `Limits.inspectorAttemptsMax` attempts in a row gave no steady connection. */
  stayConnected(): Effect.Effect<void> {
    return Effect.gen(this, function* () {
      for (let attempts = 1; ; attempts++) {
        this.state = "connecting"
        const { openMs, why } = yield* this.connection()
        if (openMs >= Limits.inspectorSteadyMs) attempts = 1
        if (attempts >= Limits.inspectorAttemptsMax) {
          this.state = "given up"
          this.backlog.clear()
          return yield* Effect.logError(
            `the inspector at ${this.name} is given up after ${attempts} attempts: ${why}; start it and then this program`
          )
        }
        this.state = "waiting"
        yield* Effect.sleep(Math.min(firstRetryMs * 2 ** (attempts - 1), Limits.inspectorRetryDelayMsMax))
      }
    })
  }

  /** Gives the receiver a moment to take the waiting messages, and warns when it did not. */
  flush(): Effect.Effect<void> {
    const look = Effect.iterate(this.hasEnded, {
      while: (ended) => !ended,
      body: () => Effect.map(Effect.sleep(lookMs.end), () => this.hasEnded)
    })
    return Effect.interruptible(look).pipe(
      Effect.timeoutOption(Limits.inspectorFlushMsMax),
      Effect.zipRight(
        Effect.suspend(() =>
          this.backlog.size === 0
            ? Effect.void
            : Effect.logWarning(`the inspector at ${this.name} did not get the last ${this.backlog.size} messages`)
        )
      )
    )
  }

  private get hasEnded(): boolean {
    if (this.state === "open") {
      return this.backlog.size === 0 && this.introductions.length === 0 && this.socket?.bufferedAmount === 0
    }
    return this.state !== "connecting" || this.backlog.size === 0
  }

  private introduce(inspections: ReadonlyArray<Inspection>): void {
    this.introductions = [...this.introductions, ...inspections].slice(-this.backlog.actorsMax)
  }

  // One connection, from the attempt to its end: how long it was open, and why it ended.
  private connection(): Effect.Effect<{ readonly openMs: number; readonly why: string }> {
    return Effect.gen(this, function* () {
      const opened = yield* Deferred.make<void>()
      const closed = yield* Deferred.make<string>()
      const socket = yield* Effect.acquireRelease(
        Effect.sync(() => this.listen(this.connect(this.url), opened, closed)),
        (socket) => hangUp(socket, closed)
      )
      const failed = yield* Effect.raceFirst(Effect.as(Deferred.await(opened), undefined), Deferred.await(closed)).pipe(
        Effect.timeoutTo({
          duration: Limits.inspectorOpenMsMax,
          onSuccess: (why) => why,
          onTimeout: () => `no answer within ${Limits.inspectorOpenMsMax} ms`
        })
      )
      if (failed !== undefined) return { openMs: 0, why: failed }
      const openedAt = yield* Clock.currentTimeMillis
      this.socket = socket
      this.state = "open"
      this.introductions = []
      this.introduce(this.backlog.introductions)
      const why = yield* Effect.raceFirst(this.pump(socket), Deferred.await(closed))
      return { openMs: (yield* Clock.currentTimeMillis) - openedAt, why }
    }).pipe(
      Effect.scoped,
      Effect.ensuring(
        Effect.sync(() => {
          this.socket = undefined
        })
      )
    )
  }

  // The listeners stay, because a socket may report an error even after it was closed.
  private listen(socket: globalThis.WebSocket, opened: Deferred.Deferred<void>, closed: Deferred.Deferred<string>) {
    let why = "the connection was closed"
    socket.addEventListener("open", () => Deferred.unsafeDone(opened, Exit.void))
    socket.addEventListener("error", (event) => {
      if ("message" in event && typeof event.message === "string" && event.message !== "") why = event.message
    })
    socket.addEventListener("close", () => Deferred.unsafeDone(closed, Exit.succeed(why)))
    return socket
  }

  private pump(socket: globalThis.WebSocket): Effect.Effect<never> {
    return Effect.gen(this, function* () {
      for (let sent = 1; socket.readyState === isOpen; sent++) {
        if (socket.bufferedAmount > Limits.inspectorUnsentBytesMax) {
          yield* Effect.sleep(lookMs.full)
          continue
        }
        const next = this.introductions.shift() ?? this.backlog.shift()
        if (next === undefined) {
          this.news.unsafeClose()
          yield* this.news.await
          continue
        }
        socket.send(encodeInspection(next))
        if (sent % sentMax === 0) yield* Effect.yieldNow()
      }
      return yield* Effect.never
    })
  }
}

// A receiver that does not answer the close frame must not keep the process alive.
const hangUp = (socket: globalThis.WebSocket, closed: Deferred.Deferred<string>): Effect.Effect<void> =>
  Effect.sync(() => socket.close(1000)).pipe(
    Effect.zipRight(Effect.interruptible(Deferred.await(closed))),
    Effect.timeoutOption(Limits.inspectorFlushMsMax),
    Effect.zipRight(
      Effect.sync(() => {
        if ("terminate" in socket && typeof socket.terminate === "function") socket.terminate()
      })
    )
  )
