/**
 * An oxlint rule for the English of comments, messages and test titles; `proseProblems` checks Markdown by the same list.
 */

const subjects =
  /\b(nobody|somebody|someone|no one|anybody|anyone|everybody|everyone|whoever|whatever|whichever|those (?:who|which|that))\b/gi
const defaults = /\bunless (?:given|told|said|asked|named|set)\b/gi
const opening = /(?:^[\s*-]*|[.!?]\s+)(What|Who|Whom|Whose|How|Whether|Which)\b[^.?!]*([.?!]|$)/gm

// A line that goes on with the sentence of the line before is no beginning.
const joined = (text) => text.replace(/\n(?=[^\S\n]*[^\s@*-])/g, " ")

/** Names of files that end in -ing and are nouns. */
export const nouns = new Set(["steering", "reasoning", "recording", "logging", "phaseRing", "tracing"])

/** Problems of a text, as `[index, message]`. */
export const proseProblems = (text) => [
  ...[...text.matchAll(subjects)].map(({ 0: word, index }) => [
    index,
    `"${word}" hides who acts: name the caller, the fiber, the model, the user`
  ]),
  ...[...text.matchAll(defaults)].map(({ 0: words, index }) => [
    index,
    `"${words}" is a default: write @default value`
  ]),
  ...[...joined(text).matchAll(opening)]
    .filter(({ 2: end }) => end !== "?")
    .map(({ 0: sentence, 1: word, index }) => [
      index + sentence.indexOf(word),
      `a sentence begins with "${word}": begin with a noun or a verb`
    ])
]

/** Problem of the name of a file. */
const nameProblem = (filename) => {
  const name = /([^/\\]*)\.m?ts$/.exec(filename)?.[1]
  return name !== undefined && name.endsWith("ing") && !nouns.has(name)
    ? `${name}.ts is named by a participle: name it by a noun`
    : undefined
}

// The stars of a block comment become blanks, so that positions stay.
const unstarred = (text) => text.replace(/^(\s*)\*/gm, "$1 ")

const isTitle = ({ parent }) => {
  if (parent.type !== "CallExpression") return false
  let { callee } = parent
  while (callee.type === "MemberExpression" || callee.type === "CallExpression") callee = callee.object ?? callee.callee
  return callee.type === "Identifier" && /^(it|test|describe)$/.test(callee.name)
}

const inFolder = (filename, folder) => filename.replaceAll("\\", "/").includes(`/${folder}/`)

const prose = {
  meta: { type: "suggestion", schema: [] },
  create(context) {
    const { filename, sourceCode } = context
    const check = (text, start) => {
      for (const [index, message] of proseProblems(text)) {
        const loc = sourceCode.getLocFromIndex(start + index)
        context.report({ loc: { start: loc, end: loc }, message })
      }
    }
    // A message is a string of several words; tests and benchmarks have texts of others as input.
    const isProse = (node, text) => (inFolder(filename, "src") && /\w \w+ \w/.test(text)) || isTitle(node)
    return {
      Program(node) {
        const name = nameProblem(filename)
        if (name !== undefined) context.report({ node, message: name })
        for (const comment of sourceCode.getAllComments()) check(unstarred(comment.value), comment.range[0] + 2)
      },
      Literal(node) {
        if (typeof node.value === "string" && isProse(node, node.value)) check(node.value, node.range[0] + 1)
      },
      TemplateElement(node) {
        const { raw } = node.value
        if (isProse(node.parent, raw)) check(raw, node.range[0] + 1)
      }
    }
  }
}

export default { meta: { name: "prose" }, rules: { english: prose } }
