/**
 * Input of tools: its description for the model, and the check of the input that the model sends.
 *
 * @since 0.1.0
 */
import { Effect, Option, ParseResult, Schema, SchemaAST } from "effect"
import type { Json } from "../schema/Json.js"
import { objectJsonSchema } from "../schema/jsonSchema.js"
import { Limits } from "../schema/Limits.js"
import type { ToolAnnotations, ToolDefinition } from "../schema/Tool.js"
import { ToolError } from "./ToolHarness.js"

/**
 * Description that every tool gives of itself.
 *
 * @since 0.1.0
 * @category models
 */
export interface ToolDescription<A, I> {
  /** `[a-zA-Z0-9_-]{1,64}`, different from the names of all other tools. */
  readonly name: string
  /** The purpose of the tool and when to use it, for the model. */
  readonly description: string
  /** A `Schema.Struct` whose fields carry descriptions; its first `examples` annotation is shown with errors. */
  readonly input: Schema.Schema<A, I>
  /**
   * @default the worst case: the tool changes things, destroys unless it only reads, must not be repeated, and reaches
   * outside
   */
  readonly annotations?: Partial<ToolAnnotations>
  /**
   * The time limit of one call in milliseconds.
   *
   * @default Limits.toolTimeoutMsDefault
   */
  readonly timeoutMs?: number
}

/**
 * Definition of a tool for models, and the check of its input. The check refuses unknown fields and reports all
 * problems at once.
 *
 * @since 0.1.0
 * @category models
 */
export interface ToolInput<A> {
  readonly definition: ToolDefinition
  /** An input that fits, for error messages; `undefined` when the schema has no example. */
  readonly example: string | undefined
  readonly decode: (given: Json) => Effect.Effect<A, ToolError>
}

/**
 * Makes the definition and the check of a tool.
 *
 * @since 0.1.0
 * @category constructors
 */
export const toolInput = <A, I>({
  annotations,
  description,
  input,
  name,
  timeoutMs = Limits.toolTimeoutMsDefault
}: ToolDescription<A, I>): ToolInput<A> => {
  const check = Schema.decodeUnknown(input, { errors: "all", onExcessProperty: "error" })
  const example = SchemaAST.getExamplesAnnotation(input.ast).pipe(
    Option.map((examples) => JSON.stringify(examples[0])),
    Option.getOrUndefined
  )
  return {
    definition: {
      name,
      description,
      inputSchema: objectJsonSchema(input) ?? {},
      annotations: {
        readOnly: false,
        destructive: annotations?.readOnly !== true,
        idempotent: false,
        openWorld: true,
        ...annotations
      },
      timeoutMs
    },
    example,
    decode: (given) =>
      Effect.mapError(
        check(given),
        (error) =>
          new ToolError({ toolName: name, reason: "InvalidInput", message: withExample(misfit(error), example) })
      )
  }
}

const misfit = (error: ParseResult.ParseError): string => {
  const issues = ParseResult.ArrayFormatter.formatErrorSync(error).map(({ message, path }) =>
    path.length === 0 ? message : `"${path.map(String).join(".")}": ${message}`
  )
  // A message repeats the input, and the input can have any size.
  return `the input does not fit. ${issues.join(". ").slice(0, Limits.messageCharactersMax)}`
}

/**
 * Adds an input that fits to a message.
 *
 * @since 0.1.0
 * @category encoding
 */
export const withExample = (message: string, example: string | undefined): string =>
  example === undefined ? message : `${message}. For example: ${example}`
