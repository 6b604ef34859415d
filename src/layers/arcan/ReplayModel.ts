/**
 * A model that answers from a recorded session, so that a run can be repeated without a network and without costs.
 *
 * @since 0.1.0
 */
import { Effect, Layer } from "effect"
import { type EventRecord, Model, ModelError, type ModelRequest } from "../aios/index.js"
import { type RecordedTurn, differenceOf, recordingOf } from "./replay/recording.js"

/**
 * Settings of a replay.
 *
 * @since 0.1.0
 * @category models
 */
export interface ReplayOptions {
  /** All records of one session from the first, as its journal gives them. */
  readonly records: ReadonlyArray<EventRecord>
  /** The window of the recorded model, which is not in the journal. @default 200_000 */
  readonly contextWindowTokens?: number
}

/**
 * The model of a recorded session. Each session that asks it gets the recording from its beginning: the n-th request
 * gets the n-th answer, which is a turn or the error of the recorded model. The model has the provider and the name of
 * the recorded one, and its turns have the recorded costs.
 *
 * A request fails with `InvalidRequest` when the recording has no answer left, or when the conversation differs from
 * the recorded one; the message names the first difference.
 *
 * @since 0.1.0
 * @category layers
 * @example
 * ```ts
 * import { Chunk, Effect, Stream } from "effect"
 * import { Journal, ReplayModel } from "life-agent-os"
 *
 * const recorded = Effect.gen(function*() {
 *   const journal = yield* Journal.Journal
 *   const records = yield* Stream.runCollect(journal.stream({ sessionId: "first", branchId: Journal.mainBranch }))
 *   return ReplayModel.layer({ records: Chunk.toReadonlyArray(records) })
 * })
 * ```
 */
export const layer = ({ contextWindowTokens = 200_000, records }: ReplayOptions): Layer.Layer<Model> =>
  Layer.sync(Model, () => {
    const { answers, model, provider } = recordingOf(records)
    const given = new Map<string, number>()

    const next = (request: ModelRequest): Effect.Effect<RecordedTurn, ModelError> => {
      const number = given.get(request.sessionId) ?? 0
      const answer = answers[number]
      const difference =
        answer === undefined
          ? `the recording has ${answers.length} answers, and this is request ${number + 1}`
          : differenceOf(answer.before, request.messages)
      if (answer === undefined || difference !== undefined) {
        return Effect.fail(
          new ModelError({
            provider,
            reason: "InvalidRequest",
            retryable: false,
            message:
              `The recording has no answer for request ${number + 1}: ${difference}. Replay it with the objective, tools ` +
              "and settings it was recorded with."
          })
        )
      }
      given.set(request.sessionId, number + 1)
      return Effect.succeed(answer)
    }

    return {
      provider,
      model,
      contextWindowTokens,
      generate: (request, onDelta) =>
        Effect.flatMap(
          Effect.suspend(() => next(request)),
          ({ outcome }) => {
            if (outcome instanceof ModelError) return Effect.fail(outcome)
            onDelta({ type: "text", text: outcome.content })
            return Effect.succeed(outcome)
          }
        )
    }
  })
