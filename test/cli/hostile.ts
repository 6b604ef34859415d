/** Texts that try to control a terminal, and the check that none of them got through. */
import { assert } from "@effect/vitest"
import * as FastCheck from "fast-check"

const all = (property: string): ReadonlyArray<string> => {
  const fits = new RegExp(`^\\p{${property}}$`, "v")
  const found: Array<string> = []
  for (let code = 0; code <= 0x10ffff; code++) {
    const character = String.fromCodePoint(code)
    if (fits.test(character)) found.push(character)
  }
  return found
}

const forbidden = ["Cc", "Cf", "Zl", "Zp"].flatMap(all)

/** Sequences that terminals obey, and a right-to-left override. */
export const attack = "\u001b[1A\u001b[2K\rreplaces notes\u001b[8m\u009b31m\u202etxt.exe\u2066\u200b\u2028\u00ad\u3164"

/** Texts of all kinds of characters, most of them hidden. */
export const hostile: FastCheck.Arbitrary<string> = FastCheck.array(
  FastCheck.oneof(
    FastCheck.constantFrom(...forbidden),
    FastCheck.constantFrom(
      "\ud83d",
      "\udc68",
      "\u{1f468}\u200d\u{1f4bb}",
      "1\ufe0f\u20e3",
      "\u3164",
      "\u2800",
      "\ufe0e"
    ),
    FastCheck.constantFrom(attack, "\u001b[31m", "\n", "\r\n", "\t", "a", "=", '"', " "),
    FastCheck.string({ unit: "binary", maxLength: 3 })
  ),
  { maxLength: 12 }
).map((parts) => parts.join(""))

// The redraw of the status line, and the colours.
const escape = String.fromCodePoint(0x1b)
const own = new RegExp(`\\r${escape}\\[2K|${escape}\\[(?:1|2|22|31|32|33|39)m`, "g")
const emoji = new RegExp("\\p{RGI_Emoji}", "gv")
const unseen = /[^\P{Cc}\n\t]|[\p{Cf}\p{Cs}\p{Zl}\p{Zp}\u115f\u1160\u2800\u3164\uffa0]|\ufe0e/u

/** Fails if the output has a character that a terminal obeys or hides, beside the colours and the redraws of Life. */
export const isSafe = (output: string, what: string): void => {
  const foreign = output.replace(own, "").replace(emoji, "")
  const found = unseen.exec(foreign)
  assert.isNull(found, `${what} wrote U+${found?.[0].codePointAt(0)?.toString(16)}: ${JSON.stringify(foreign)}`)
}
