/**
 * Effect that an adviser withholds from an agent.
 *
 * @since 0.1.0
 */
import { Schema } from "effect"

/**
 * An effect that no call may have for now, and the rule that withholds it.
 *
 * @since 0.1.0
 * @category models
 */
export const Withheld = Schema.Struct({
  effect: Schema.Literal("destroys", "changes"),
  /** `<subsystem>:<id>` of the adviser. */
  ruleId: Schema.String,
  /** Text that names the gauge and the threshold. */
  reason: Schema.String
})

/**
 * @since 0.1.0
 * @category models
 */
export type Withheld = typeof Withheld.Type
