/**
 * Description of an agent in words.
 *
 * @since 0.1.0
 */
import { Schema } from "effect"

/**
 * Name, mission and preferences of an agent. They open every system prompt.
 *
 * @since 0.1.0
 * @category models
 */
export const SoulProfile = Schema.Struct({
  name: Schema.NonEmptyString.pipe(Schema.maxLength(128)),
  mission: Schema.NonEmptyString.pipe(Schema.maxLength(4_096)),
  preferences: Schema.Record({ key: Schema.String, value: Schema.String })
})

/**
 * @since 0.1.0
 * @category models
 */
export type SoulProfile = typeof SoulProfile.Type

/**
 * Default soul of an agent.
 *
 * @since 0.1.0
 * @category constants
 */
export const defaultSoul: SoulProfile = {
  name: "life",
  mission: "Run tool-mediated work safely and reproducibly",
  preferences: {}
}
