/**
 * Tools of subsystems: a tool that reads its subsystem's projection and appends its subsystem's kinds.
 *
 * @since 0.1.0
 */
import { Effect } from "effect"
import {
  type PreparedCall,
  type ToolContext,
  ToolError,
  type ToolEvent,
  type ToolOutput
} from "../ports/ToolHarness.js"
import { type ToolDescription, toolInput } from "../ports/toolInput.js"
import { contained, toolRun } from "../ports/toolRun.js"
import type { Capability } from "../schema/Capability.js"
import type { Json } from "../schema/Json.js"
import type { ToolDefinition } from "../schema/Tool.js"
import type { SubsystemKind } from "./kinds.js"
import type { View } from "./projection.js"

/**
 * Context of a running tool.
 *
 * @since 0.1.0
 * @category models
 */
export interface ToolCall<out S> extends ToolContext {
  /** The agent as it is when the tool asks, so a call sees what the call before it has done. */
  readonly view: () => View<S>
}

/**
 * Result of a call. `events` are recorded together with the result, or not at all.
 *
 * @since 0.1.0
 * @category models
 */
export interface Output<out K = never> extends Omit<ToolOutput, "events"> {
  readonly events?: ReadonlyArray<K | ToolEvent>
}

/**
 * A call whose input was checked: the capabilities it needs, and the function that runs it.
 *
 * @since 0.1.0
 * @category models
 */
export interface ToolPlan<in S, out K, out R> {
  readonly capabilities: ReadonlyArray<Capability>
  readonly execute: (call: ToolCall<S>) => Effect.Effect<Output<K>, ToolError, R>
}

/**
 * A tool that reads the projection `S`, appends kinds `K` and requires `R`.
 *
 * @since 0.1.0
 * @category models
 */
export interface Tool<in S = unknown, out K = never, out R = never> {
  readonly definition: ToolDefinition
  /** Checks the input and plans the call; changes nothing. */
  readonly plan: (input: Json) => Effect.Effect<ToolPlan<S, K, R>, ToolError>
}

/**
 * Description of a tool, and the function that runs it.
 *
 * @since 0.1.0
 * @category models
 */
export interface ToolOptions<A, I, S, K, R> extends ToolDescription<A, I> {
  /**
   * Capabilities that a call needs.
   *
   * @default none
   */
  readonly capabilities?: (input: A) => ReadonlyArray<Capability>
  readonly execute: (input: A, call: ToolCall<S>) => Effect.Effect<Output<K>, ToolError, R>
}

/**
 * The constructor of tools that a subsystem gets. It knows the types of the projection and the kinds, so a tool needs
 * no type annotations.
 *
 * @since 0.1.0
 * @category models
 */
export type MakeTool<S, K> = <A, I, R = never>(options: ToolOptions<A, I, S, K, R>) => Tool<S, K, R>

/**
 * Makes a tool of no particular subsystem. Input that does not fit the schema never reaches it.
 *
 * Throws where a part of the input schema has no JSON form.
 *
 * @since 0.1.0
 * @category constructors
 */
export const tool = <A, I, S = unknown, K extends SubsystemKind = never, R = never>({
  capabilities = () => [],
  execute,
  ...description
}: ToolOptions<A, I, S, K, R>): Tool<S, K, R> => {
  const { decode, definition } = toolInput(description)
  return {
    definition,
    plan: (given) =>
      Effect.map(decode(given), (input) => ({
        capabilities: capabilities(input),
        execute: (call) => execute(input, call)
      }))
  }
}

/**
 * A call of a subsystem's tool, ready to be gated and run. A {@link PreparedCall} is one that requires nothing.
 *
 * @since 0.1.0
 * @category models
 */
export interface PreparedTool<out K = never, out R = never> extends Omit<PreparedCall, "execute"> {
  /** Runs the call within the time limit of its definition. A defect fails the call and not the agent. */
  readonly execute: (context: ToolContext) => Effect.Effect<Output<K>, ToolError, R>
}

/**
 * Prepares a call of a tool; `view` is called while the call runs.
 *
 * @since 0.1.0
 * @category constructors
 */
export const prepareTool = <S, K, R>(
  { definition, plan }: Tool<S, K, R>,
  { input, malformed }: { readonly input: Json; readonly malformed?: string | undefined },
  view: () => View<S>
): Effect.Effect<PreparedTool<K, R>, ToolError> => {
  const { name: toolName } = definition
  if (malformed !== undefined) {
    const message = "the input could not be read as JSON; send one JSON object"
    return new ToolError({ toolName, reason: "InvalidInput", message })
  }
  return Effect.map(
    contained(
      toolName,
      Effect.suspend(() => plan(input))
    ),
    ({ capabilities, execute }) => ({
      definition,
      capabilities,
      execute: (context) =>
        toolRun(
          definition,
          Effect.suspend(() => execute({ ...context, view }))
        )
    })
  )
}
