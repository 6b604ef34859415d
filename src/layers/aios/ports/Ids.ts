/**
 * The only source of identifiers: ULIDs that never go backwards within a process.
 *
 * @since 0.1.0
 */
import { Clock, Context, Effect, Layer } from "effect"

const alphabet = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
const randomLength = 16

/**
 * Makes identifiers. A ULID is 26 characters of Crockford base 32: 48 bits of milliseconds, then 80 random bits that
 * are counted up inside one millisecond, so that ids made later sort later (https://github.com/ulid/spec).
 *
 * @since 0.1.0
 * @category services
 */
export class Ids extends Context.Tag("life-agent-os/Ids")<
  Ids,
  {
    /** A new ULID at the time of the Clock. */
    readonly ulid: Effect.Effect<string>
    /** A new ULID at `nowMs` (milliseconds since the epoch), for code that has already read the Clock. */
    readonly ulidAt: (nowMs: number) => string
  }
>() {
  /**
   * Ids with entropy from the operating system.
   */
  static readonly layer: Layer.Layer<Ids> = Layer.sync(Ids, () =>
    make((bytes) => globalThis.crypto.getRandomValues(bytes))
  )

  /**
   * Ids that are the same for the same seed and the same Clock readings; for simulation and tests.
   */
  static readonly layerSeeded = (seed: number): Layer.Layer<Ids> => Layer.sync(Ids, () => make(seededBytes(seed)))
}

/**
 * Builds the service on any source of random bytes.
 *
 * @since 0.1.0
 * @category constructors
 */
export const make = (fill: (bytes: Uint8Array<ArrayBuffer>) => Uint8Array): typeof Ids.Service => {
  const entropy = new Uint8Array(randomLength)
  const digits = new Uint8Array(randomLength)
  let time = -1
  let prefix = ""
  const ulidAt = (nowMs: number): string => {
    if (nowMs > time) {
      time = nowMs
      prefix = encodeTime(nowMs)
      fill(entropy)
      for (let i = 0; i < randomLength; i++) digits[i] = (entropy[i] ?? 0) & 31
      // Half of the range stays free, so that counting up within a millisecond cannot overflow.
      digits[0] = (digits[0] ?? 0) & 15
    } else {
      let i = randomLength - 1
      while (digits[i] === 31) digits[i--] = 0
      digits[i] = (digits[i] ?? 0) + 1
    }
    let text = prefix
    for (let i = 0; i < randomLength; i++) text += alphabet[digits[i] ?? 0]
    return text
  }
  return { ulidAt, ulid: Effect.map(Clock.currentTimeMillis, ulidAt) }
}

/**
 * Gives the time of a ULID in milliseconds since the epoch; `undefined` for any other text.
 *
 * @since 0.1.0
 * @category getters
 */
export const timeOfUlid = (id: string): number | undefined =>
  /^[0-7][0-9A-HJKMNP-TV-Z]{25}$/.test(id)
    ? Array.from(id.slice(0, 10)).reduce((time, digit) => time * 32 + alphabet.indexOf(digit), 0)
    : undefined

const encodeTime = (nowMs: number): string => {
  let rest = nowMs
  let text = ""
  for (let i = 0; i < 10; i++) {
    text = alphabet[rest % 32] + text
    rest = Math.floor(rest / 32)
  }
  return text
}

// splitmix32: small, well distributed, and the same on every machine.
const seededBytes =
  (seed: number) =>
  (bytes: Uint8Array<ArrayBuffer>): Uint8Array => {
    for (let i = 0; i < bytes.length; i++) {
      seed = (seed + 0x9e3779b9) | 0
      let z = seed
      z = Math.imul(z ^ (z >>> 16), 0x21f0aaad)
      z = Math.imul(z ^ (z >>> 15), 0x735a2d97)
      bytes[i] = (z ^ (z >>> 15)) & 255
    }
    return bytes
  }
