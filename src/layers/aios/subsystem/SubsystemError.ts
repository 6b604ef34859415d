/**
 * The error of subsystems that cannot be used.
 *
 * @since 0.1.0
 */
import { Schema } from "effect"
import { lifeCode } from "../schema/lifeCode.js"

/**
 * A subsystem breaks the contract, or the subsystems of a list do not fit together. `problems` names every
 * problem at once, each with its subsystem and what to do.
 *
 * @since 0.1.0
 * @category errors
 */
export class SubsystemError extends Schema.TaggedError<SubsystemError>("life-agent-os/SubsystemError")(
  "SubsystemError",
  {
    problems: Schema.Array(Schema.String),
    message: Schema.String
  }
) {
  get code() {
    return lifeCode(this)
  }

  /** The error for a list of problems. */
  static readonly of = (what: string, problems: ReadonlyArray<string>): SubsystemError =>
    new SubsystemError({ problems, message: `${what}:\n- ${problems.join("\n- ")}` })
}
