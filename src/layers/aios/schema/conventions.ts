/**
 * The names that traces and metrics use: OpenTelemetry's conventions for generative AI as of version 1.41 (attributes
 * in the form that came after it), and the extensions of Life under `life.`. The conventions still change, so no other
 * file contains these names.
 *
 * @since 0.1.0
 */

/**
 * Attributes of spans and metrics.
 *
 * @since 0.1.0
 * @category constants
 */
export const attributes = {
  operation: "gen_ai.operation.name",
  provider: "gen_ai.provider.name",
  agentName: "gen_ai.agent.name",
  /** Id of the session, which all runs of one agent share. */
  conversation: "gen_ai.conversation.id",
  requestModel: "gen_ai.request.model",
  requestMaxTokens: "gen_ai.request.max_tokens",
  responseModel: "gen_ai.response.model",
  responseId: "gen_ai.response.id",
  finishReasons: "gen_ai.response.finish_reasons",
  /** All tokens of the request, cached ones included. */
  inputTokens: "gen_ai.usage.input_tokens",
  outputTokens: "gen_ai.usage.output_tokens",
  cacheReadTokens: "gen_ai.usage.cache_read.input_tokens",
  cacheWriteTokens: "gen_ai.usage.cache_write.input_tokens",
  tokenType: "gen_ai.token.type",
  toolName: "gen_ai.tool.name",
  toolType: "gen_ai.tool.type",
  toolCallId: "gen_ai.tool.call.id",
  // Content: set only if its capture is enabled.
  systemInstructions: "gen_ai.system_instructions",
  inputMessages: "gen_ai.input.messages",
  outputMessages: "gen_ai.output.messages",
  toolArguments: "gen_ai.tool.call.arguments",
  toolResult: "gen_ai.tool.call.result",
  serverAddress: "server.address",
  serverPort: "server.port",
  errorType: "error.type",
  sessionId: "session.id",
  runId: "life.run_id",
  runEnd: "life.run.end",
  runResumed: "life.run.resumed",
  tick: "life.tick",
  phase: "life.phase",
  mode: "life.mode",
  modeFrom: "life.mode.from",
  modeTo: "life.mode.to",
  plan: "life.plan",
  costUsd: "life.cost_usd",
  toolStatus: "life.tool.status",
  eventCount: "life.journal.events"
} as const

/**
 * Values of `gen_ai.operation.name`.
 *
 * @since 0.1.0
 * @category constants
 */
export const operations = { invokeAgent: "invoke_agent", chat: "chat", executeTool: "execute_tool" } as const

/**
 * Names of the spans that have no operation. The span of a phase is `life.` and the phase.
 *
 * @since 0.1.0
 * @category constants
 */
export const spanNames = { tick: "life.tick", append: "life.journal.append" } as const

/**
 * Definition of a metric. `buckets` are the boundaries of a histogram, in its unit.
 *
 * @since 0.1.0
 * @category models
 */
export type MetricDefinition = {
  readonly name: string
  readonly unit: string
  readonly description: string
} & ({ readonly kind: "counter" | "gauge" } | { readonly kind: "histogram"; readonly buckets: ReadonlyArray<number> })

const doubling = (first: number, count: number): ReadonlyArray<number> =>
  Array.from({ length: count }, (_, index) => Number((first * 2 ** index).toPrecision(12)))

/**
 * The metrics. The boundaries of a histogram come from the conventions, if the conventions give any.
 *
 * @since 0.1.0
 * @category constants
 */
export const metrics = {
  tokenUsage: {
    name: "gen_ai.client.token.usage",
    unit: "{token}",
    description: "Tokens of one model call",
    kind: "histogram",
    buckets: [1, 4, 16, 64, 256, 1024, 4096, 16384, 65536, 262144, 1048576, 4194304, 16777216, 67108864]
  },
  operationDuration: {
    name: "gen_ai.client.operation.duration",
    unit: "s",
    description: "Duration of one model call, its retries included",
    kind: "histogram",
    buckets: doubling(0.01, 14)
  },
  invokeAgentDuration: {
    name: "gen_ai.invoke_agent.duration",
    unit: "s",
    description: "Duration of one run of an agent",
    kind: "histogram",
    buckets: doubling(0.1, 13)
  },
  executeToolDuration: {
    name: "gen_ai.execute_tool.duration",
    unit: "s",
    description: "Duration of one execution of a tool",
    kind: "histogram",
    buckets: doubling(0.01, 14)
  },
  appendDuration: {
    name: "life.journal.append.duration",
    unit: "s",
    description: "Time from the append of events until they are durable",
    kind: "histogram",
    buckets: doubling(0.000_25, 14)
  },
  cost: { name: "life.cost", unit: "USD", description: "Cost of model calls in US dollars", kind: "counter" },
  modeTransitions: {
    name: "life.mode.transitions",
    unit: "{transition}",
    description: "Changes of the operating mode",
    kind: "counter"
  },
  toolExecutions: {
    name: "life.tool.executions",
    unit: "{call}",
    description: "Outcomes of tool calls, refused calls included",
    kind: "counter"
  },
  mailboxDepth: {
    name: "life.mailbox.depth",
    unit: "{message}",
    description: "Messages of a session that wait to be perceived",
    kind: "gauge"
  },
  budgetTokens: {
    name: "life.budget.tokens_remaining",
    unit: "{token}",
    description: "Remaining tokens in the budget of a session",
    kind: "gauge"
  },
  budgetCost: {
    name: "life.budget.cost_remaining",
    unit: "USD",
    description: "Remaining US dollars in the budget of a session",
    kind: "gauge"
  },
  budgetTime: {
    name: "life.budget.time_remaining",
    unit: "s",
    description: "Remaining working time in the budget of a session",
    kind: "gauge"
  },
  budgetToolCalls: {
    name: "life.budget.tool_calls_remaining",
    unit: "{call}",
    description: "Remaining tool calls in the budget of a session",
    kind: "gauge"
  },
  budgetTicks: {
    name: "life.budget.ticks_remaining",
    unit: "{tick}",
    description: "Remaining ticks in the budget of a session",
    kind: "gauge"
  },
  budgetErrors: {
    name: "life.budget.errors_remaining",
    unit: "{error}",
    description: "Remaining errors in the budget of a session: steps that may still fail",
    kind: "gauge"
  }
} as const satisfies { readonly [name: string]: MetricDefinition }

/**
 * The name of a metric in {@link metrics}.
 *
 * @since 0.1.0
 * @category models
 */
export type MetricKey = keyof typeof metrics
