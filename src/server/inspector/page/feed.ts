/**
 * The latest events of all agents together.
 *
 * @since 0.1.0
 */
import { type Actor, rootId } from "./actors.js"
import { type Row, rowOf } from "./records.js"
import type { Message } from "./wire.js"

const rowsMax = 1_000

export class Feed {
  /** The latest rows, oldest first. */
  readonly rows: Array<Row> = []

  take(message: Message, { id, name }: Actor): void {
    const row = id === rootId ? undefined : rowOf(message)
    if (row === undefined) return
    this.rows.push({ ...row, owner: { id, name } })
    if (this.rows.length > rowsMax) this.rows.splice(0, this.rows.length - rowsMax)
  }
}
