/**
 * JSON as `--json` prints it.
 *
 * @since 0.1.0
 */
import { type Json, maskJson, visibleJson } from "../../layers/aios/index.js"

/** A JSON text on one line, with its secrets masked; the text stays as it is if it has none. */
export const jsonLine = (json: string, showsSecrets: boolean): string => {
  const value: Json = JSON.parse(json)
  const whole = JSON.stringify(value)
  const shown = showsSecrets ? whole : JSON.stringify(maskJson(value))
  // Blanks between the tokens may be line breaks, which would be escaped outside of a string.
  return visibleJson(shown === whole && !/[\n\r\t]/.test(json) ? json : shown)
}
