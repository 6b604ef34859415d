/**
 * Matching of sequences with wildcards, without regular expressions: the number of comparisons is at most the length of
 * the pattern times the length of the items, also for a hostile pattern.
 *
 * @since 0.1.0
 */

/**
 * Tells whether a pattern fits all items. A star of the pattern stands for any number of items.
 *
 * Greedy, with one place to backtrack to: when the rest does not fit, the latest star takes one item more. Earlier stars
 * need no other try, since the latest star can take every item that they could take.
 *
 * @since 0.1.0
 * @category predicates
 */
export const wildcard = <Pattern, Item>(
  patterns: ArrayLike<Pattern>,
  items: ArrayLike<Item>,
  isStar: (pattern: Pattern) => boolean,
  fits: (pattern: Pattern, item: Item) => boolean
): boolean => {
  let p = 0
  let i = 0
  let star = -1
  let taken = 0
  while (i < items.length) {
    const pattern = patterns[p]
    const item = items[i]
    if (pattern !== undefined && isStar(pattern)) {
      star = p++
      taken = i
    } else if (pattern !== undefined && item !== undefined && fits(pattern, item)) {
      p++
      i++
    } else if (star >= 0) {
      p = star + 1
      i = ++taken
    } else {
      return false
    }
  }
  while (p < patterns.length && isStar(patterns[p] as Pattern)) p++
  return p === patterns.length
}

/**
 * Tells whether two patterns have a sequence in common that both fit. A star stands for any number of items.
 *
 * @since 0.1.0
 * @category predicates
 */
export const wildcardsMeet = <Pattern>(
  left: ArrayLike<Pattern>,
  right: ArrayLike<Pattern>,
  isStar: (pattern: Pattern) => boolean,
  meet: (left: Pattern, right: Pattern) => boolean
): boolean => {
  // Row by row: `meets[r]` says whether the first parts of `left` and the first r parts of `right` can be equal.
  let meets = [true]
  for (let r = 0; r < right.length; r++) meets.push(meets[r] === true && isStar(right[r] as Pattern))
  for (let l = 0; l < left.length; l++) {
    const a = left[l] as Pattern
    const above = meets
    meets = [above[0] === true && isStar(a)]
    for (let r = 0; r < right.length; r++) {
      const b = right[r] as Pattern
      const isEither = isStar(a) || isStar(b)
      meets.push(isEither ? above[r + 1] === true || meets[r] === true : above[r] === true && meet(a, b))
    }
  }
  return meets[right.length] === true
}
