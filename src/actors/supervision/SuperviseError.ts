/**
 * Errors of supervised programs.
 *
 * @since 0.1.0
 */
import { Schema } from "effect"
import { lifeCode } from "../../layers/aios/index.js"

/**
 * Why a program was not started.
 *
 * - `InvalidName`: the name is empty or too long
 * - `NameTaken`: a program with this name is running
 * - `ParentUnavailable`: the parent is not an agent of this system, or is being stopped
 * - `TooManyPrograms`: the system has `Limits.programsMax` programs
 *
 * @since 0.1.0
 * @category errors
 */
export class SuperviseError extends Schema.TaggedError<SuperviseError>("life-agent-os/SuperviseError")(
  "SuperviseError",
  {
    program: Schema.String,
    reason: Schema.Literal("InvalidName", "NameTaken", "ParentUnavailable", "TooManyPrograms"),
    /** Says what happened and what to do next. */
    message: Schema.String
  }
) {
  get code() {
    return lifeCode(this)
  }
}

/**
 * Why a program has no outcome.
 *
 * - `Stopped`: the program was stopped
 * - `Failed`: the program was given up with another child
 *
 * @since 0.1.0
 * @category errors
 */
export class ProgramError extends Schema.TaggedError<ProgramError>("life-agent-os/ProgramError")("ProgramError", {
  program: Schema.String,
  reason: Schema.Literal("Stopped", "Failed"),
  /** Says what happened and what to do next. */
  message: Schema.String
}) {
  get code() {
    return lifeCode(this)
  }
}
