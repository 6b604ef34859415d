/**
 * The execution of a tool as it is traced and measured.
 *
 * @since 0.1.0
 */
import { Cause, Exit } from "effect"
import { attributes, type Json, operations, type ToolCallRequest, type ToolStatus } from "../../layers/aios/index.js"
import type { AgentTelemetry } from "./AgentTelemetry.js"
import { Operation } from "./Operation.js"

// Name in the conventions for a tool that the agent itself runs.
const toolType = "function"

export class ToolExecution extends Operation {
  constructor(
    telemetry: AgentTelemetry,
    private readonly call: ToolCallRequest
  ) {
    const { callId, toolName } = call
    const labels = {
      [attributes.operation]: operations.executeTool,
      [attributes.toolName]: toolName,
      [attributes.toolType]: toolType
    }
    const span = telemetry.span(`${operations.executeTool} ${toolName}`, telemetry.current, telemetry.now(), {
      ...labels,
      [attributes.toolCallId]: callId,
      [attributes.agentName]: telemetry.agentName,
      [attributes.conversation]: telemetry.sessionId
    })
    super(telemetry, span, "executeToolDuration", labels)
    telemetry.capture(span, attributes.toolArguments, call.input)
  }

  /** The tool ended, with success or failure. */
  came(status: ToolStatus, output: Json): void {
    this.span?.attribute(attributes.toolStatus, status)
    this.telemetry.capture(this.span, attributes.toolResult, output)
  }

  // A tool that throws has no outcome in the journal: the agent is restarted and makes the call again.
  override end(exit: Exit.Exit<unknown, unknown>): void {
    if (Exit.isFailure(exit)) {
      const status = Cause.isInterruptedOnly(exit.cause) ? "cancelled" : "error"
      this.span?.attribute(attributes.toolStatus, status)
      if (status === "error") {
        const { toolName } = this.call
        this.telemetry.record("toolExecutions", 1, {
          [attributes.toolName]: toolName,
          [attributes.toolStatus]: status
        })
      }
    }
    super.end(exit)
  }
}
