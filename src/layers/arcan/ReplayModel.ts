/**
 * A model that answers from a recorded session: a run can be repeated without a network, and for nothing.
 *
 * @since 0.1.0
 */
import { Effect, Layer } from "effect"
import { type EventRecord, Model, ModelError, type ModelRequest } from "../aios/index.js"
import { type Answer, differenceOf, recordingOf } from "./replay/recording.js"

/**
 * What is replayed.
 *
 * @since 0.1.0
 * @category models
 */
export interface ReplayOptions {
  /** The records of one session from its first on, as its journal gives them. */
  readonly records: ReadonlyArray<EventRecord>
  /** The window of the model that was recorded, which is not in the journal; 200 000 unless it is given. */
  readonly contextWindowTokens?: number
}

/**
 * The model of a recorded session. Each session that asks is given the recording from its beginning: the n-th request
 * gets the n-th answer, be it a turn or the error the model failed with. It bears the names of provider and model of the
 * recording, and counts what that cost.
 *
 * A request fails with `InvalidRequest` when the recording has no answer left, or when the conversation is not the one
 * that was recorded; the message names the first difference.
 *
 * @since 0.1.0
 * @category layers
 * @example
 * ```ts
 * import { Chunk, Effect, Stream } from "effect"
 * import { Journal, mainBranch, ReplayModel } from "life-agent-os"
 *
 * const recorded = Effect.gen(function*() {
 *   const journal = yield* Journal
 *   const records = yield* Stream.runCollect(journal.stream({ sessionId: "first", branchId: mainBranch }))
 *   return ReplayModel.layer({ records: Chunk.toReadonlyArray(records) })
 * })
 * ```
 */
export const layer = ({ contextWindowTokens = 200_000, records }: ReplayOptions): Layer.Layer<Model> =>
  Layer.sync(Model, () => {
    const { answers, model, provider } = recordingOf(records)
    const given = new Map<string, number>()

    const next = (request: ModelRequest): Effect.Effect<Answer, ModelError> => {
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
