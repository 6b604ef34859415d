/**
 * Structured answers: a value of a schema instead of prose.
 *
 * @since 0.1.0
 */
import { Effect, Either, ParseResult, Schema } from "effect"
import {
  lifeCode,
  Limits,
  type Message,
  Model,
  type ModelDelta,
  type ModelError,
  type ModelRequest,
  type ModelTurn,
  objectJsonSchema
} from "../aios/index.js"

/**
 * Error of a model that gave no value of a schema.
 *
 * - `Schema`: the schema is not one of an object, and providers take no other
 * - `Refused`: the model refused to answer
 * - `CutOff`: the answer reached the output limit
 * - `Malformed`: neither the answer nor the corrected answer fits the schema
 *
 * @since 0.1.0
 * @category errors
 */
export class ObjectError extends Schema.TaggedError<ObjectError>("life-agent-os/ObjectError")("ObjectError", {
  reason: Schema.Literal("Schema", "Refused", "CutOff", "Malformed"),
  /** The last answer of the model. */
  answer: Schema.String,
  /** Says what happened and what to do next. */
  message: Schema.String
}) {
  get code() {
    return lifeCode(this)
  }
}

/**
 * A request for a value of a schema.
 *
 * @since 0.1.0
 * @category models
 */
export interface ObjectRequest extends Pick<ModelRequest, "sessionId" | "system" | "messages"> {
  /** Name of the value: `[a-zA-Z0-9_-]{1,64}`. @default "answer" */
  readonly name?: string
  readonly model?: string
  readonly maxOutputTokens?: number
  readonly onDelta?: (delta: ModelDelta) => void
}

/**
 * A value, and all turns it took, because each of them has a cost.
 *
 * @since 0.1.0
 * @category models
 */
export interface GeneratedObject<A> {
  readonly value: A
  readonly turns: ReadonlyArray<ModelTurn>
}

/**
 * Asks the model for an object of a schema. The provider gets the schema, and the answer is still checked against it.
 * If the answer does not fit, the model is told why and asked once more.
 *
 * @since 0.1.0
 * @category combinators
 * @example
 * ```ts
 * import { Schema } from "effect"
 * import { Model } from "life-agent-os"
 *
 * const Verdict = Schema.Struct({ score: Schema.Number.pipe(Schema.between(0, 1)), why: Schema.String })
 *
 * const verdict = Model.generateObject(
 *   { sessionId: "judge", system: "You judge answers.", messages: [{ role: "user", content: "2 + 2 = 5" }] },
 *   Verdict
 * )
 * ```
 */
export const generateObject = <A, I>(
  request: ObjectRequest,
  schema: Schema.Schema<A, I>
): Effect.Effect<GeneratedObject<A>, ModelError | ObjectError, Model> =>
  Effect.gen(function* () {
    const { messages, name = "answer", onDelta = () => {}, ...rest } = request
    const form = objectJsonSchema(schema)
    if (form === undefined) {
      const message = "The schema is not one of an object. Wrap it in a Schema.Struct."
      return yield* new ObjectError({ reason: "Schema", answer: "", message })
    }
    const decode = Schema.decodeUnknownEither(Schema.parseJson(schema), { errors: "all" })
    const model = yield* Model
    const ask = (conversation: ReadonlyArray<Message>) =>
      Effect.filterOrElse(
        model.generate({ ...rest, messages: conversation, tools: [], responseSchema: { name, schema: form } }, onDelta),
        ({ stopReason }) => stopReason !== "refusal" && stopReason !== "max_tokens",
        (turn) => Effect.fail(unfinished(turn))
      )

    const first = yield* ask(messages)
    const value = decode(unfenced(first.content))
    if (Either.isRight(value)) return { value: value.right, turns: [first] }
    const second = yield* ask([
      ...messages,
      { role: "assistant", content: first.content, toolCalls: [], ...(first.other && { other: first.other }) },
      { role: "user", content: `Your answer does not fit: ${issueOf(value.left)}\nAnswer again, with JSON only.` }
    ])
    const repaired = decode(unfenced(second.content))
    if (Either.isRight(repaired)) return { value: repaired.right, turns: [first, second] }
    return yield* new ObjectError({
      reason: "Malformed",
      answer: second.content,
      message:
        `${second.model} answered twice with what does not fit the schema ${name}: ${issueOf(repaired.left)} ` +
        "Make the schema simpler, describe its fields, or use another model."
    })
  })

const unfinished = ({ content, model, stopReason }: ModelTurn): ObjectError =>
  stopReason === "refusal"
    ? new ObjectError({
        reason: "Refused",
        answer: content,
        message: `${model} refused to answer. Word the request differently, or use another model.`
      })
    : new ObjectError({
        reason: "CutOff",
        answer: content,
        message: `The answer of ${model} was cut off at the output limit. Allow more tokens with maxOutputTokens.`
      })

const issueOf = (error: ParseResult.ParseError): string =>
  ParseResult.TreeFormatter.formatErrorSync(error).slice(0, Limits.messageCharactersMax)

// A model whose provider does not enforce the schema often puts the JSON into a block of Markdown.
const unfenced = (text: string): string => /^\s*```(?:json)?\s*\n([^]*?)\n?\s*```\s*$/.exec(text)?.[1] ?? text
