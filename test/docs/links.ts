/** Links between Markdown pages, and to files of the project. */
import Slugger from "github-slugger"
import { existsSync } from "node:fs"
import { posix } from "node:path"
import { readPage, withoutCode } from "./pages.js"

/** The names that a link can have behind its `#`, as GitHub makes them from headings. */
const anchorsOf = (markdown: string): ReadonlySet<string> => {
  const slugger = new Slugger()
  const text = markdown.replace(/^```[^]*?^```/gm, "")
  return new Set(
    [...text.matchAll(/^#+ (.*)$/gm)].map(([, heading = ""]) => slugger.slug(heading.replace(/[`*]/g, "")))
  )
}

/** The links of a page whose file or heading does not exist. */
export const brokenLinks = (root: string, page: string, markdown: string): ReadonlyArray<string> => {
  const text = withoutCode(markdown)
  return [...text.matchAll(/\]\((?!https?:)([^)\s#]*)(?:#([^)\s]*))?\)/g)].flatMap((match) => {
    const [, file = "", anchor] = match
    const target = file === "" ? page : posix.join(posix.dirname(page), file)
    const at = `${page}:${text.slice(0, match.index).split("\n").length}`
    if (target !== page && !existsSync(`${root}/${target}`)) return [`${at}: there is no ${target}`]
    const linked = target === page ? markdown : target.endsWith(".md") ? readPage(target) : ""
    return anchor === undefined || anchorsOf(linked).has(anchor) ? [] : [`${at}: ${target} has no heading #${anchor}`]
  })
}
