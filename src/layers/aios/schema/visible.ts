/**
 * Text that cannot control a terminal, hide itself, or change the order in which it is read.
 *
 * Texts of models, files, servers and journals may contain characters that a terminal obeys or does not show. Each is
 * written as `\u{…}` with its code point, such as `\u{1b}` for ESC and `\u{202e}` for a right-to-left override.
 *
 * @since 0.1.0
 */

// Controls (C0 and C1), format characters (bidi overrides, zero widths, soft hyphens, tags), lone surrogates, line and
// paragraph separators, everything that Unicode lets a renderer leave out (Hangul fillers, variation selectors), and
// the blank of Braille.
const hidden = "[\\p{Cc}\\p{Cf}\\p{Cs}\\p{Zl}\\p{Zp}\\p{Default_Ignorable_Code_Point}\\u2800]"

const someHidden = new RegExp(hidden, "v")
const eachHidden = new RegExp(hidden, "gv")

// A joiner, selector or tag that is a part of an emoji stays, because Unicode lists every such emoji, so none can hide
// anything else; answers of models are full of them. Joiners of Persian or Hindi are escaped: no list tells which are
// meant.
const emojiOrHidden = new RegExp(`(\\p{RGI_Emoji})|${hidden}`, "gv")

// The search for emoji is slow, so it looks only at text that may have one; a keycap begins with a plain character.
const unusual = /[0-9#*]?[^ -~]+/g

const named: Readonly<Record<string, string>> = { "\n": "\\n", "\r": "\\r", "\t": "\\t" }

const escaped = (character: string): string =>
  named[character] ?? `\\u{${(character.codePointAt(0) ?? 0).toString(16)}}`

const escape = (text: string, kept: string): string =>
  someHidden.test(text)
    ? text.replace(unusual, (run) =>
        run.replace(emojiOrHidden, (part, emoji?: string) => emoji ?? (kept.includes(part) ? part : escaped(part)))
      )
    : text

/**
 * Gives a text in which every hidden character is escaped, except line breaks and tabs.
 *
 * @since 0.1.0
 * @category encoding
 */
export const visible = (text: string): string => escape(text.replaceAll("\r\n", "\n"), "\n\t")

/**
 * Gives a text on one line: line breaks and tabs are escaped as well.
 *
 * @since 0.1.0
 * @category encoding
 */
export const visibleLine = (text: string): string => escape(text, "")

/**
 * Gives a JSON text of one line whose hidden characters are escaped as JSON does, so that its value stays the same.
 *
 * @since 0.1.0
 * @category encoding
 */
export const visibleJson = (json: string): string => json.replace(eachHidden, inJson)

const inJson = (character: string): string =>
  Array.from(
    { length: character.length },
    (_, at) => `\\u${character.charCodeAt(at).toString(16).padStart(4, "0")}`
  ).join("")
