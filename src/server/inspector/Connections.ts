/**
 * The connections of the server: viewers, which have shown the token, and strangers, which have to show it soon.
 *
 * Each kind has room of its own, so that strangers cannot keep out a viewer. When the room of the strangers is full, a new
 * one takes the place of the oldest one of the address that has most of them. The oldest is given up because a viewer
 * shows the token at once.
 *
 * @since 0.1.0
 */
import type { Socket } from "node:net"
import { Limits } from "../../layers/aios/index.js"
import { rawRefusal } from "./rawAnswers.js"

interface Stranger {
  readonly address: string
  /** Milliseconds since the epoch. */
  readonly since: number
}

export class Connections {
  /** The oldest first. */
  private readonly strangers = new Map<Socket, Stranger>()
  private readonly viewers = new Set<Socket>()

  constructor(private readonly nowMs: () => number) {}

  /** Takes a new connection. */
  open(socket: Socket): void {
    // A refused upgrade leaves a socket without a listener; its error would end the process.
    socket.on("error", () => {})
    socket.once("close", () => this.forget(socket))
    this.distrust(socket)
    if (this.strangers.size > Limits.strangerConnectionsMax || this.ofAddress(socket) > Limits.strangersPerAddressMax) {
      this.oldestOf(this.crowdedAddress())?.destroy()
    }
  }

  /** The connection has shown the token. False if there is no room for another viewer. */
  admit(socket: Socket): boolean {
    if (this.viewers.has(socket)) return true
    if (this.viewers.size >= Limits.viewerConnectionsMax) return false
    this.strangers.delete(socket)
    this.viewers.add(socket)
    return true
  }

  /** The connection has to end soon: its peer no longer speaks HTTP. */
  distrust(socket: Socket): void {
    if (socket.destroyed) return
    this.forget(socket)
    this.strangers.set(socket, { address: socket.remoteAddress ?? "", since: this.nowMs() })
  }

  /** Ends the connections that have not shown the token in time. */
  reap(): void {
    const before = this.nowMs() - Limits.strangerMsMax
    for (const [socket, { since }] of this.strangers) {
      if (since > before) return
      this.strangers.delete(socket)
      // A peer that has begun a request is told why; bytes that an earlier answer still waits to send are given up.
      if (socket.bytesRead > 0 && socket.bytesWritten === 0) socket.end(rawRefusal(408), () => socket.destroy())
      else socket.destroy()
    }
  }

  /** Ends every connection. */
  close(): void {
    for (const socket of [...this.strangers.keys(), ...this.viewers]) socket.destroy()
  }

  private forget(socket: Socket): void {
    this.strangers.delete(socket)
    this.viewers.delete(socket)
  }

  private ofAddress(socket: Socket): number {
    const address = this.strangers.get(socket)?.address
    return [...this.strangers.values()].filter((stranger) => stranger.address === address).length
  }

  private crowdedAddress(): string | undefined {
    const counts = new Map<string, number>()
    for (const { address } of this.strangers.values()) counts.set(address, (counts.get(address) ?? 0) + 1)
    return [...counts].toSorted(([, a], [, b]) => b - a)[0]?.[0]
  }

  private oldestOf(address: string | undefined): Socket | undefined {
    return [...this.strangers].find(([, stranger]) => stranger.address === address)?.[0]
  }
}
