/**
 * An event as a line for people.
 *
 * @since 0.1.0
 */
import { type EventRecord, Subsystem, typeOf } from "../../layers/aios/index.js"
import { sessionFold } from "../../Life.js"
import { bold, dim, fields, line, type Line, short } from "./line.js"

const valueCharactersMax = 100
const typeWidth = 18

/** Sequence, time, type and fields of an event, shortened. */
export const recordLine = ({ sequence, timestamp, kind }: EventRecord): Line => {
  const read = sessionFold.kinds.decode(kind)
  const { type: _, ...body } = read
  const shown = Subsystem.isRaw(read)
    ? line`${read.flaw}: ${short(read.raw, valueCharactersMax)}`
    : fields(body, valueCharactersMax)
  return line`${String(sequence).padStart(6)}  ${dim(timestamp)}  ${bold(typeOf(kind).padEnd(typeWidth))} ${shown}`
}
