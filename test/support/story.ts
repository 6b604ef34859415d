/**
 * Scripts for agents, and readings of their journals.
 */
import { assert } from "@effect/vitest"
import { Chunk, Deferred, Effect, Stream } from "effect"
import { ActorSystem } from "../../src/actors/ActorSystem.js"
import { replay } from "../../src/actors/replay.js"
import type { SpawnOptions } from "../../src/actors/SpawnOptions.js"
import {
  type EventKind,
  type EventKindOf,
  type EventRecord,
  isRawKind,
  Journal,
  mainBranch,
  type ModelError,
  nextPhase,
  phasesOf,
  type RawKind,
  Subsystem,
  type ToolCallRequest
} from "../../src/layers/aios/index.js"
import { ScriptedModel } from "../../src/layers/arcan/index.js"
import { Memory } from "../../src/layers/lago/index.js"
import { SessionFold, sessionFold } from "../../src/machines/index.js"

export type Turn = ScriptedModel.ScriptedTurn | Effect.Effect<ScriptedModel.ScriptedTurn, ModelError>

/** A model that says one turn after the other, and `done` when there are no more. */
export const scripted = (...turns: ReadonlyArray<Turn>) =>
  ScriptedModel.layer((_, turn) => turns[turn] ?? { content: "done" })

/**
 * A turn that asks for calls of these tools; ids are `<tool>-<number>` unless the names carry one, as in `look#7`, which
 * then stands in the arguments as well.
 */
export const calls = (...names: ReadonlyArray<string>): ScriptedModel.ScriptedTurn => ({
  toolCalls: names.map((name, index): ToolCallRequest => {
    const [toolName = "", id] = name.split("#")
    const input = id === undefined ? { n: index } : { n: index, id }
    return { callId: id ?? `${toolName}-${index}`, toolName, input }
  })
})

/** Every event of a session. */
export const records = (sessionId: string): Effect.Effect<ReadonlyArray<EventRecord>, never, Journal> =>
  Effect.flatMap(Journal, (journal) =>
    journal
      .stream({ sessionId, branchId: mainBranch })
      .pipe(Stream.runCollect, Effect.map(Chunk.toReadonlyArray), Effect.orDie)
  )

/** The fold of an agent that remembers. For an agent without memory, it folds the rest. */
export const fold = new SessionFold([Memory.memory])

type Known = EventKind | Memory.MemoryKind

/** The bodies of one type, in order. */
export const ofType = <T extends Known["type"]>(
  all: ReadonlyArray<Pick<EventRecord, "kind">>,
  type: T
): ReadonlyArray<Extract<Known, { readonly type: T }>> =>
  all.flatMap((record) => {
    const kind = fold.kinds.decode(record.kind)
    return kind.type === type ? [kind as Extract<Known, { readonly type: T }>] : []
  })

/** Outcome of each call: call id, tool and status, in the order of the outcomes. */
export const outcomes = (all: ReadonlyArray<EventRecord>): ReadonlyArray<string> => {
  const tools = new Map(ofType(all, "ToolCall").map((call) => [call.callId, call.toolName]))
  return ofType(all, "ToolResult").map(({ callId, status }) => `${tools.get(callId)} ${status}`)
}

/** Error of a refused or failed call, as the model read it. */
export const errorOf = ({ output }: EventKindOf<"ToolResult">): string =>
  typeof output === "object" && output !== null && "error" in output ? String(output.error) : ""

/** Checks what holds for every journal of an agent, and that replaying it by a fold finds no difference. */
export const checkStory = Effect.fnUntraced(function* (sessionId: string, by = sessionFold) {
  const all = yield* records(sessionId)
  const kinds = all.flatMap(({ kind }) => (isRawKind(kind) ? [] : [kind]))
  assert.isFalse(
    all.some(({ kind }) => Subsystem.isRaw(fold.kinds.decode(kind))),
    "every body can be read back"
  )
  checkPhases(kinds)
  checkCalls(kinds)
  checkRuns(kinds)
  checkBudgets(kinds)
  const { difference, stateHash } = yield* replay(yield* Journal, { sessionId, branchId: mainBranch }, by)
  assert.strictEqual(difference, undefined)
  return { all, stateHash }
})

/** Waits until no agent works: the last events of a tick are written after the waiters for the run were told. */
export const untilIdle = Effect.flatMap(ActorSystem, (system) =>
  Effect.iterate(true, {
    while: (busy) => busy,
    body: () =>
      Effect.yieldNow().pipe(
        Effect.zipRight(system.list),
        Effect.map((agents) => agents.some(({ status }) => status === "awake"))
      )
  })
)

/** Spawns the one agent of a story. */
export const spawn = (name = "scribe", options: Partial<SpawnOptions> = {}) =>
  Effect.flatMap(ActorSystem, (system) => system.spawn({ name, ...options }))

/**
 * A body as bodies of one phase each, where it is the entry into several: how many phases share a record depends on
 * time.
 */
export const phaseByPhase = (kind: EventKind | RawKind): ReadonlyArray<EventKind | RawKind> =>
  kind.type !== "PhaseEntered"
    ? [kind]
    : phasesOf(kind).map((phase) => ({
        type: "PhaseEntered",
        phase,
        ...(phase === "act" && kind.plan !== undefined ? { plan: kind.plan } : {})
      }))

const checkPhases = (kinds: ReadonlyArray<EventKind>): void => {
  let phase: EventKindOf<"PhaseEntered">["phase"] = "perceive"
  for (const kind of kinds) {
    if (kind.type !== "PhaseEntered") continue
    for (const entered of phasesOf(kind)) {
      assert.strictEqual(entered, nextPhase(phase))
      phase = entered
    }
  }
}

const checkCalls = (kinds: ReadonlyArray<EventKind>): void => {
  const open = new Set<string>()
  for (const kind of kinds) {
    if (kind.type === "ToolCall") {
      assert.isFalse(open.has(kind.callId), `${kind.callId} is asked for while it is open`)
      open.add(kind.callId)
    } else if (kind.type === "ToolResult") {
      assert.isTrue(open.delete(kind.callId), `${kind.callId} has an outcome without a call, or two`)
    } else if (kind.type === "RunFinished" || kind.type === "RunErrored") {
      assert.deepStrictEqual([...open], [], "a run ends with calls that have no outcome")
    }
  }
}

const checkRuns = (kinds: ReadonlyArray<EventKind>): void => {
  let open: string | undefined
  for (const kind of kinds) {
    if (kind.type === "RunStarted") {
      assert.strictEqual(open, undefined, "a run starts inside another")
      open = kind.runId
    } else if (kind.type === "RunFinished" || kind.type === "RunErrored") {
      assert.strictEqual(kind.runId, open)
      open = undefined
    }
  }
}

const checkBudgets = (kinds: ReadonlyArray<EventKind>): void => {
  for (const kind of kinds) {
    if (kind.type === "StateEstimated") assert.isTrue(Object.values(kind.budget).every((left) => left >= 0))
  }
}

/** Says when it is reached and whether it was interrupted, and never ends by itself. */
export const endless = Effect.gen(function* () {
  const reached = yield* Deferred.make<void>()
  const interrupted = yield* Deferred.make<void>()
  const effect = Deferred.succeed(reached, undefined).pipe(
    Effect.zipRight(Effect.async<never>(() => {})),
    Effect.onInterrupt(() => Deferred.succeed(interrupted, undefined))
  )
  return { reached: Deferred.await(reached), interrupted, effect }
})
