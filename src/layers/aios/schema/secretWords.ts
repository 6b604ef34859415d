/**
 * Finds secrets among the long words of a text: keys by their form, and random words by what they are assigned to.
 *
 * @since 0.1.0
 */
import { secretPlace, secretWordEnd, services } from "./secretForms.js"

// No match starts within a word, so each run of characters is scanned once.
const longWord = /(?<![\w-])[\w-]{15,}/g

// Text before a word that is looked at.
const placeCharacters = 240
const nameCharacters = 80
const beginCharacters = 60

/** Gives a text with `masked` in the place of each secret word. */
export const maskWords = (text: string, masked: string): string => {
  let shown = ""
  let from = 0
  longWord.lastIndex = 0
  for (let found = longWord.exec(text); found !== null; found = longWord.exec(text)) {
    const [word] = found
    const secret = secretAt(text, found.index, word, from)
    if (secret === undefined) continue
    shown += text.slice(from, secret.start) + masked
    from = Math.max(secret.end, found.index + word.length)
    longWord.lastIndex = from
  }
  return from === 0 ? text : shown + text.slice(from)
}

/** True if a random word that is assigned to this name is a secret. */
export const isKeyName = (name: string): boolean =>
  services.test(name) || (keyName.test(name) && !harmlessName.test(name))

/** True if a word looks as if a machine had drawn it by lot. */
export const isRandom = (word: string): boolean =>
  word.length >= 15 && word.length <= 512 && /\d/.test(word) && /[A-Za-z]/.test(word) && entropyOf(word) >= entropyMin

const keyName = /key|token|secret|cred|passw|pwd|(?:^|[_.-])(?:api|auth|access)(?:[_.-]|$)/i
const harmlessName =
  /public|cache|primary|foreign|sort|partition|idempot|object|keyboard|keyword|monkey|(?:call|run|session|agent|event|trace|span|request|message)_?id$/i

// Bits a character: 16 different characters of 16 have 4, words of a language less than 3.3.
const entropyMin = 3.3

const entropyOf = (word: string): number => {
  const counts = new Map<string, number>()
  for (const character of word) counts.set(character, (counts.get(character) ?? 0) + 1)
  let bits = 0
  for (const times of counts.values()) bits -= (times / word.length) * Math.log2(times / word.length)
  return bits
}

interface Place {
  readonly start: number
  readonly end: number
}

const secretAt = (text: string, index: number, word: string, from: number): Place | undefined => {
  for (const start of beginnings(text, index, from)) {
    const end = secretWordEnd(text, start)
    if (end !== undefined) return { start, end }
  }
  if (index === from) return undefined
  const end = index + word.length
  if (
    /[/=:|]/.test(text[index - 1] ?? "") &&
    secretPlace.test(text.slice(Math.max(from, index - placeCharacters), index))
  )
    return { start: index, end }
  return isAssigned(text, index) &&
    isRandom(word) &&
    isKeyName(nameBefore(text.slice(Math.max(from, index - nameCharacters), index)))
    ? { start: index, end }
    : undefined
}

// Places where the key may begin: at the word; before it, because a key may have dots; and behind the rest of an escape
// sequence, such as the n of `\n` in JSON or the 3D of `%3D`.
const beginnings = (text: string, index: number, from: number): ReadonlyArray<number> => {
  const before = text[index - 1] ?? " "
  if (plainlyBefore.includes(before)) return [index]
  const places: Array<number> = []
  for (let at = index; at > from && index - at < beginCharacters && partOfKey.test(text[at - 1] ?? ""); ) {
    at--
    if (isWord(text[at]) && !isWord(text[at - 1])) places.push(...unescaped(text, at))
  }
  return [...places.toReversed(), ...unescaped(text, index)]
}

const plainlyBefore = " \t\n\"'`([{<,;"
const partOfKey = /[\w.~/:+=-]/
const isWord = (character: string | undefined): boolean => character !== undefined && /[\w-]/.test(character)

const unescaped = (text: string, at: number): ReadonlyArray<number> => {
  const before = text[at - 1]
  if (before === "%") return [at, at + 2]
  if (before !== "\\") return [at]
  const escape = /^(?:u[0-9a-f]{4}|[bfnrt])/.exec(text.slice(at, at + 5))
  return [at + (escape?.[0].length ?? 0)]
}

// Most words are not assigned to anything, and a look at the characters before them tells.
const isAssigned = (text: string, index: number): boolean => {
  for (let at = index - 1; at >= 0 && at >= index - quotesMax; at--) {
    const character = text[at] ?? ""
    if ("=:>,(".includes(character)) return true
    if (!" \t\"'`\\".includes(character)) return false
  }
  return false
}
const quotesMax = 8

// The name that a word is assigned to; empty if it is assigned to none.
const nameBefore = (text: string): string =>
  /([\w.-]{1,60})["'`\\\]]{0,6}\s{0,4}(?:=>|:=|\?=|[=:>,(])\s{0,4}["'`\\]{0,6}$/.exec(text)?.[1] ?? ""
