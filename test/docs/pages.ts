/** The Markdown pages of the project. */
import { readdirSync, readFileSync } from "node:fs"
import { fileURLToPath } from "node:url"

const root = fileURLToPath(new URL("../..", import.meta.url))

/** The pages that are written by hand, by their paths. */
export const pages: ReadonlyArray<string> = [
  "README.md",
  "CONTRIBUTING.md",
  "CHANGELOG.md",
  "bench/README.md",
  ...readdirSync(`${root}/docs`, { recursive: true, encoding: "utf8" })
    .filter((name) => name.endsWith(".md") && !name.startsWith("reference/"))
    .map((name) => `docs/${name}`)
    .toSorted()
]

export const readPage = (page: string): string => readFileSync(`${root}/${page}`, "utf8")

/** Markdown with blanks in place of its code, so that positions stay. */
export const withoutCode = (markdown: string): string =>
  markdown.replace(/^```[^]*?^```|`[^`\n]*`/gm, (code) => code.replace(/[^\n]/g, " "))
