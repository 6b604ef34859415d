/**
 * Finding memories by their words.
 *
 * @since 0.1.0
 */

// The usual constants of Okapi BM25.
const k1 = 1.2
const b = 0.75

const wordsOf = (text: string): ReadonlyArray<string> => text.toLowerCase().match(/[\p{L}\p{N}]+/gu) ?? []

/**
 * The items whose text shares words with a query, the best first, by Okapi BM25. Items that are as good as each other
 * stay in their order, the later ones first: what was learnt last counts most.
 *
 * @since 0.1.0
 * @category combinators
 */
export const rankMemories = <A>(
  query: string,
  items: ReadonlyArray<A>,
  text: (item: A) => string
): ReadonlyArray<A> => {
  const documents = items.map((item) => wordsOf(text(item)))
  const average = documents.reduce((sum, { length }) => sum + length, 0) / Math.max(documents.length, 1)
  const scores = documents.map(() => 0)
  for (const word of new Set(wordsOf(query))) {
    const counts = documents.map((document) => document.filter((each) => each === word).length)
    const having = counts.filter((count) => count > 0).length
    if (having === 0) continue
    const weight = Math.log(1 + (items.length - having + 0.5) / (having + 0.5))
    for (const [index, count] of counts.entries()) {
      const length = (documents[index]?.length ?? 0) / average
      scores[index] = (scores[index] ?? 0) + (weight * count * (k1 + 1)) / (count + k1 * (1 - b + b * length))
    }
  }
  return items
    .map((item, index) => ({ item, index, score: scores[index] ?? 0 }))
    .filter(({ score }) => score > 0)
    .toSorted((left, right) => right.score - left.score || right.index - left.index)
    .map(({ item }) => item)
}
