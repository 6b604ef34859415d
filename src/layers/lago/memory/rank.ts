/**
 * Search for memories by their words.
 *
 * @since 0.1.0
 */
import { limits } from "./limits.js"

// The usual constants of Okapi BM25.
const k1 = 1.2
const b = 0.75

const wordsOf = (text: string): ReadonlyArray<string> => text.toLowerCase().match(/[\p{L}\p{N}]+/gu) ?? []

/**
 * Gives the items whose text shares words with a query, the best first, by Okapi BM25. Of items with equal scores, the
 * later one comes first: what was learnt last counts most.
 *
 * @since 0.1.0
 * @category combinators
 */
export const rankMemories = <A>(
  query: string,
  items: ReadonlyArray<A>,
  text: (item: A) => string
): ReadonlyArray<A> => {
  const words = new Set(wordsOf(query).slice(0, limits.queryWordsMax))
  const documents = items.map((item) => countsOf(words, text(item).slice(0, limits.rankedCharactersMax)))
  const average = documents.reduce((sum, { length }) => sum + length, 0) / Math.max(documents.length, 1)
  const scores = documents.map(() => 0)
  for (const word of words) {
    const having = documents.filter(({ counts }) => counts.has(word)).length
    if (having === 0) continue
    const weight = Math.log(1 + (items.length - having + 0.5) / (having + 0.5))
    for (const [index, { counts, length }] of documents.entries()) {
      const count = counts.get(word) ?? 0
      scores[index] =
        (scores[index] ?? 0) + (weight * count * (k1 + 1)) / (count + k1 * (1 - b + (b * length) / average))
    }
  }
  return items
    .map((item, index) => ({ item, index, score: scores[index] ?? 0 }))
    .filter(({ score }) => score > 0)
    .toSorted((left, right) => right.score - left.score || right.index - left.index)
    .map(({ item }) => item)
}

// Counts in one pass over the text, however many words the query has.
const countsOf = (words: ReadonlySet<string>, text: string) => {
  const all = wordsOf(text)
  const counts = new Map<string, number>()
  for (const word of all) if (words.has(word)) counts.set(word, (counts.get(word) ?? 0) + 1)
  return { counts, length: all.length }
}
