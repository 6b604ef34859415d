/**
 * Small pieces of text: numbers with units, values on one line, and colours.
 *
 * @since 0.1.0
 */
import { styleText } from "node:util"
import { canonicalJson } from "../../layers/aios/index.js"

/** Styles of text on a terminal. */
export type Paint = Readonly<Record<"bold" | "dim" | "red" | "yellow" | "green", (text: string) => string>>

const same = (text: string): string => text

/** No colours. */
export const plain: Paint = { bold: same, dim: same, red: same, yellow: same, green: same }

/** The colours of a terminal. */
export const terminal: Paint = {
  bold: (text) => styleText("bold", text),
  dim: (text) => styleText("dim", text),
  red: (text) => styleText("red", text),
  yellow: (text) => styleText("yellow", text),
  green: (text) => styleText("green", text)
}

/** A text without the control characters that a terminal would obey. Keeps line breaks and tabs. */
export const printable = (text: string): string =>
  // The text of a model or a file must not be able to control the terminal.
  text.replace(/[^\P{Cc}\n\t]/gu, "\ufffd")

/** A text on one line of at most so many characters. */
export const shorten = (text: string, charactersMax: number): string => {
  const line = printable(text).replace(/\s+/g, " ").trim()
  return line.length <= charactersMax ? line : `${line.slice(0, charactersMax - 1)}…`
}

/** The fields of a JSON object as `name=value`, each value at most so many characters. */
export const pairs = (value: unknown, charactersMax: number): string =>
  typeof value === "object" && value !== null && !Array.isArray(value)
    ? Object.entries(value)
        .map(([name, each]) => `${name}=${shorten(word(each), charactersMax)}`)
        .join(" ")
    : shorten(word(value), charactersMax)

// A plain word needs no quotes; any other value is written as JSON.
const word = (value: unknown): string =>
  typeof value === "string" && /^[^\s"=]+$/.test(value) ? value : canonicalJson(value)

/** Seconds with one decimal. */
export const seconds = (ms: number): string => `${(ms / 1_000).toFixed(1)} s`

/** US dollars: cents, or four decimals below one. */
export const usd = (amount: number): string => `$${amount.toFixed(amount > 0 && amount < 0.995 ? 4 : 2)}`

/** A number and its noun, which takes an s unless it is one. */
export const count = (amount: number, noun: string): string => `${amount} ${noun}${amount === 1 ? "" : "s"}`

/** Rows as columns that line up; the last column is not padded. */
export const columns = (rows: ReadonlyArray<ReadonlyArray<string>>): ReadonlyArray<string> => {
  const widths = rows.reduce<ReadonlyArray<number>>(
    (known, row) => row.map((cell, index) => Math.max(known[index] ?? 0, cell.length)),
    []
  )
  return rows.map((row) =>
    row
      .map((cell, index) => cell.padEnd(widths[index] ?? 0))
      .join("  ")
      .trimEnd()
  )
}
