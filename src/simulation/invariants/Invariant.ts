/**
 * A rule about histories.
 *
 * @since 0.1.0
 */
import type { EventRecord } from "../../layers/aios/index.js"
import type { Execution, History, SessionHistory } from "../History.js"

/**
 * A rule about histories. Each function gives a message when the rule does not hold, and otherwise `undefined`.
 *
 * @since 0.1.0
 * @category models
 */
export interface Invariant {
  readonly name: string
  /** Called for each record that has become durable; `session` contains the record already. */
  readonly onRecord?: (record: EventRecord, session: SessionHistory, history: History) => string | undefined
  /** Called when a tool begins to have an effect. */
  readonly onExecution?: (execution: Execution, history: History) => string | undefined
  /** Called when the simulation has ended. `ended` tells whether the program came to its end. */
  readonly atEnd?: (history: History, ended: boolean) => string | undefined
}
