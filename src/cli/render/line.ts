/**
 * Lines before they are written: texts of any origin, and parts that say how they are shown.
 *
 * A command puts lines together and {@link render} makes the text of a terminal from them. Only `render` masks secrets,
 * cuts, escapes and paints, so no command can forget one of these, or do them in a wrong order: a secret is masked before
 * a cut could spoil its form, and a colour never comes from a text.
 *
 * @since 0.1.0
 */
import { styleText } from "node:util"
import { canonicalJson, type Json, maskJson, maskSecrets, visible, visibleLine } from "../../layers/aios/index.js"

/** The styles of a part. */
export type Style = "bold" | "dim" | "red" | "yellow" | "green"

/** A text, a part, or several of them one after the other. */
export type Line = string | number | Part | ReadonlyArray<Line>

/** Wanted look of the lines. */
export interface Look {
  readonly styled: boolean
  readonly showsSecrets: boolean
  /**
   * Line breaks of a text: escaped; kept, for a text of several lines; or followed by blanks, so that no line of a text
   * looks like a line of Life.
   */
  readonly breaks: "escaped" | "kept" | "indented"
}

/** No colours, no secrets, and one line. */
export const plain: Look = { styled: false, showsSecrets: false, breaks: "escaped" }

/** A part of a line that is not shown as the text around it. */
class Part {
  constructor(readonly show: (look: Look) => string) {}
}

export type { Part }

const styled = (style: Style) => (line: Line) =>
  new Part((look) => {
    const text = render(line, look)
    return look.styled ? styleText(style, text, { validateStream: false }) : text
  })

export const bold = styled("bold")
export const dim = styled("dim")
export const red = styled("red")
export const yellow = styled("yellow")
export const green = styled("green")

/** The part in this style. */
export const inStyle: Readonly<Record<Style, (line: Line) => Part>> = { bold, dim, red, yellow, green }

/** A text that is no secret although it may look like one, such as the address of a page with its token. */
export const exact = (text: string): Part => new Part(({ breaks }) => escape(text, breaks))

/** A text on one line of at most so many characters, blanks in a row as one. */
export const short = (text: string, charactersMax: number): Part =>
  new Part(({ showsSecrets }) => {
    const line = (showsSecrets ? text : maskSecrets(text)).replace(/[ \n\r\t]+/g, " ").trim()
    return visibleLine(cut(line, charactersMax))
  })

/** The fields of a JSON object as `name=value`, each value at most so many characters. */
export const fields = (value: unknown, charactersMax: number): Part =>
  new Part((look) => {
    // A view is JSON, except that fields may be `undefined`.
    const shown = look.showsSecrets ? value : maskJson(value as Json)
    const parts =
      typeof shown === "object" && shown !== null && !Array.isArray(shown)
        ? Object.entries(shown).map(([name, each]) => `${visibleLine(name)}=${shortWord(each, charactersMax)}`)
        : [shortWord(shown, charactersMax)]
    return parts.join(" ")
  })

const shortWord = (value: unknown, charactersMax: number): string => visibleLine(cut(word(value), charactersMax))

// A plain word needs no quotes; any other value is written as JSON.
const word = (value: unknown): string =>
  typeof value === "string" && /^[^\s"=]+$/.test(value) ? value : canonicalJson(value)

const cut = (text: string, charactersMax: number): string =>
  text.length <= charactersMax ? text : `${text.slice(0, charactersMax - 1).replace(/[\uD800-\uDBFF]$/, "")}…`

const escape = (text: string, breaks: Look["breaks"]): string =>
  breaks === "escaped" ? visibleLine(text) : breaks === "kept" ? visible(text) : visible(text).replaceAll("\n", "\n  ")

/** A line from a template. */
export const line = (texts: TemplateStringsArray, ...parts: ReadonlyArray<Line>): Line =>
  texts.flatMap((text, index): ReadonlyArray<Line> => [text, parts[index] ?? ""])

/** The text of a line for a terminal. */
export const render = (given: Line, look: Look = plain): string => {
  let shown = ""
  let text = ""
  // Texts without a part between them are masked together, because the name of a secret may stand in another one.
  const end = () => {
    shown += escape(look.showsSecrets ? text : maskSecrets(text), look.breaks)
    text = ""
  }
  const add = (part: Line): void => {
    if (typeof part === "string" || typeof part === "number") text += part
    else if (part instanceof Part) {
      end()
      shown += part.show(look)
    } else part.forEach(add)
  }
  add(given)
  end()
  return shown
}

/** Rows as columns that line up; the last column is not padded. */
export const columns = (rows: ReadonlyArray<ReadonlyArray<Line>>): ReadonlyArray<Line> => {
  const lengths = rows.map((row) => row.map((cell) => render(cell).length))
  const widths = lengths.reduce<ReadonlyArray<number>>(
    (known, row) => row.map((length, index) => Math.max(known[index] ?? 0, length)),
    []
  )
  return rows.map((row, at) => {
    const last = row.findLastIndex((_, index) => (lengths[at]?.[index] ?? 0) > 0)
    return row.slice(0, last + 1).map((cell, index) => {
      const missing = (widths[index] ?? 0) - (lengths[at]?.[index] ?? 0)
      return index === last ? cell : [cell, " ".repeat(missing + 2)]
    })
  })
}
