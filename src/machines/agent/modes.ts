/**
 * The modes and their tags.
 *
 * @since 0.1.0
 */
import type { CallEffect, OperatingMode } from "../../layers/aios/index.js"

/**
 * Permission of a mode: calls by their effect, and model turns (`thinks`). In a mode that `waits`, a call that does not
 * pass is deferred instead of denied.
 *
 * @since 0.1.0
 * @category models
 */
export type ModeTag = CallEffect | "thinks" | "waits"

/**
 * The modes with their descriptions and tags: the states of the agent machine.
 *
 * @since 0.1.0
 * @category constants
 */
export const modes = {
  Explore: { description: "The agent looks around. Nothing is changed.", tags: ["reads", "thinks"] },
  Execute: { description: "Normal work.", tags: ["reads", "changes", "destroys", "thinks"] },
  Verify: { description: "Changes are read before anything else is changed.", tags: ["reads", "thinks"] },
  Recover: {
    description: "The agent finds out what went wrong. Nothing is changed until something succeeds.",
    tags: ["reads", "thinks"]
  },
  AskHuman: { description: "A person is asked. Changes wait for the answer.", tags: ["reads", "waits"] },
  Sleep: { description: "Nothing to do. Only news wakes the agent.", tags: [] }
} as const satisfies {
  readonly [mode in OperatingMode]: { readonly description: string; readonly tags: ReadonlyArray<ModeTag> }
}
