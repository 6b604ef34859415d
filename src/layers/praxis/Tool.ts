/**
 * Construction of tools.
 *
 * @since 0.1.0
 */
import { Effect, Schema } from "effect"
import {
  type Capability,
  deadline,
  lifeCode,
  type Json,
  Limits,
  type ToolAnnotations,
  type ToolContext,
  type ToolDefinition,
  type ToolDescription,
  ToolError,
  toolInput,
  type ToolOutput
} from "../aios/index.js"

/**
 * A call whose input was checked: the capabilities it needs, and the effect that runs it.
 *
 * @since 0.1.0
 * @category models
 */
export interface Invocation<out R = never> {
  readonly capabilities: ReadonlyArray<Capability>
  /** Sentences for the person who is asked to approve the call. @default none */
  readonly concerns?: ReadonlyArray<string>
  readonly execute: (context: ToolContext) => Effect.Effect<ToolOutput, ToolError, R>
}

/**
 * A tool that needs the services `R` to run.
 *
 * @since 0.1.0
 * @category models
 */
export interface Tool<out R = never> {
  readonly definition: ToolDefinition
  /** Checks the input and plans the call; changes nothing. */
  readonly plan: (input: Json) => Effect.Effect<Invocation<R>, ToolError, R>
  /** An input that fits, for error messages; `undefined` when the schema has no example. */
  readonly example: string | undefined
}

/**
 * The services that the tools of a list need.
 *
 * @since 0.1.0
 * @category models
 */
export type Requirements<T> = T extends Tool<infer R> ? R : never

/**
 * Reason why a tool cannot be offered to a model, or cannot be left out.
 *
 * @since 0.1.0
 * @category errors
 */
export class ToolDefinitionError extends Schema.TaggedError<ToolDefinitionError>("life-agent-os/ToolDefinitionError")(
  "ToolDefinitionError",
  {
    toolName: Schema.String,
    reason: Schema.Literal("BadName", "BadTimeout", "DuplicateName", "BadInputSchema", "UnknownName"),
    /** Says what is wrong and what to change. */
    message: Schema.String
  }
) {
  get code() {
    return lifeCode(this)
  }
}

/**
 * Description that every tool gives of itself. Annotations are required, so that the author of a tool states what it
 * promises.
 *
 * @since 0.1.0
 * @category models
 */
export interface Description<A, I> extends ToolDescription<A, I> {
  /** Promises of the tool. An annotation that is left out counts as the worst case. */
  readonly annotations: Partial<ToolAnnotations>
}

/**
 * Makes a tool.
 *
 * Input that does not fit the schema never reaches the tool. A defect inside the tool fails the call, not the agent.
 * The result is JSON within `Limits.toolOutputBytesMax`. Throws a {@link ToolDefinitionError} when a part of the input
 * has no JSON form.
 *
 * @since 0.1.0
 * @category constructors
 * @example
 * ```ts
 * import { Clock, Effect, Schema } from "effect"
 * import { Tool } from "life-agent-os"
 *
 * export const clock = Tool.make({
 *   name: "clock",
 *   description: "Tells the time in milliseconds since 1970, shifted by a number of minutes.",
 *   input: Schema.Struct({ shiftMinutes: Schema.Int.annotations({ description: "minutes to add" }) }),
 *   annotations: { readOnly: true, destructive: false, idempotent: true, openWorld: false },
 *   capabilities: () => [],
 *   execute: ({ shiftMinutes }) =>
 *     Effect.map(Clock.currentTimeMillis, (now) => ({ output: now + shiftMinutes * 60_000 }))
 * })
 * ```
 */
export const make = <A, I, R>(
  options: Description<A, I> & {
    /**
     * Gives the capabilities that a call needs, free text in them through `Capability.escapeScope`. A call without any
     * needs `tool:call:<name>`.
     */
    readonly capabilities: (input: A) => ReadonlyArray<Capability>
    readonly execute: (input: A, context: ToolContext) => Effect.Effect<ToolOutput, ToolError, R>
  }
): Tool<R> =>
  planned({
    ...options,
    plan: (input) =>
      Effect.sync(() => ({
        capabilities: options.capabilities(input),
        execute: (context) => options.execute(input, context)
      }))
  })

/**
 * Makes a tool whose capabilities depend on more than its input, for example on whether a file exists.
 *
 * Throws a {@link ToolDefinitionError} when a part of the input has no JSON form. Names and time limits are checked when
 * the Life starts. The time limit of a call holds for its plan as well.
 *
 * @since 0.1.0
 * @category constructors
 */
export const makePlanned = <A, I, R>(options: Planned<A, I, R>): Tool<R> =>
  planned({ ...options, plan: (input) => inTime(options, options.plan(input)) })

interface Planned<A, I, R> extends Description<A, I> {
  readonly plan: (input: A) => Effect.Effect<Invocation<R>, ToolError, R>
}

const planned = <A, I, R>(options: Planned<A, I, R>): Tool<R> => {
  const { decode, definition, example } = inputOf(options)
  return { definition, example, plan: (given) => Effect.flatMap(decode(given), options.plan) }
}

const inTime = <A, E, R>(
  { name, timeoutMs = Limits.toolTimeoutMsDefault }: Pick<ToolDescription<unknown, unknown>, "name" | "timeoutMs">,
  plan: Effect.Effect<A, E, R>
): Effect.Effect<A, E | ToolError, R> =>
  deadline(plan, {
    ms: timeoutMs,
    name: `the plan of the tool ${name}`,
    onTimeout: () =>
      new ToolError({
        toolName: name,
        reason: "Timeout",
        message: `${name} took longer than ${timeoutMs} ms to plan the call and was stopped; ask for less at once`
      })
  })

const inputOf = <A, I>(options: Description<A, I>) => {
  try {
    return toolInput(options)
  } catch (cause) {
    const message = `a part of the input of "${options.name}" has no JSON form; use a Schema.Struct of JSON values (${cause})`
    throw new ToolDefinitionError({ toolName: options.name, reason: "BadInputSchema", message })
  }
}

/**
 * Checks a set of tools against the demands of a provider.
 *
 * @since 0.1.0
 * @category combinators
 */
export const check = (tools: ReadonlyArray<Tool<unknown>>): Effect.Effect<void, ToolDefinitionError> => {
  const names = new Set<string>()
  for (const {
    definition: { inputSchema, name: toolName, timeoutMs }
  } of tools) {
    const fail = (reason: ToolDefinitionError["reason"], message: string) =>
      Effect.fail(new ToolDefinitionError({ toolName, reason, message }))
    if (!/^[a-zA-Z0-9_-]{1,64}$/.test(toolName)) {
      return fail("BadName", `"${toolName}" is no name for a tool; use 1 to 64 letters, digits, "_" and "-"`)
    }
    if (names.has(toolName))
      return fail("DuplicateName", `there are two tools called "${toolName}"; rename one of them`)
    if (!(timeoutMs > 0 && Number.isFinite(timeoutMs))) {
      return fail("BadTimeout", `the timeoutMs of "${toolName}" is ${timeoutMs}; use a positive number of milliseconds`)
    }
    if (inputSchema["type"] !== "object") {
      return fail(
        "BadInputSchema",
        `the input of "${toolName}" is not an object with a JSON form; use a Schema.Struct of JSON values`
      )
    }
    names.add(toolName)
  }
  return Effect.void
}
