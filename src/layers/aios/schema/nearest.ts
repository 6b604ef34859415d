/**
 * Suggestions for an unknown name.
 *
 * @since 0.1.0
 */

/**
 * Gives the words that a mistyped word may stand for, the likeliest first: at most three, and none if no word is near.
 *
 * @since 0.1.0
 * @category combinators
 */
export const nearest = (typed: string, words: ReadonlyArray<string>): ReadonlyArray<string> => {
  const distanceMax = Math.floor(typed.length / 3)
  return [...new Set(words)]
    .map((word) => ({ word, distance: word.startsWith(typed) ? 0 : distanceOf(typed, word) }))
    .filter(({ distance }) => distance <= distanceMax)
    .toSorted((a, b) => a.distance - b.distance)
    .slice(0, suggestionsMax)
    .map(({ word }) => word)
}

/**
 * Gives the second half of a message about an unknown name: a suggestion if a name is near, then all known names.
 *
 * @since 0.1.0
 * @category combinators
 */
export const namesThereAre = (typed: string, words: ReadonlyArray<string>): string => {
  const near = nearest(typed, words)
  return `${near.length === 0 ? "there" : `did you mean ${near.join(" or ")}? There`} are ${words.join(", ")}`
}

const suggestionsMax = 3

// Levenshtein distance, without regard to upper and lower case.
const distanceOf = (typed: string, word: string): number => {
  const [from, to] = [typed.toLowerCase(), word.toLowerCase()]
  let row = Array.from({ length: to.length + 1 }, (_, column) => column)
  for (let i = 1; i <= from.length; i++) {
    const next = [i]
    for (let j = 1; j <= to.length; j++) {
      const change = (row[j - 1] ?? 0) + (from[i - 1] === to[j - 1] ? 0 : 1)
      next.push(Math.min(change, (row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1))
    }
    row = next
  }
  return row[to.length] ?? 0
}
