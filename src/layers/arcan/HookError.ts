/**
 * The error of a hook that refuses or fails.
 *
 * @since 0.1.0
 */
import { Schema } from "effect"
import { lifeCode } from "../aios/index.js"

/**
 * Refusal or failure of a hook. The message is for the model or the user: what is wrong, and what to do instead.
 *
 * @since 0.1.0
 * @category errors
 */
export class HookError extends Schema.TaggedError<HookError>("life-agent-os/HookError")("HookError", {
  hook: Schema.String,
  message: Schema.String
}) {
  get code() {
    return lifeCode(this)
  }
}
