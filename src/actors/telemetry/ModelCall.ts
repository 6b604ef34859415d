/**
 * A model call as it is traced and measured.
 *
 * @since 0.1.0
 */
import {
  attributes,
  type MetricAttributes,
  type Model,
  type ModelRequest,
  type ModelTurn,
  operations
} from "../../layers/aios/index.js"
import type { AgentTelemetry } from "./AgentTelemetry.js"
import { outputMessage, recentMessages } from "./content.js"
import { Operation } from "./Operation.js"

type ModelService = typeof Model.Service

export class ModelCall extends Operation {
  constructor(telemetry: AgentTelemetry, model: ModelService, request: ModelRequest) {
    const named = request.model === undefined ? model : model.named?.(request.model)
    const { maxOutputTokens, provider, server } = named ?? model
    // A name that no model has is reported as it is.
    const asked = named?.model ?? request.model ?? model.model
    const labels: MetricAttributes = {
      [attributes.operation]: operations.chat,
      [attributes.provider]: provider,
      [attributes.requestModel]: asked,
      ...(server === undefined ? {} : { [attributes.serverAddress]: server.address })
    }
    const name = `${operations.chat} ${asked}`
    const span = telemetry.span(
      name,
      telemetry.current,
      telemetry.now(),
      {
        ...labels,
        [attributes.serverPort]: server?.port,
        [attributes.requestMaxTokens]: request.maxOutputTokens ?? maxOutputTokens,
        [attributes.conversation]: request.sessionId,
        [attributes.agentName]: telemetry.agentName
      },
      "client"
    )
    super(telemetry, span, "operationDuration", labels)
    telemetry.capture(span, attributes.systemInstructions, [{ type: "text", content: request.system }])
    if (telemetry.instruments.captureContent) {
      telemetry.capture(span, attributes.inputMessages, recentMessages(request.messages))
    }
  }

  /** The model answered. */
  answered({ content, costUsd, model, responseId, stopReason, toolCalls, usage }: ModelTurn): void {
    const { labels, span, telemetry } = this
    // The conventions count cached tokens as tokens of the input.
    const inputTokens = usage.inputTokens + usage.cacheReadTokens + usage.cacheWriteTokens
    if (span !== undefined) {
      telemetry.instruments.annotate(span, {
        [attributes.responseModel]: model,
        [attributes.responseId]: responseId,
        [attributes.finishReasons]: [stopReason],
        [attributes.inputTokens]: inputTokens,
        [attributes.outputTokens]: usage.outputTokens,
        [attributes.cacheReadTokens]: usage.cacheReadTokens,
        [attributes.cacheWriteTokens]: usage.cacheWriteTokens,
        [attributes.costUsd]: costUsd
      })
      telemetry.capture(span, attributes.outputMessages, [outputMessage(content, toolCalls, stopReason)])
    }
    const answeredBy = { ...labels, [attributes.responseModel]: model }
    telemetry.record("tokenUsage", inputTokens, { ...answeredBy, [attributes.tokenType]: "input" })
    telemetry.record("tokenUsage", usage.outputTokens, { ...answeredBy, [attributes.tokenType]: "output" })
    if (costUsd !== undefined) telemetry.record("cost", costUsd, answeredBy)
  }
}
