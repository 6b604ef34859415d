/**
 * An event as a line for people.
 *
 * @since 0.1.0
 */
import { type EventRecord, Subsystem, typeOf } from "../../layers/aios/index.js"
import { sessionFold } from "../../Life.js"
import { type Paint, pairs, printable, shorten } from "./text.js"

const valueCharactersMax = 100
const typeWidth = 18

/** Sequence, time, type and fields of an event, shortened. */
export const recordLine = ({ sequence, timestamp, kind }: EventRecord, paint: Paint): string => {
  const read = sessionFold.kinds.decode(kind)
  const { type: _, ...fields } = read
  const body = Subsystem.isRaw(read)
    ? `${read.flaw}: ${shorten(read.raw, valueCharactersMax)}`
    : pairs(fields, valueCharactersMax)
  return `${String(sequence).padStart(6)}  ${paint.dim(timestamp)}  ${paint.bold(printable(typeOf(kind)).padEnd(typeWidth))} ${body}`
}
