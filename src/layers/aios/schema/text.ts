/**
 * Functions that shorten a text. They cut between words if there are any, and never inside what a reader sees as one
 * character.
 *
 * @since 0.1.0
 */

// Characters before and after the limit that are searched for the end of a word; longer words are cut between
// characters.
const reach = 512
const ahead = 64

/**
 * Gives the beginning of a text: at most `charactersMax` UTF-16 code units, without blanks at the end.
 *
 * @since 0.1.0
 * @category combinators
 */
export const cutText = (text: string, charactersMax: number): string => {
  if (text.length <= charactersMax) return text
  if (charactersMax <= 0) return ""
  const start = clearBoundary(text, Math.max(charactersMax - reach, 0))
  const around = text.slice(start, charactersMax + ahead)
  const end = boundary("word", around, charactersMax - start) || boundary("grapheme", around, charactersMax - start)
  return text.slice(0, start + end).trimEnd()
}

/**
 * Gives the beginning of a text. If that is not the whole text, a note says how much is missing.
 *
 * @since 0.1.0
 * @category combinators
 */
export const excerpt = (text: string, charactersMax: number): string => {
  if (text.length <= charactersMax) return text
  const kept = cutText(text, charactersMax)
  return `${kept}\n[${text.length - kept.length} of ${text.length} characters left out]`
}

// No character spans two plain letters, so boundaries are certain from a place between them on.
const clearBoundary = (text: string, from: number): number => {
  for (let at = from; at > 0; at--) if (isPlain(text.charCodeAt(at - 1)) && isPlain(text.charCodeAt(at))) return at
  return 0
}

const isPlain = (code: number): boolean => code >= 0x20 && code < 0x7f

const segmenters = {
  word: new Intl.Segmenter("en", { granularity: "word" }),
  grapheme: new Intl.Segmenter("en", { granularity: "grapheme" })
}

// Gives the last boundary of a kind at or before a place; 0 if there is none after the start.
const boundary = (granularity: keyof typeof segmenters, text: string, at: number): number => {
  let last = 0
  for (const { index } of segmenters[granularity].segment(text)) {
    if (index > at) break
    last = index
  }
  return last
}

/**
 * Estimates the tokens of a text: one for four characters.
 *
 * @since 0.1.0
 * @category estimates
 */
export const estimateTokens = (characters: number): number => Math.ceil(characters / 4)
