/**
 * Makes room before the model is asked: summarises the beginning of a conversation that fills too much of the window.
 *
 * The compaction runs in Act, because a summary may take a model call. It runs before the request, when the size of the
 * request is known.
 *
 * @since 0.1.0
 */
import { Effect } from "effect"
import { askedModel, type EventKindOf, type ModelInfo } from "../../layers/aios/index.js"
import {
  calibrated,
  type Compaction,
  type CompiledContext,
  estimateTokens,
  extract,
  fixedTokens,
  framed,
  type Past,
  planCompaction,
  rulingOf,
  summaryRequest
} from "../../machines/index.js"
import type { Services } from "../sockets/services.js"
import { ModelCall } from "../telemetry/ModelCall.js"
import { inside, within } from "../telemetry/Operation.js"
import type { Acting, Mind, TickPorts } from "../tick/Tick.js"
import { checkedTurn } from "../tick/turn.js"

/**
 * Summarises the conversation if it fills too much of the window, and waits until the summary is durable: a later
 * process must send the model the same request.
 */
export const compact = <E>(
  { emit, flush, mind }: Acting<E>,
  ports: TickPorts,
  context: CompiledContext
): Effect.Effect<void, E, Services> =>
  Effect.suspend(() => {
    const fixed = fixedTokens({ system: context.system, tools: ports.tools.definitions })
    const asked = askedModel(ports.model, mind.state.model)
    const plan = planFor(mind, asked, fixed)
    if (plan === undefined) return Effect.void
    const { calibration } = mind.state
    const before = fixed + mind.transcript.tokens
    return Effect.flatMap(summarise(mind, ports, asked, plan), (summary) => {
      const shown = summary.summary === undefined ? 0 : estimateTokens(summary.summary.length)
      emit([
        {
          type: "ContextCompacted",
          fromSequence: plan.fromSequence,
          droppedCount: plan.droppedCount,
          tokensBefore: calibrated(before, calibration),
          tokensAfter: calibrated(plan.keptTokens + shown, calibration),
          ...summary,
          ...(plan.outputCharactersMax === undefined ? {} : { outputCharactersMax: plan.outputCharactersMax })
        }
      ])
      return flush
    })
  })

const planFor = (
  { state, transcript }: Mind,
  { contextWindowTokens }: ModelInfo,
  fixed: number
): Compaction | undefined => {
  const { calibration, mode, vector } = state
  const share = calibrated(fixed + transcript.tokens, calibration) / contextWindowTokens
  const ruling = rulingOf({ share, mode, errorStreak: vector.errorStreak, ...transcript.density })
  return ruling === "breathe" || ruling === "dilate"
    ? undefined
    : planCompaction(transcript, ruling, fixed, contextWindowTokens / (calibration ?? 1))
}

type Summary = Pick<
  EventKindOf<"ContextCompacted">,
  "summary" | "summaryBy" | "failure" | "model" | "usage" | "costUsd"
>

const summarise = (
  mind: Mind,
  { model, sockets }: TickPorts,
  asked: ModelInfo,
  plan: Compaction
): Effect.Effect<Summary, never, Services> => {
  const { sessionId, telemetry, transcript } = mind
  const past: Past = {
    messages: transcript.before(plan.fromSequence),
    earlier: transcript.summaryText,
    objective: transcript.objectiveText,
    charactersMax: plan.summaryCharactersMax
  }
  if (past.messages.length === 0) {
    return Effect.succeed(past.earlier === undefined ? {} : { summary: past.earlier })
  }
  if (past.charactersMax === 0) return Effect.succeed({})
  const byRule = (): Summary => ({ summary: framed(extract(past), past.charactersMax), summaryBy: "extract" })
  if (asked.ruleBased === true) return Effect.sync(byRule)
  // Half of the window, so that instruction, summary and answer have room as well.
  const charactersMax = Math.floor((asked.contextWindowTokens / (mind.state.calibration ?? 1)) * 2)
  const request = {
    ...summaryRequest(sessionId, past, charactersMax),
    ...(mind.state.model === undefined ? {} : { model: mind.state.model })
  }
  return within(telemetry && new ModelCall(telemetry, model, request), (call) =>
    Effect.match(
      inside(
        call,
        Effect.flatMap(
          sockets.aroundModel(request, (changed) => model.generate(changed, () => {}), mind),
          (turn) => checkedTurn(turn, asked.provider)
        )
      ),
      {
        onSuccess: (turn): Summary => {
          call?.answered(turn)
          const { content, costUsd, model: by, usage } = turn
          const spent = { model: by, usage, ...(costUsd === undefined ? {} : { costUsd }) }
          return content.trim() === "" || turn.stopReason === "refusal"
            ? { ...byRule(), ...spent, failure: `the model gave no summary (${turn.stopReason})` }
            : { summary: framed(content, past.charactersMax), summaryBy: "model", ...spent }
        },
        onFailure: ({ message, reason }): Summary => {
          call?.failed(reason, message)
          return { ...byRule(), failure: message }
        }
      }
    )
  )
}
