/**
 * Checks of the answers of contributions before their use: an answer that the journal could not hold, or that would
 * raise a budget, is a defect of the contribution. Each check throws.
 */
import { Schema } from "effect"
import { Json, Subsystem } from "../../layers/aios/index.js"
import { SocketLimits } from "./limits.js"

const Reason = Schema.String.pipe(Schema.maxLength(SocketLimits.reasonCharactersMax))
const Costs = Schema.Number.pipe(Schema.finite(), Schema.nonNegative())

/**
 * Checks the answer of a gate. An answer that is no verdict, such as a promise, is a defect, and the gate denies.
 */
export const verdictOf: (answer: unknown) => Subsystem.Verdict | undefined = Schema.decodeUnknownSync(
  Schema.UndefinedOr(Schema.Struct({ decision: Schema.Literal("allow", "ask", "deny"), reason: Reason }))
)

/**
 * Checks the answer of an adviser.
 */
export const adviceOf = Schema.decodeUnknownSync(
  Schema.UndefinedOr(
    Schema.Struct({
      withhold: Schema.optionalWith(Schema.Literal(...Subsystem.withholdable), { exact: true }),
      reason: Reason,
      gauges: Schema.optionalWith(Schema.Record({ key: Schema.String, value: Schema.Finite }), { exact: true })
    })
  )
)

/**
 * Checks the dollars of a meter, or of a tool.
 */
export const costsOf: (costUsd: unknown) => number = Schema.decodeUnknownSync(Costs)

const Count = Schema.Number.pipe(Schema.int(), Schema.nonNegative())

/**
 * Checks the use that a call reports.
 */
export const checkUsed: (used: unknown) => void = Schema.decodeUnknownSync(
  Schema.Struct({
    usage: Schema.Struct({ inputTokens: Count, outputTokens: Count, cacheReadTokens: Count, cacheWriteTokens: Count }),
    costUsd: Costs,
    ticks: Schema.optional(Count),
    toolCalls: Schema.optional(Count)
  })
)

const jsonOf = Schema.decodeUnknownSync(Json)

/**
 * Checks that an event can hold a value.
 */
export const dataOf = (value: unknown): Json => {
  const json = jsonOf(value)
  checkSize(JSON.stringify(json))
  return json
}

/**
 * Checks the JSON of one event.
 */
export const checkSize = (text: string): void => {
  const bytes = Buffer.byteLength(text)
  if (bytes <= SocketLimits.dataBytesMax) return
  throw new TypeError(`one event of it has ${bytes} bytes; the limit is ${SocketLimits.dataBytesMax}`)
}
