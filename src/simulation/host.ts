/**
 * The host as a simulated program sees it: the clock and the randomness of JavaScript itself follow the simulation, and
 * its timers throw.
 *
 * A program should take time from Clock and randomness from Random. With code that does not, such as a library, a seed
 * must still give the same run every time. Everything is restored when the simulation ends. The simulation runs on the
 * caller's stack, so no other code ever sees the replacements.
 *
 * @since 0.1.0
 */
import type { RandomStream } from "./RandomStream.js"

const swap = (owner: object, key: string, value: unknown): (() => void) => {
  const before = Object.getOwnPropertyDescriptor(owner, key)
  Object.defineProperty(owner, key, { configurable: true, enumerable: false, writable: true, value })
  return () => {
    if (before === undefined) Reflect.deleteProperty(owner, key)
    else Object.defineProperty(owner, key, before)
  }
}

const HostDate = Date

const dateOf = (now: () => number): DateConstructor =>
  new Proxy(HostDate, {
    construct: (target, given, self) => Reflect.construct(target, given.length === 0 ? [now()] : given, self),
    apply: () => new HostDate(now()).toString()
  })

const fillWith = (random: RandomStream) => (view: ArrayBufferView) => {
  const bytes = new Uint8Array(view.buffer, view.byteOffset, view.byteLength)
  for (let at = 0; at < bytes.length; at++) bytes[at] = random.below(256)
  return view
}

const uuidOf = (random: RandomStream): string => {
  const hex = (digits: number): string => Array.from({ length: digits }, () => random.below(16).toString(16)).join("")
  return `${hex(8)}-${hex(4)}-4${hex(3)}-${"89ab"[random.below(4)]}${hex(3)}-${hex(12)}`
}

const noTimer = (name: string) => (): never => {
  throw new Error(
    `${name} was called in a simulation. A timer of the host never fires there, because no time of the host passes ` +
      "while it runs: use Effect.sleep or a Schedule"
  )
}

// Effect.never holds an interval of the longest delay there is, only to keep the process alive.
const neverMs = 2 ** 31 - 1
const intervalOf = (_: unknown, ms?: number): undefined => (ms === neverMs ? undefined : noTimer("setInterval")())

/**
 * Runs a function with the host's time and randomness replaced. `now` is in milliseconds since the epoch.
 */
export const withVirtualHost = <A>(now: () => number, random: RandomStream, run: () => A): A => {
  const restores = [
    swap(globalThis, "Date", dateOf(now)),
    swap(HostDate, "now", now),
    swap(performance, "now", now),
    swap(Math, "random", random.next),
    swap(crypto, "randomUUID", () => uuidOf(random)),
    swap(crypto, "getRandomValues", fillWith(random)),
    swap(globalThis, "setTimeout", noTimer("setTimeout")),
    swap(globalThis, "setImmediate", noTimer("setImmediate")),
    swap(globalThis, "setInterval", intervalOf)
  ]
  try {
    return run()
  } finally {
    for (const restore of restores.toReversed()) restore()
  }
}
