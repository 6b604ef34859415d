/**
 * Act: carries the plan out: one model turn, or the calls that passed the gate.
 *
 * @since 0.1.0
 */
import { Clock, Effect, Either } from "effect"
import {
  askedModel,
  deadline,
  effectOf,
  type EventKind,
  type EventKindOf,
  Limits,
  pathsChanged,
  pathScope,
  pathsRead,
  type PendingCall,
  type PolicySet,
  type RawKind,
  ToolError
} from "../../layers/aios/index.js"
import { fixedTokens } from "../../machines/index.js"
import { compact } from "../context/compact.js"
import { compileContext, isTooSmall, requestOf, tooSmallMessage } from "../context/request.js"
import type { Services } from "../sockets/services.js"
import type { CallOutput, PreparedTool } from "../sockets/Sockets.js"
import { ModelCall } from "../telemetry/ModelCall.js"
import { inside, within } from "../telemetry/Operation.js"
import { ToolExecution } from "../telemetry/ToolExecution.js"
import { runsBeside } from "./interruption.js"
import { eventsPerCall, isBeyond, refuse, tooMany } from "./refusals.js"
import { noteOf } from "./repetition.js"
import type { Acting, Mind, TickPorts } from "./Tick.js"
import { checkedTurn, failureOf, turnEvents } from "./turn.js"
import { verdictOn } from "./verdict.js"

export const act = <E>(acting: Acting<E>, ports: TickPorts): Effect.Effect<void, E, Services> => {
  switch (acting.mind.state.plan) {
    case "think":
      return think(acting, ports)
    case "tools":
      return runTools(acting, ports)
    default:
      return Effect.void
  }
}

const think = Effect.fnUntraced(function* <E>(acting: Acting<E>, ports: TickPorts) {
  const { emit, mind, onDelta } = acting
  // If the journal already holds the answer, the process died between two appends; the model is not asked twice.
  if (mind.state.act.thought) return
  const context = compileContext(mind, ports, yield* ports.sockets.blocks(mind))
  if (isTooSmall(context)) {
    const message = tooSmallMessage(context, askedModel(ports.model, mind.state.model))
    return emit([{ type: "ModelFailed", reason: "ContextTooSmall", retryable: false, message }])
  }
  yield* compact(acting, ports, context)
  const request = requestOf(mind, ports, context)
  const tokens = fixedTokens(request) + mind.transcript.tokens
  yield* within(mind.telemetry && new ModelCall(mind.telemetry, ports.model, request), (call) =>
    Effect.matchEffect(
      inside(
        call,
        Effect.flatMap(
          ports.sockets.aroundModel(request, (asked) => ports.model.generate(asked, onDelta), mind),
          (turn) => checkedTurn(turn, askedModel(ports.model, mind.state.model).provider)
        )
      ),
      {
        onSuccess: (turn) => {
          call?.answered(turn)
          return Effect.map(turnEvents(turn, tokens, ports), (kinds) => emit(kinds, call?.span))
        },
        onFailure: (error) => {
          const failure = failureOf(error)
          call?.failed(failure.reason, failure.message)
          return Effect.sync(() => emit([failure], call?.span))
        }
      }
    )
  )
})

const runTools = Effect.fnUntraced(function* <E>(acting: Acting<E>, ports: TickPorts) {
  const calls = acting.mind.state.calls.filter((call) => call.status === "started")
  let doubtful = acting.inDoubt
  // A gate may look at earlier calls, so the calls of a turn must not all pass it at once.
  const { hasGates } = ports.sockets
  let changed = false
  let together: Array<{ readonly call: PendingCall; readonly prepared: PreparedTool }> = []
  const { eventsPerTurnMax } = acting.mind.state.policy
  let events = 0
  const counting: Acting<E> = {
    ...acting,
    emit: (kinds, span) => {
      events += kinds.filter(({ type }) => type !== "ToolResult").length
      acting.emit(kinds, span)
    }
  }
  const runTogether = Effect.suspend(() => {
    const beside = together.length > 1 && together.some(({ prepared }) => changesSomething(prepared))
    const [first = Effect.void, ...others] = together.map(({ call, prepared }) =>
      run(counting, ports, call, prepared, beside)
    )
    together = []
    // A single call needs no fiber of its own.
    return others.length === 0
      ? first
      : Effect.all([first, ...others], { concurrency: Limits.toolConcurrencyMax, discard: true })
  })
  for (const call of calls) {
    events += eventsPerCall
    const decided = acting.mind.prepared.get(call.callId)
    if (hasGates && together.some(({ prepared }) => changesSomething(prepared)) && !isBeside(decided)) {
      yield* runTogether
      changed = true
    }
    const prepared = yield* Effect.either(prepare(acting.mind, ports, call, changed && hasGates))
    if (isBeyond(eventsPerTurnMax, events)) {
      acting.emit([tooMany(call, eventsPerTurnMax)])
    } else if (Either.isLeft(prepared)) {
      const { error, ready } = prepared.left
      // The call may have run before the process died, and only now fails the gate.
      const ran = doubtful && ready !== undefined
      acting.emit([ran ? unknown(call, ready) : failed(call, undefined, error, 0)])
    } else if (runsBeside(prepared.right.definition.annotations)) {
      together.push({ call, prepared: prepared.right })
    } else {
      yield* runTogether
      // A resuming process must know which change may have been made, so changes run one at a time, each after the
      // outcome of the one before is durable.
      yield* acting.flush
      if (doubtful && !prepared.right.definition.annotations.idempotent) acting.emit([unknown(call, prepared.right)])
      else yield* run(counting, ports, call, prepared.right)
      changed = true
    }
    // A change begins when everything before it is durable, so only the first call without an outcome may have begun.
    doubtful = false
  }
  yield* runTogether
})

const isBeside = (prepared: PreparedTool | undefined): boolean =>
  prepared !== undefined && runsBeside(prepared.definition.annotations)

// The error of a call that cannot run any more, and the prepared call, if it could be prepared.
interface Unready {
  readonly error: ToolError
  readonly ready?: PreparedTool
}

const prepare = (
  mind: Mind,
  { sockets, tools }: TickPorts,
  call: PendingCall,
  again: boolean
): Effect.Effect<PreparedTool, Unready, Services> => {
  const decided = mind.prepared.get(call.callId)
  if (decided !== undefined && !again) return Effect.succeed(decided)
  // An earlier process decided the call, or Decide did before other calls of this act: the verdict may have changed.
  return Effect.gen(function* () {
    const ready = yield* Effect.mapError(
      tools.prepare(call, () => mind),
      (error) => ({ error })
    )
    const { capabilities, definition } = ready
    const gated = { callId: call.callId, input: call.input, definition, capabilities }
    const verdict = verdictOn(mind.state, call, capabilities, yield* sockets.decide(gated, mind))
    const { approved, decision } = verdict
    const lets = approved || mind.snapshot.hasTag(effectOf(definition.annotations, capabilities))
    if (lets && (decision === "allow" || (decision === "require_approval" && approved))) return ready
    const message =
      decision === "deny"
        ? verdict.message
        : `The call of ${definition.name} has changed since it was allowed: ` +
          (verdict.reason ?? `it needs ${capabilities.join(", ") || "a right that it does not have"} now`) +
          ". Make the call again for a new decision."
    return yield* Effect.fail({
      error: new ToolError({ toolName: definition.name, reason: "PolicyViolation", message }),
      ready
    })
  })
}

const run = <E>(
  { mind, emit }: Acting<E>,
  ports: TickPorts,
  call: PendingCall,
  prepared: PreparedTool,
  besideChange = false
): Effect.Effect<void, never, Services> =>
  Effect.suspend(() =>
    within(mind.telemetry && new ToolExecution(mind.telemetry, call), (execution) =>
      Effect.gen(function* () {
        const { callId } = call
        const runId = mind.state.run?.runId ?? ""
        const context = { sessionId: mind.sessionId, runId, callId }
        const from = yield* Clock.currentTimeMillis
        const { capabilities, definition } = prepared
        const around = ports.sockets.aroundTool(
          { callId, input: call.input, definition, capabilities },
          prepared.execute(context),
          mind
        )
        const work = withinPolicy(mind.state.policy, prepared, around)
        const result = yield* Effect.either(inside(execution, work))
        const durationMs = (yield* Clock.currentTimeMillis) - from
        if (Either.isLeft(result)) execution?.failed(result.left.reason, result.left.message)
        const outcome = Either.isRight(result)
          ? succeeded(call, prepared, result.right, durationMs, besideChange)
          : failed(call, prepared, result.left, durationMs)
        execution?.came(outcome.status, outcome.output)
        emit([outcome, ...effectsOf(result)], execution?.span)
      })
    )
  )

// The harness enforces the time limit of the tool; the limit of the policy may be tighter.
const withinPolicy = (
  { toolRuntimeMsMax }: PolicySet,
  { definition: { name, timeoutMs } }: PreparedTool,
  work: Effect.Effect<CallOutput, ToolError, Services>
): Effect.Effect<CallOutput, ToolError, Services> => {
  if (toolRuntimeMsMax === undefined || toolRuntimeMsMax >= timeoutMs) return work
  const message = `${name} took longer than the ${toolRuntimeMsMax} ms the policy allows and was stopped; ask for less at once`
  const onTimeout = () => new ToolError({ toolName: name, reason: "Timeout", message })
  return deadline(work, { ms: toolRuntimeMsMax, name: `the tool ${name}`, onTimeout })
}

const succeeded = (
  call: PendingCall,
  prepared: PreparedTool,
  { files, output, used }: CallOutput,
  durationMs: number,
  besideChange: boolean
): EventKindOf<"ToolResult"> => ({
  type: "ToolResult",
  callId: call.callId,
  status: "ok",
  output,
  durationMs,
  ...used,
  ...noteOf(call),
  // A read that ran beside a change may have seen the content before the change, so it checks nothing.
  ...(besideChange && !changesSomething(prepared) ? {} : touched(prepared, files))
})

const changesSomething = ({ capabilities, definition }: PreparedTool): boolean =>
  effectOf(definition.annotations, capabilities) !== "reads"

// The changes that a check must read, or the paths that the call has read.
const touched = (
  prepared: PreparedTool,
  files: CallOutput["files"] = []
): Pick<EventKindOf<"ToolResult">, "changes" | "reads"> => {
  const { capabilities } = prepared
  if (!changesSomething(prepared)) return { reads: pathsRead(capabilities) }
  const written = files.flatMap(({ path }) => pathScope(path) ?? [])
  return { changes: [...new Set([...pathsChanged(capabilities), ...written])] }
}

// The effects of a call, for one append with its result: both become durable together.
const effectsOf = (result: Either.Either<CallOutput, ToolError>): ReadonlyArray<EventKind | RawKind> =>
  Either.isLeft(result)
    ? []
    : [
        ...(result.right.files ?? []).map((file): EventKind => ({ type: "FileWritten", ...file })),
        ...(result.right.events ?? [])
      ]

const failed = (
  call: PendingCall,
  prepared: PreparedTool | undefined,
  error: ToolError,
  durationMs: number
): EventKindOf<"ToolResult"> => ({
  type: "ToolResult",
  callId: call.callId,
  status: error.reason === "Timeout" ? "timeout" : error.reason === "PolicyViolation" ? "denied" : "error",
  output: { error: error.message },
  durationMs: Math.max(durationMs, 0),
  ...noteOf(call),
  // A call that was stopped in the middle may have changed something.
  ...(error.reason === "Timeout" && prepared !== undefined ? changesOf(touched(prepared)) : {})
})

const changesOf = ({ changes }: ReturnType<typeof touched>) => (changes === undefined ? {} : { changes })

const unknown = (call: PendingCall, prepared: PreparedTool): EventKind => ({
  ...refuse(
    call,
    "unknown",
    `The process died while ${call.toolName} ran, and a second run may do harm. ` +
      "Check with a read-only tool whether the call took effect before you make it again."
  ),
  ...changesOf(touched(prepared))
})
