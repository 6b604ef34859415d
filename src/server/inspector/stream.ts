/**
 * The live stream to one viewer.
 *
 * @since 0.1.0
 */
import type { Socket as TcpSocket } from "node:net"
import * as Socket from "@effect/platform/Socket"
import { Clock, Effect } from "effect"
import { Limits } from "../../layers/aios/index.js"
import { batches, singles } from "./encode.js"
import type { Frame, Relay } from "./relay.js"

/** `page` bundles messages; `stately` sends one message per frame, as Stately's own tools do. */
export type StreamFormat = "page" | "stately"

// A page draws sixty times a second, so there is no use in sending more often.
const pause = "16 millis"
const takenAtOnceMax = 512

/**
 * Sends the known messages and then every new one, until the viewer disconnects. Messages that the viewer does not take
 * in time are not queued for it: it keeps its position in the relay, and messages that are overwritten there count as
 * dropped.
 */
export const stream = (relay: Relay, socket: Socket.Socket, tcp: TcpSocket, format: StreamFormat) =>
  Effect.scoped(
    Effect.gen(function* () {
      const cursor = yield* Effect.acquireRelease(
        Effect.sync(() => relay.open()),
        ({ close }) => Effect.sync(close)
      )
      const write = yield* socket.writer
      const send = Effect.fnUntraced(function* (frames: ReadonlyArray<Frame>, dropped: number, past: boolean) {
        const texts =
          format === "page" ? batches(frames, dropped, past) : singles(frames, dropped, yield* Clock.currentTimeMillis)
        for (const text of texts) {
          yield* room(tcp)
          yield* write(text)
        }
      })
      const sending = Effect.gen(function* () {
        yield* send(cursor.known, 0, true)
        for (;;) {
          yield* room(tcp)
          const { dropped, frames } = cursor.take(takenAtOnceMax)
          if (frames.length === 0 && dropped === 0) yield* cursor.more
          else yield* send(frames, dropped, false)
          yield* Effect.sleep(pause)
        }
      })
      // Viewers only read.
      const receiving = socket.runRaw(() => write(new Socket.CloseEvent(policyViolation, "viewers only read")))
      yield* Effect.raceFirst(receiving, sending)
    })
  )

const policyViolation = 1008

// Backpressure: waits until the operating system has sent enough of the written bytes. A viewer that no longer reads is
// disconnected.
const room = (tcp: TcpSocket): Effect.Effect<void> =>
  Effect.suspend(() =>
    tcp.writableLength <= Limits.viewerUnsentBytesMax || tcp.destroyed
      ? Effect.void
      : Effect.timeoutOption(drained(tcp), Limits.viewerStallMsMax).pipe(
          Effect.flatMap((taken) => (taken._tag === "Some" ? Effect.void : Effect.sync(() => tcp.destroy())))
        )
  )

const drained = (tcp: TcpSocket) =>
  Effect.async<void>((resume) => {
    const done = () => {
      tcp.off("drain", done)
      tcp.off("close", done)
      resume(Effect.void)
    }
    tcp.once("drain", done)
    tcp.once("close", done)
    return Effect.sync(() => {
      tcp.off("drain", done)
      tcp.off("close", done)
    })
  })
