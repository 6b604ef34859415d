/**
 * ULIDs as the 16 bytes they stand for.
 */

// Base 32 without I, L, O and U (https://github.com/ulid/spec).
const alphabet = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
const form = /^[0-7][0-9A-HJKMNP-TV-Z]{25}$/
const values = new Uint8Array(128)
for (let i = 0; i < alphabet.length; i++) values[alphabet.charCodeAt(i)] = i

/**
 * Returns whether a text is a ULID in its canonical form: 26 upper-case characters of Crockford base 32, below 2^128.
 */
export const isUlid = (text: string): boolean => form.test(text)

const numberAt = (text: string, from: number, to: number): number => {
  let number = 0
  for (let i = from; i < to; i++) number = number * 32 + (values[text.charCodeAt(i)] ?? 0)
  return number
}

const digits = (number: number, length: number): string => {
  let rest = number
  let text = ""
  for (let i = 0; i < length; i++) {
    text = `${alphabet[rest % 32]}${text}`
    rest = Math.floor(rest / 32)
  }
  return text
}

// Writes 40 bits of a number, most significant first; writeUIntBE does the same three times slower.
const write40 = (bytes: Buffer, offset: number, number: number): void => {
  const low = number >>> 0
  bytes[offset] = Math.floor(number / 0x1_0000_0000)
  bytes[offset + 1] = low >>> 24
  bytes[offset + 2] = low >>> 16
  bytes[offset + 3] = low >>> 8
  bytes[offset + 4] = low
}

/**
 * Gives the 16 bytes of a ULID, most significant first. The text must be a ULID ({@link isUlid}).
 */
export const toBytes = (ulid: string): Buffer => {
  const bytes = Buffer.allocUnsafe(16)
  const time = numberAt(ulid, 0, 10)
  bytes[0] = Math.floor(time / 0x100_0000_0000)
  write40(bytes, 1, time)
  write40(bytes, 6, numberAt(ulid, 10, 18))
  write40(bytes, 11, numberAt(ulid, 18, 26))
  return bytes
}

/**
 * Gives the ULID of 16 bytes.
 */
export const fromBytes = (bytes: Buffer): string =>
  digits(bytes.readUIntBE(0, 6), 10) + digits(bytes.readUIntBE(6, 5), 8) + digits(bytes.readUIntBE(11, 5), 8)
