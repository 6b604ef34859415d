/**
 * Subsystems that a Life has by default.
 *
 * @since 0.1.0
 */
import { Effect } from "effect"
import { SessionFold } from "../machines/index.js"
import { delegation } from "../layers/arcan/delegation/index.js"
import { Memory } from "../layers/lago/index.js"
import { Praxis, type Tool } from "../layers/praxis/index.js"

/**
 * The default subsystems, in the order in which they are asked.
 *
 * @since 0.1.0
 * @category constants
 */
export const defaultSubsystems = [Memory.memory, delegation] as const

/**
 * One of the default subsystems.
 *
 * @since 0.1.0
 * @category models
 */
export type DefaultSubsystem = (typeof defaultSubsystems)[number]

/**
 * The fold of sessions with the projections of the default subsystems.
 *
 * @since 0.1.0
 * @category folds
 */
export const sessionFold = new SessionFold(defaultSubsystems)

const names = defaultSubsystems.flatMap(({ name, parts }) => [
  name,
  ...parts.tools.map(({ definition }) => definition.name)
])

/**
 * Gives the built-in tools to leave out and the default subsystems that stay, for the names that a Life does without.
 * The name of a subsystem leaves out the subsystem, and the name of one of its tools that tool. Fails for an unknown
 * name.
 */
export const leaveOut = (
  without: ReadonlyArray<string> = []
): Effect.Effect<
  { readonly tools: ReadonlyArray<string>; readonly subsystems: ReadonlyArray<DefaultSubsystem> },
  Tool.ToolDefinitionError
> =>
  Effect.as(Praxis.checkWithout(without, [...Praxis.toolNames, ...names]), {
    tools: without.filter((name) => Praxis.toolNames.includes(name)),
    subsystems: defaultSubsystems
      .filter(({ name }) => !without.includes(name))
      .map((subsystem) => ({
        ...subsystem,
        parts: {
          ...subsystem.parts,
          tools: subsystem.parts.tools.filter(({ definition }) => !without.includes(definition.name))
        }
      }))
  })
