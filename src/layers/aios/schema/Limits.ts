/**
 * Every limit of the runtime, with its unit in its name.
 *
 * @since 0.1.0
 */

/**
 * The limits. They are constants of a build, so that a journal means the same everywhere.
 *
 * @since 0.1.0
 * @category constants
 */
export const Limits = {
  /** Size of an objective or message, UTF-8. */
  messageBytesMax: 65_536,
  /** Messages accepted but not yet perceived by one agent. */
  mailboxMessagesMax: 256,
  /** Messages that wait for the end of a run. */
  queueMessagesMax: 10,
  /** Default time that a call waits for an approval before it is denied, in milliseconds. */
  approvalTimeoutMs: 300_000,
  /** Standing grants that an agent remembers; it forgets the oldest first, and asks for them again. */
  grantsMax: 64,
  /** Position in a streak of identical calls from which on the model is warned. */
  repeatedCallsWarned: 3,
  /** Position in a streak of identical calls from which on the call is denied. */
  repeatedCallsMax: 5,
  /** Length up to which a streak of identical calls is counted. */
  repeatedCallsWindow: 20,
  /** Size of one event body as canonical JSON. */
  eventBytesMax: 4_194_304,
  /** Events in one append. */
  appendEventsMax: 4_096,
  /** Events merged into one transaction. */
  commitEventsMax: 4_096,
  /** Events read from the journal at a time. */
  readEventsMax: 1_024,
  /** Delay before an operation that failed with a journal error is tried again, in milliseconds. */
  journalRetryEveryMs: 1_000,
  /** Retries while the journal fails: five minutes, in which a person may make room on the disk. */
  journalRetriesMax: 300,
  /** Retries while the journal fails and a tool call or the stop of an agent waits for the result. */
  journalRetriesAwaitedMax: 10,
  /** Streams whose head is kept in memory. */
  headCacheStreamsMax: 16_384,
  /** Ticks, events and time between two checkpoints of an agent; the first that is reached counts. */
  checkpointEveryTicks: 64,
  checkpointEveryEvents: 256,
  checkpointEveryMs: 60_000,
  /** Size of the file with the last head of each stream, before it is written anew. */
  anchorBytesMax: 1_048_576,
  /** Time that a fiber waits for the end of interrupted work before it goes on, in milliseconds. */
  stopMsMax: 10_000,
  /** Size of the output of one tool call for the model, UTF-8. */
  toolOutputBytesMax: 262_144,
  /** Size of a file that read_file opens. */
  readFileBytesMax: 10_485_760,
  /** Size of a file that write_file writes. */
  writeFileBytesMax: 10_485_760,
  /** Size of a file that grep searches. */
  grepFileBytesMax: 10_485_760,
  /** Directory entries that one tool call walks over. */
  walkEntriesMax: 200_000,
  /** Entries that list_dir and glob return. */
  listEntriesMax: 5_000,
  /** Lines that read_file returns by default. */
  readLinesDefault: 2_000,
  /** Matches that grep returns by default. */
  grepMatchesDefault: 100,
  grepMatchesMax: 1_000,
  /** Length of a line of grep output. */
  grepLineCharactersMax: 400,
  /** Read-only calls of one turn that run side by side. */
  toolConcurrencyMax: 8,
  /** Tool calls accepted from one model turn. */
  toolCallsPerTurnMax: 64,
  /** Size of a path, UTF-8; the PATH_MAX of Linux. */
  pathBytesMax: 4_096,
  /** Length of a capability; a path whose every byte is escaped fits. */
  capabilityCharactersMax: 16_384,
  /** Length of a pattern of capabilities, in a policy, a grant or the rights of a sub-agent. */
  capabilityPatternCharactersMax: 1_024,
  /** Symlinks followed while one path is resolved; the limit of Linux. */
  symlinksMax: 40,
  /** Bytes read or written between two points where other fibers may run. */
  chunkBytesMax: 1_048_576,
  /** Directory entries read between two points where other fibers may run. */
  chunkEntriesMax: 512,
  /**
   * Steps of a search until other fibers may run: 0.1 s at worst. A character takes as many steps as the size of the
   * compiled expression.
   */
  grepChunkSteps: 10_000_000,
  /** Steps that the search of one line may take: 1 s at worst. It cannot be interrupted. */
  grepLineStepsMax: 100_000_000,
  /** Length of a glob or regular expression. */
  patternCharactersMax: 1_024,
  /** Globs that one glob with braces stands for. */
  globAlternativesMax: 256,
  /** Length of an input, an error or a list of names inside a message. */
  messageCharactersMax: 2_000,
  /** Size of a .gitignore file; bytes beyond the limit are not read. */
  ignoreFileBytesMax: 65_536,
  /** Ignore rules that apply to one directory, rules of the directories above it included; the innermost are kept. */
  ignoreRulesMax: 1_024,
  /** Default time limit of a tool call, in milliseconds. */
  toolTimeoutMsDefault: 30_000,
  grepTimeoutMs: 60_000,
  /** Part of a tool's output that is kept free for the fields around a list. */
  toolOutputReservedBytes: 32_768,
  /**
   * Changes that an agent remembers as unverified. The oldest beyond the limit become one change that any later read
   * checks.
   */
  unverifiedChangesMax: 64,
  /** Size of one system prompt in tokens, and its share of a smaller context window. */
  contextTokensMax: 30_000,
  contextShareMax: 0.5,
  personaTokensMax: 2_000,
  rulesTokensMax: 5_000,
  workspaceTokensMax: 5_000,
  taskTokensMax: 4_000,
  /** Size of a file with instructions; bytes beyond the limit are not read. */
  instructionsBytesMax: 65_536,
  /** Bounds of the factor between a provider's count of tokens and the own estimate, and the weight of a new count. */
  calibrationMin: 0.25,
  calibrationMax: 4,
  calibrationWeight: 0.3,
  /**
   * Shares of the model's context window that a request fills. From the soft one on, a conversation may be summarised.
   * From the hard one on, it is summarised. From the emergency one on, less of it is left after the summary.
   */
  pressureSoft: 0.6,
  pressureHard: 0.85,
  pressureEmergency: 0.95,
  /** Share of the model's context window that is filled after a conversation was summarised. */
  compactTarget: 0.35,
  compactTargetEmergency: 0.25,
  /** Share of a request that a summary must save to be worth it. */
  compactGainMin: 0.1,
  /** Errors in a row at which a conversation is summarised early. */
  compactErrorStreak: 2,
  /** Turns without a summary after which a conversation with few calls is summarised early. */
  compactStaleTurns: 15,
  /** Calls per turn from which on a conversation counts as deep work, which is not summarised early. */
  compactDenseCallsPerTurn: 2,
  /** Size of a summary of a conversation's older part, in characters, and its share of the room that is kept. */
  summaryCharactersMax: 8_000,
  summaryShareMax: 0.25,
  /** Length of one text as a model that summarises sees it. */
  summaryExcerptCharactersMax: 2_000,
  /** Length that is kept of one output when the newest turn alone is too large. */
  outputExcerptCharactersMin: 256,
  /** Length of an answer that stays in the conversation; the whole text of a longer answer is a blob. */
  answerCharactersMax: 131_072,
  /** Size of the arguments of all calls of one turn, as JSON; a call beyond the limit is refused. */
  turnInputBytesMax: 3_145_728,
  /** Size of the blocks of one turn that are given back to their provider, as JSON; larger blocks are left out. */
  turnOtherBytesMax: 262_144,
  /** Size of a blob. */
  blobBytesMax: 67_108_864,
  /** Attempts of one model call, the first included. */
  modelAttemptsMax: 5,
  /** Delay between two attempts of one model call. */
  modelRetryDelayMsMax: 60_000,
  /** Length of one answer: its text, its thoughts and the fields of its calls. An event has room for it. */
  modelAnswerCharactersMax: 1_000_000,
  /** Blocks of content and calls in one answer. */
  modelAnswerPartsMax: 1_024,
  /** Events in which one answer streams in. */
  modelAnswerEventsMax: 1_000_000,
  /** Size of one answer as it is sent, and of one line of it. */
  modelAnswerBytesMax: 268_435_456,
  modelLineBytesMax: 8_388_608,
  /** Length of the id of an answer, the name of a model or a stop reason. */
  modelLabelCharactersMax: 256,
  /** Length of the name of a tool in a call. */
  calledNameCharactersMax: 256,
  /** Length of the id of a call that a model layer gives; a longer id is replaced. */
  callIdCharactersMax: 256,
  /** Tokens of one kind that one turn may account for, and its cost in US dollars. */
  modelTurnTokensMax: 1_000_000_000,
  modelTurnCostUsdMax: 1_000_000,
  /** Longest wait that a provider can ask for; a longer one counts as this one. */
  modelRetryAfterMsMax: 86_400_000,
  /** Failures in a row after which the circuit of a model is open. */
  modelFailuresMax: 5,
  /** Cool-down of an open circuit before the model is tried again. */
  modelCoolDownMs: 30_000,
  /** Idle agents whose snapshot stays in memory; the least recently used is passivated first. */
  idleAgentsMax: 10_000,
  /** Agents that one system registers. */
  agentsMax: 1_000_000,
  /** Programs that one system supervises at a time. */
  programsMax: 10_000,
  /** Messages that the inspector's server keeps for viewers that are behind. */
  viewerBacklogMessagesMax: 8_192,
  /** Kept events that a viewer gets when it connects. */
  viewerHistoryEventsMax: 512,
  /** Connections at a time that have shown the token of the inspector's server. */
  viewerConnectionsMax: 128,
  /** Connections at a time that have not shown it, in all and of one address; the oldest beyond the limit are closed. */
  strangerConnectionsMax: 256,
  strangersPerAddressMax: 128,
  /** Time in which a connection has to show the token. */
  strangerMsMax: 5_000,
  /** Time in which the headers of a request have to arrive, and the whole request. */
  requestHeadersMsMax: 5_000,
  requestMsMax: 10_000,
  /** Requests without the right token that an address may make at once, and how many more in each second. */
  failedTokensMax: 64,
  failedTokensPerSecond: 4,
  /** Addresses whose requests without the right token are counted; the oldest are forgotten first. */
  failedTokenAddressesMax: 256,
  /** Size of one frame with several messages. */
  viewerFrameCharactersMax: 524_288,
  /** Bytes on their way to one viewer that it has not taken; further messages wait. */
  viewerUnsentBytesMax: 2_097_152,
  /** Time without taking anything after which a viewer is disconnected. */
  viewerStallMsMax: 30_000,
  /** Records that one request for messages reads. */
  inspectedRecordsMax: 2_000,
  /** States kept of one session, so that moving back and forth in it is quick. */
  inspectedStatesMax: 512,
  /** Sessions whose states are kept. */
  inspectedSessionsMax: 16,
  /** Changes of mode in the outline of a session. */
  outlineModesMax: 2_000,
  /** Sessions in a list. */
  listedSessionsMax: 5_000,
  /** Length of one text as a watcher sees it. */
  inspectionTextCharactersMax: 2_000,
  /** Size of one message to a watcher as JSON, UTF-8. */
  inspectionBytesMax: 65_536,
  /** Nesting depth of values as a watcher sees them. */
  inspectionDepthMax: 64,
  /** Messages that wait for a watcher; the oldest beyond the limit are dropped. */
  inspectorBufferMessagesMax: 4_096,
  /** Actors whose last snapshot is kept for a watcher that connects later; the oldest are dropped first. */
  inspectorActorsMax: 4_096,
  /** Bytes in a watcher's connection that are not sent yet. */
  inspectorUnsentBytesMax: 1_048_576,
  /** Attempts to reach a watcher in a row, the first included. */
  inspectorAttemptsMax: 8,
  /** Delay between two attempts to reach a watcher. */
  inspectorRetryDelayMsMax: 30_000,
  /** Time that a watcher may take to accept a connection. */
  inspectorOpenMsMax: 5_000,
  /** Duration from which on a connection counts as a success. */
  inspectorSteadyMs: 30_000,
  /** Time that the end of a program waits for a watcher to get the last messages. */
  inspectorFlushMsMax: 1_000,
  /** Length of one text in a span. */
  spanContentCharactersMax: 65_536,
  /** Sessions whose budget the gauges show; the least recently observed are dropped first. */
  gaugeSessionsMax: 256,
  /** Combinations of attributes that one metric distinguishes; the others are counted together. */
  metricSeriesMax: 2_000,
  /** Spans that wait for an export; spans beyond the limit are dropped. */
  spanQueueMax: 4_096,
  /** Spans in one request to a collector. */
  spanBatchMax: 512,
  /** Time that a span waits for other spans before an export, in milliseconds. */
  spanDelayMs: 1_000,
  /** Delay between two exports of metrics, in milliseconds. */
  metricIntervalMs: 15_000,
  /** Time limit of one export, its retries included, in milliseconds. */
  exportMsMax: 3_000,
  /** Time that the end of a program waits for pending exports, in milliseconds. */
  exportFlushMsMax: 3_000
} as const
