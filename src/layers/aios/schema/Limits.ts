/**
 * Every bound of the runtime, with its unit in its name.
 *
 * @since 0.1.0
 */

/**
 * The bounds. They are constants of a build, so that a journal means the same everywhere.
 *
 * @since 0.1.0
 * @category constants
 */
export const Limits = {
  /** An objective or message, UTF-8. */
  messageBytesMax: 65_536,
  /** Messages accepted but not yet perceived by one agent. */
  mailboxMessagesMax: 256,
  /** Messages that wait for the end of a run. */
  queueMessagesMax: 10,
  /** How long a call waits for an approval before it is denied, in milliseconds, unless a system says otherwise. */
  approvalTimeoutMs: 300_000,
  /** Standing grants an agent remembers; the oldest are forgotten, and asked for again. */
  grantsMax: 64,
  /** The same call in a row: from here on the model is warned, and from there on the call is denied. */
  repeatedCallsWarned: 3,
  repeatedCallsMax: 5,
  /** How far back equal calls are counted. */
  repeatedCallsWindow: 20,
  /** The canonical JSON of one event body. */
  eventBytesMax: 4_194_304,
  /** Events in one append. */
  appendEventsMax: 4_096,
  /** Events merged into one transaction. */
  commitEventsMax: 4_096,
  /** Events read from the journal at a time. */
  readEventsMax: 1_024,
  /** Between two attempts of what failed with the journal, in milliseconds. */
  journalRetryEveryMs: 1_000,
  /** Retries while the journal fails: five minutes, in which a person may make room on the disk. */
  journalRetriesMax: 300,
  /** The same where a tool call or the stop of an agent waits for the end. */
  journalRetriesAwaitedMax: 10,
  /** Streams whose head is kept in memory. */
  headCacheStreamsMax: 16_384,
  /** Ticks between two checkpoints of an agent. */
  checkpointEveryTicks: 64,
  /** How long the end of interrupted work is waited for before it is left to itself, in milliseconds. */
  stopMsMax: 10_000,
  /** What one tool call may hand back to the model, UTF-8. */
  toolOutputBytesMax: 262_144,
  /** A file that read_file opens. */
  readFileBytesMax: 10_485_760,
  /** A file that write_file writes. */
  writeFileBytesMax: 10_485_760,
  /** A file that grep looks into. */
  grepFileBytesMax: 10_485_760,
  /** Directory entries one tool call walks over. */
  walkEntriesMax: 200_000,
  /** Entries list_dir and glob hand back. */
  listEntriesMax: 5_000,
  /** Lines read_file hands back unless it is asked for another number. */
  readLinesDefault: 2_000,
  /** Matches grep hands back unless it is asked for another number. */
  grepMatchesDefault: 100,
  grepMatchesMax: 1_000,
  /** A line of grep output. */
  grepLineCharactersMax: 400,
  /** Read-only calls of one turn that run side by side. */
  toolConcurrencyMax: 8,
  /** Tool calls accepted from one model turn. */
  toolCallsPerTurnMax: 64,
  /** A path, UTF-8; what Linux calls PATH_MAX. */
  pathBytesMax: 4_096,
  /** Symlinks followed while one path is resolved; what Linux allows. */
  symlinksMax: 40,
  /** Read or written between two points where others may run. */
  chunkBytesMax: 1_048_576,
  /** Directory entries looked at between two points where others may run. */
  chunkEntriesMax: 512,
  /** Steps of a search, a character times the size of the compiled expression, until others may run: 0.1 s at worst. */
  grepChunkSteps: 10_000_000,
  /** Steps that one line may take, which cannot be interrupted: 1 s at worst. */
  grepLineStepsMax: 100_000_000,
  /** A glob or regular expression. */
  patternCharactersMax: 1_024,
  /** Globs that one glob with braces stands for. */
  globAlternativesMax: 256,
  /** What a message says of an input that does not fit. */
  messageCharactersMax: 2_000,
  /** A .gitignore file; what lies behind is not read. */
  ignoreFileBytesMax: 65_536,
  /** Rules that apply to one directory, those of the directories above it included; the innermost are kept. */
  ignoreRulesMax: 1_024,
  /** How long a call may take, in milliseconds, unless the tool says otherwise. */
  toolTimeoutMsDefault: 30_000,
  grepTimeoutMs: 60_000,
  /** Kept free of a tool's output for what stands around a list. */
  toolOutputReservedBytes: 32_768,
  /** Changes an agent remembers as unverified; the oldest beyond become one that any later read is a check of. */
  unverifiedChangesMax: 64,
  /** What is compiled into one system prompt, in tokens, and its share of a smaller context window. */
  contextTokensMax: 30_000,
  contextShareMax: 0.5,
  personaTokensMax: 2_000,
  rulesTokensMax: 5_000,
  workspaceTokensMax: 5_000,
  taskTokensMax: 4_000,
  /** A file with instructions; what lies behind is not read. */
  instructionsBytesMax: 65_536,
  /** How much a provider's count of tokens may differ from ours, as a factor, and how fast that factor is learnt. */
  calibrationMin: 0.25,
  calibrationMax: 4,
  calibrationWeight: 0.3,
  /**
   * Of the model's context window, how much a request may fill: from the first on a conversation may be summarised, from
   * the second on it is, and from the third on it is with less left of it.
   */
  pressureSoft: 0.6,
  pressureHard: 0.85,
  pressureEmergency: 0.95,
  /** Of the model's context window, how much is filled after a conversation was summarised. */
  compactTarget: 0.35,
  compactTargetEmergency: 0.25,
  /** Of a request, how much summarising has to save to be worth it. */
  compactGainMin: 0.1,
  /** Errors in a row at which a conversation is summarised early. */
  compactErrorStreak: 2,
  /** Turns without a summary after which a conversation with few calls is summarised early. */
  compactStaleTurns: 15,
  /** Calls per turn from which on a conversation counts as deep work, which is not summarised early. */
  compactDenseCallsPerTurn: 2,
  /** A summary of what was left out of a conversation, in characters, and its share of the room that is kept. */
  summaryCharactersMax: 8_000,
  summaryShareMax: 0.25,
  /** What a model that summarises is shown of one text. */
  summaryExcerptCharactersMax: 2_000,
  /** Of one output, what stays when the newest turn alone is too large. */
  outputExcerptCharactersMin: 256,
  /** What stays in the conversation of one answer; the whole of a longer one is a blob. */
  answerCharactersMax: 131_072,
  /** Arguments of all calls of one turn, as JSON; a call that goes beyond is not taken. */
  turnInputBytesMax: 3_145_728,
  /** Blocks of a provider that are given back to it, of one turn, as JSON; larger ones are left out. */
  turnOtherBytesMax: 262_144,
  /** A blob. */
  blobBytesMax: 67_108_864,
  /** Attempts of one model call, the first included. */
  modelAttemptsMax: 5,
  /** Between two attempts of one model call. */
  modelRetryDelayMsMax: 60_000,
  /** What one answer may hold: its text, its thoughts and the inputs of its calls. An event has room for it. */
  modelAnswerCharactersMax: 1_000_000,
  /** Calls of one model that fail in a row, until it is left alone for a while. */
  modelFailuresMax: 5,
  /** How long a model that keeps failing is left alone before it is tried again. */
  modelCoolDownMs: 30_000,
  /** Idle agents whose snapshot stays in memory; the least recently used is passivated first. */
  idleAgentsMax: 10_000,
  /** Agents one system registers. */
  agentsMax: 1_000_000,
  /** Programs that one system supervises at a time. */
  programsMax: 10_000,
  /** Messages the inspector's server keeps for viewers that are behind. */
  viewerBacklogMessagesMax: 8_192,
  /** Of them, events that a viewer who comes later is told. */
  viewerHistoryEventsMax: 512,
  /** Viewers and other connections at a time. */
  viewerConnectionsMax: 128,
  /** One frame with several messages. */
  viewerFrameCharactersMax: 524_288,
  /** Handed to the system for one viewer and not taken by it; more is held back. */
  viewerUnsentBytesMax: 2_097_152,
  /** A viewer that takes nothing for so long is disconnected. */
  viewerStallMsMax: 30_000,
  /** Records one request for messages looks at. */
  inspectedRecordsMax: 2_000,
  /** States kept on the way through one session, so that going back and forth in it is quick. */
  inspectedStatesMax: 512,
  /** Sessions whose states are kept. */
  inspectedSessionsMax: 16,
  /** Changes of mode in the outline of a session. */
  outlineModesMax: 2_000,
  /** Sessions in a list. */
  listedSessionsMax: 5_000,
  /** What a watcher is shown of one text. */
  inspectionTextCharactersMax: 2_000,
  /** One message to a watcher as JSON, UTF-8. */
  inspectionBytesMax: 65_536,
  /** How deep values are nested that a watcher is shown. */
  inspectionDepthMax: 64,
  /** Messages that wait for a watcher; then the oldest are dropped. */
  inspectorBufferMessagesMax: 4_096,
  /** Actors whose last snapshot is kept for a watcher that comes late; the oldest are forgotten. */
  inspectorActorsMax: 4_096,
  /** Handed to a watcher's connection and not yet taken by it. */
  inspectorUnsentBytesMax: 1_048_576,
  /** Attempts to reach a watcher in a row, the first included. */
  inspectorAttemptsMax: 8,
  /** Between two attempts to reach a watcher. */
  inspectorRetryDelayMsMax: 30_000,
  /** How long a watcher may take to answer a connection. */
  inspectorOpenMsMax: 5_000,
  /** How long a connection lasts that counts as a success. */
  inspectorSteadyMs: 30_000,
  /** How long the end of a program waits until a watcher has got the last messages. */
  inspectorFlushMsMax: 1_000,
  /** What a span holds of one text. */
  spanContentCharactersMax: 65_536,
  /** Sessions whose budget the gauges show; those heard of least recently go first. */
  gaugeSessionsMax: 256,
  /** Combinations of attributes that one metric distinguishes; the others are counted together. */
  metricSeriesMax: 2_000,
  /** Spans that wait to be exported; more are dropped. */
  spanQueueMax: 4_096,
  /** Spans in one request to a collector. */
  spanBatchMax: 512,
  /** How long spans wait for others, in milliseconds. */
  spanDelayMs: 1_000,
  /** Between two exports of metrics, in milliseconds. */
  metricIntervalMs: 15_000,
  /** How long one export may take, its retries included, in milliseconds. */
  exportMsMax: 3_000,
  /** How long the end of a program waits for what is not exported yet, in milliseconds. */
  exportFlushMsMax: 3_000
} as const
