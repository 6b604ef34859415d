/**
 * Error of an inspector's server that cannot start or answer.
 *
 * @since 0.1.0
 */
import { Schema } from "effect"
import { lifeCode } from "../../layers/aios/index.js"

/**
 * - `PortInvalid`: no port has that number
 * - `PortInUse`: another process listens there
 * - `PortDenied`: this user may not listen there
 * - `AssetMissing`: a file of the page is not where the package has it
 * - `Failed`: any other error that the system reported
 *
 * @since 0.1.0
 * @category errors
 */
export class InspectorServerError extends Schema.TaggedError<InspectorServerError>(
  "life-agent-os/InspectorServerError"
)("InspectorServerError", {
  reason: Schema.Literal("PortInvalid", "PortInUse", "PortDenied", "AssetMissing", "Failed"),
  /** Tells what happened, where, and what to do next. */
  message: Schema.String
}) {
  get code() {
    return lifeCode(this)
  }
}
