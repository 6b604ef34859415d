/**
 * The TypeScript blocks of Markdown pages and doc comments.
 *
 * A block fenced as `ts` is type-checked. One fenced as `ts run` is a whole program, and one as `ts test` a file for
 * vitest: they run, too. A block fenced as `text` right behind a program is what the program prints, with `…` for any
 * text.
 */

// The prefix is the text before the fence on its line: nothing, indentation, or the star of a doc comment.
const fence = /^([ \t]*(?:\*[ \t]?)?)```ts(?: (run|test))?[ \t]*\n([^]*?)^[ \t]*(?:\*[ \t]?)?```[ \t]*$/gm
const printed = /^\s*```text[ \t]*\n([^]*?)^```[ \t]*$/m

/** The blocks of a text, with the line of their first line of code. */
export const blocksOf = (path, text) =>
  [...text.matchAll(fence)].map(({ 0: whole, 1: prefix, 2: use, 3: body, index }) => ({
    path,
    line: text.slice(0, index).split("\n").length + 1,
    use,
    code: body
      .split("\n")
      .map((line) => (line.startsWith(prefix) ? line.slice(prefix.length) : line.replace(/^\s*\*$/, "")))
      .join("\n"),
    output: use === "run" ? outputAfter(text.slice(index + whole.length)) : undefined
  }))

// The output follows the program with at most one paragraph in between.
const outputAfter = (rest) => {
  const [before = ""] = rest.split("```", 1)
  return before.trim().split("\n\n").length > 1 || /^#/m.test(before)
    ? undefined
    : printed.exec(rest.slice(before.length))?.[1]
}

/** True if a program printed what its page says. */
export const matchesOutput = (expected, actual) => {
  const pattern = expected
    .trim()
    .split("…")
    .map((part) => part.replace(/[.*+?^${}()|[\]\\]/g, "\\$&"))
  return new RegExp(`^${pattern.join("[^]*?")}$`).test(actual.trim())
}
