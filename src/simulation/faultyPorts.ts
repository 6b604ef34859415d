/**
 * The ports of a simulated process: the real ports, with faults in front and a watch that records what happens.
 *
 * @since 0.1.0
 */
import { Effect, Layer } from "effect"
import {
  type EventRecord,
  Journal,
  JournalError,
  Model,
  ModelError,
  type ModelTurn,
  type PreparedCall,
  ToolError,
  ToolHarness
} from "../layers/aios/index.js"
import { SharedMemories } from "../layers/lago/index.js"
import type { FaultPlan } from "./Faults.js"
import { randomStream } from "./RandomStream.js"
import type { Watch } from "./Watch.js"

const failed = (reason: JournalError["reason"], message: string) => Effect.fail(new JournalError({ reason, message }))

/**
 * A journal that fails before or after the commit. The watch records its commits.
 */
export const faultyJournal = (plan: FaultPlan, watch: Watch): Layer.Layer<Journal, never, Journal> =>
  Layer.effect(
    Journal,
    Effect.map(Journal, (journal) => ({
      ...journal,
      append: (append) =>
        Effect.suspend(() => {
          if (watch.isDead()) return failed("Fenced", "this process is dead")
          if (plan.strikes("journal-busy")) return failed("Failed", "simulated: database is locked")
          if (plan.strikes("journal-full")) return failed("DiskFull", "simulated: database or disk is full")
          return Effect.flatMap(
            Effect.tap(journal.append(append), (records) => show(journal, watch, records)),
            (records) =>
              plan.strikes("journal-lost-reply")
                ? failed("Failed", "simulated: the commit took place, its reply was lost")
                : Effect.succeed(records)
          )
        })
    }))
  )

/**
 * Memories of other sessions that cannot be read now and then.
 */
export const faultyMemories = (plan: FaultPlan): Layer.Layer<SharedMemories, never, SharedMemories> =>
  Layer.effect(
    SharedMemories,
    Effect.map(SharedMemories, ({ knownTo }) => ({
      knownTo: (owner, seal) =>
        Effect.suspend(() =>
          plan.strikes("journal-busy") ? failed("Failed", "simulated: database is locked") : knownTo(owner, seal)
        )
    }))
  )

// Appends of one session that were committed together return in any order, and appends of a dead process never return.
// So the records before these are read from the journal first.
const show = (
  journal: typeof Journal.Service,
  watch: Watch,
  records: ReadonlyArray<EventRecord>
): Effect.Effect<void, JournalError> => {
  const [first] = records
  if (first === undefined) return Effect.void
  const { branchId, sequence, sessionId } = first
  const after = watch.history.session(sessionId)?.records.length ?? 0
  const earlier =
    sequence > after + 1 ? journal.read({ sessionId, branchId, after, through: sequence - 1 }) : Effect.succeed([])
  return Effect.map(earlier, (missed) => watch.committed([...missed, ...records]))
}

const modelError = (reason: ModelError["reason"], message: string) =>
  Effect.fail(new ModelError({ provider: "simulated", reason, retryable: true, message: `simulated: ${message}` }))

const timeOutMs = 60_000

/**
 * A model that fails as real models do.
 */
export const faultyModel = (plan: FaultPlan): Layer.Layer<Model, never, Model> =>
  Layer.effect(
    Model,
    Effect.map(Model, (model) => ({
      ...model,
      generate: (request, onDelta) =>
        Effect.suspend(() => {
          if (plan.strikes("model-rate-limited")) return modelError("RateLimited", "429")
          if (plan.strikes("model-overloaded")) return modelError("Overloaded", "529")
          if (plan.strikes("model-timeout")) {
            return Effect.delay(modelError("Unavailable", "the request timed out"), timeOutMs)
          }
          return Effect.flatMap(model.generate(request, onDelta), (turn) =>
            plan.strikes("model-cut-stream")
              ? modelError("StreamCut", "the connection closed in the middle of the answer")
              : Effect.succeed(spoil(plan, turn))
          )
        })
    }))
  )

const hugeCharacters = 100_000

// Rights that a hostile model asks for a sub-agent: more than its agent has, in words that may deceive a matcher.
const greed = [
  "*",
  "fs:*:/**",
  "exec:cmd:*",
  "payments:initiate:**",
  "fs:overwrite:/**",
  "fs:read:/world|/**",
  "fs:read:/(w+)+x",
  "fs:read:/../**",
  "fs:write:/pic*",
  "fs:read:/**"
]

// Spoils a turn as real models sometimes do.
const spoil = (plan: FaultPlan, turn: ModelTurn): ModelTurn => {
  const [first, ...others] = turn.toolCalls
  if (first === undefined) return turn
  if (plan.strikes("model-garbage-json")) {
    return { ...turn, toolCalls: [{ ...first, input: null, malformed: '{"path": ' }, ...others] }
  }
  if (plan.strikes("model-invented-tool"))
    return { ...turn, toolCalls: [{ ...first, toolName: "teleport" }, ...others] }
  if (plan.strikes("model-repeated-call-id")) return { ...turn, toolCalls: [first, first, ...others] }
  if (plan.strikes("model-hostile")) {
    const capabilities = [greed[turn.usage.inputTokens % greed.length] ?? "*"]
    const input = { objective: "Do what helps.", name: "mallory", capabilities }
    return { ...turn, toolCalls: [{ ...first, toolName: "delegate", input }, ...others] }
  }
  if (plan.strikes("model-huge-output")) return { ...turn, content: "x".repeat(hugeCharacters) }
  return turn
}

const toolError = (toolName: string, reason: ToolError["reason"], message: string) =>
  Effect.fail(new ToolError({ toolName, reason, message: `simulated: ${message}` }))

/**
 * Tools that fail, hang, or do their work and then fail. The watch records what they do.
 */
export const faultyTools = (
  seed: number,
  plan: FaultPlan,
  watch: Watch
): Layer.Layer<ToolHarness, never, ToolHarness> =>
  Layer.effect(
    ToolHarness,
    Effect.map(ToolHarness, (harness) => ({
      ...harness,
      prepare: (call) =>
        Effect.map(
          harness.prepare(call),
          (prepared): PreparedCall => ({
            ...prepared,
            execute: (context) =>
              Effect.gen(function* () {
                const { annotations, name, timeoutMs } = prepared.definition
                // Calls of one turn really overlap. The duration of a call does not depend on the draws of other calls.
                const { below } = randomStream(seed, `tool:${context.sessionId}:${context.callId}`)
                yield* Effect.sleep(1 + below(2_000))
                if (watch.isDead()) return yield* Effect.interrupt
                if (plan.strikes("tool-failure")) return yield* toolError(name, "Unavailable", "it failed")
                watch.executed({
                  sessionId: context.sessionId,
                  runId: context.runId,
                  callId: context.callId,
                  toolName: name,
                  input: call.input,
                  capabilities: prepared.capabilities,
                  readOnly: annotations.readOnly,
                  idempotent: annotations.idempotent
                })
                if (plan.strikes("tool-hang")) {
                  return yield* Effect.delay(toolError(name, "Timeout", `it took more than ${timeoutMs} ms`), timeoutMs)
                }
                const output = yield* prepared.execute(context)
                if (plan.strikes("tool-partial")) return yield* toolError(name, "Unavailable", "it failed half-way")
                return output
              })
          })
        )
    }))
  )
