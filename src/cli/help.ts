/**
 * Shortens the help of @effect/cli, which says of every option that it is optional and a piece of text, and lists all
 * options of every command.
 *
 * @since 0.1.0
 */
import { stripVTControlCharacters } from "node:util"
import { columns, render } from "./render/line.js"

const noise = /^\s*(A user-defined piece of text\.|A true or false value\.|This setting is optional\.|)\s*$/
const command = /^\s*- (\w+) .*?\s{2,}(\S.*?)\s*$/
const heading = /^[A-Z ]+$/

/** A help text without colours and without the remarks that all options share, one option or command a line. */
export const tidyHelp = (help: string): string => {
  const lines = stripVTControlCharacters(help)
    .split("\n")
    .filter((line) => !noise.test(line))
  const rows = lines.flatMap((line, index) => {
    const [, name, description] = command.exec(line) ?? []
    if (name !== undefined && description !== undefined) return [[name, description]]
    return isItem(line) ? [[line, lines[index + 1]?.trim() ?? ""]] : []
  })
  const table = columns(rows).map((row) => `  ${render(row)}`)
  return lines
    .flatMap((line, index) => {
      if (command.test(line) || isItem(line)) return table.splice(0, 1)
      if (isItem(lines[index - 1] ?? "")) return []
      return heading.test(line) || index === lines.length - 1 ? ["", line] : [line.replace(/^\$ (?!life)/, "$ life ")]
    })
    .join("\n")
}

const isItem = (line: string): boolean => /^(--\w|<)/.test(line)
