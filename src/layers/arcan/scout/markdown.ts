/**
 * Markdown that shows any foreign text literally.
 */

/** Text of at most `charactersMax` UTF-16 units, with an ellipsis in place of what was cut off. */
export const cut = (text: string, charactersMax: number): string =>
  text.length <= charactersMax ? text : `${text.slice(0, charactersMax - 1).replace(/[\ud800-\udbff]$/, "")}…`

// Control characters break lines, and direction marks make a name look like another one.
const visible = (text: string): string =>
  text.replace(
    /[\p{Cc}\p{Cs}\p{Zl}\p{Zp}\u202a-\u202e\u2066-\u2069]/gu,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`
  )

/** One line of prose with Markdown and HTML escaped. */
export const prose = (text: string): string =>
  visible(text)
    .replace(/[\\`*_[\]<>#|~&]/g, "\\$&")
    .replace(/^(\s*)([-+=])/, "$1\\$2")
    .replace(/^(\s*\d+)([.)])/, "$1\\$2")

/** A code span. Its fence is longer than any run of backticks inside. */
export const code = (text: string): string => {
  const runs = text.match(/`+/g) ?? []
  const fence = "`".repeat(1 + Math.max(0, ...runs.map((run) => run.length)))
  const padding = text === "" || /^[` ]|[` ]$/.test(text) ? " " : ""
  return `${fence}${padding}${visible(text)}${padding}${fence}`
}

/** A block quote, line by line. */
export const quote = (text: string): string =>
  text
    .split(/\r\n|\r|\n/)
    .map((line) => `> ${prose(line)}`.trimEnd())
    .join("\n")

/** A table; a column whose name ends in `#` holds numbers and is aligned to the right. */
export const table = (columns: ReadonlyArray<string>, rows: ReadonlyArray<ReadonlyArray<string>>): string => {
  const line = (cells: ReadonlyArray<string>) => `| ${cells.map((cell) => cell.replaceAll("|", "\\|")).join(" | ")} |`
  const rule = columns.map((column) => (column.endsWith("#") ? "---:" : "---"))
  return [line(columns.map((column) => column.replace(/#$/, ""))), line(rule), ...rows.map(line)].join("\n")
}

/** An integer with commas between thousands. */
export const integer = (value: number): string => String(value).replace(/\B(?=(\d{3})+$)/g, ",")

/** `1 file`, `2 files`. */
export const count = (value: number, noun: string): string => `${integer(value)} ${noun}${value === 1 ? "" : "s"}`
