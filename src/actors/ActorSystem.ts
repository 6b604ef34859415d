/**
 * The root actor: spawns agents, finds them, watches them and resumes agents that a crash interrupted.
 *
 * @since 0.1.0
 */
import { Context, Effect, Either, ExecutionStrategy, Layer, Option, Runtime, Scope } from "effect"
import {
  BlobStore,
  defaultPolicy,
  defaultSoul,
  Homeostat,
  Identity,
  Ids,
  Inspector,
  isUnusable,
  Journal,
  type JournalError,
  Limits,
  LookupError,
  Model,
  parsePolicy,
  type PolicyError,
  Redactor,
  rootActorId,
  SpawnError,
  type Subsystem,
  Telemetry,
  ToolHarness
} from "../layers/aios/index.js"
import { agentMachine, agentSharing, makeSharedStepper, SessionFold, supervisionFlaw } from "../machines/index.js"
import type { ActorSystemOptions, SubsystemPorts, Subsystems } from "./ActorSystemOptions.js"
import { makeAgents } from "./agentsPort.js"
import type { AgentActor } from "./agent/AgentActor.js"
import { AgentRuntime } from "./agent/AgentRuntime.js"
import { makeGiveUp } from "./agent/giveUp.js"
import type { Agent } from "./Agent.js"
import { denyOverdue } from "./commands/approvals.js"
import { makeAgent } from "./commands/handle.js"
import { lastEvents, makeStop } from "./commands/shutdown.js"
import { checkSpawn, configured, isSessionId, parseConfig } from "./checkSpawn.js"
import { Feed } from "./feed.js"
import { deliver } from "./agent/mailbox.js"
import { makeInheritance } from "./inheritance.js"
import { type AgentInfo, Registry } from "./Registry.js"
import { merge } from "./sockets/merge.js"
import type { SocketEntry } from "./sockets/Sockets.js"
import type { SpawnOptions } from "./SpawnOptions.js"
import type { Program, ProgramOptions } from "./supervision/Program.js"
import { Programs } from "./supervision/Programs.js"
import type { SuperviseError } from "./supervision/SuperviseError.js"
import { makeRecovery } from "./supervision/recovery.js"
import { Supervisor } from "./supervision/Supervisor.js"
import { Timers } from "./supervision/Timers.js"
import { SystemTelemetry } from "./telemetry/SystemTelemetry.js"
import type { TickPorts } from "./tick/Tick.js"
import { toolsOf } from "./tools.js"

/**
 * The ports that a system of agents requires.
 *
 * @since 0.1.0
 * @category models
 */
export type ActorSystemPorts = Journal | BlobStore | Model | ToolHarness | Homeostat | Identity | Ids

/**
 * A system of agents.
 *
 * @since 0.1.0
 * @category services
 */
export class ActorSystem extends Context.Tag("life-agent-os/ActorSystem")<
  ActorSystem,
  {
    /** Starts an agent. Succeeds when the journal holds its session. */
    readonly spawn: (options: SpawnOptions) => Effect.Effect<Agent, SpawnError | JournalError>
    /** The agent with this name or session id. A session of an earlier process is found by its id only. */
    readonly get: (nameOrSessionId: string) => Effect.Effect<Agent, LookupError | JournalError>
    /** Every contribution of a subsystem, in the order in which it is asked. */
    readonly sockets: ReadonlyArray<SocketEntry>
    /** The agents of this system, in the order in which they were started. */
    readonly list: Effect.Effect<ReadonlyArray<AgentInfo>>
    /**
     * Runs a program as a child of the root or of an agent, beside agents. The supervisor restarts the program after a
     * failure, with its strategy, delays and intensity. The program is interrupted when its parent stops or the system
     * ends. Succeeds when the program has been started.
     *
     * @example
     * ```ts
     * import { Effect, Schedule } from "effect"
     * import { ActorSystem } from "life-agent-os"
     *
     * const poll = Effect.repeat(Effect.log("looking for mail"), Schedule.spaced("1 minute"))
     *
     * export const program = Effect.gen(function* () {
     *   const system = yield* ActorSystem.ActorSystem
     *   const clerk = yield* system.spawn({ name: "clerk" })
     *   const mail = yield* system.supervise({ name: "mail", parent: clerk }, poll)
     *   yield* clerk.run("Sort the notes")
     *   yield* mail.stop
     * })
     * ```
     */
    readonly supervise: <A, E, R>(
      options: ProgramOptions,
      program: Effect.Effect<A, E, R>
    ) => Effect.Effect<Program<A, E>, SuperviseError, R>
  }
>() {
  /**
   * A system over a journal, a model and tools. Fails with a PolicyError when the policy of the system is invalid, and
   * with a SpawnError when its supervision is.
   */
  static readonly layer = <const L extends Subsystems = readonly []>(
    options: ActorSystemOptions<L> = {}
  ): Layer.Layer<
    ActorSystem,
    JournalError | PolicyError | SpawnError | Subsystem.SubsystemError | Subsystem.Failures<L[number]>,
    ActorSystemPorts | SubsystemPorts<L>
  > => Layer.scoped(ActorSystem, make(options))
}

const make = Effect.fnUntraced(function* <const L extends Subsystems>(options: ActorSystemOptions<L>) {
  const systemPolicy = yield* parsePolicy(options.policy ?? defaultPolicy)
  const flaw = supervisionFlaw(options.supervision ?? {})
  if (flaw !== undefined) {
    const message = `the supervision of the system does not fit. ${flaw}`
    return yield* new SpawnError({ agent: rootActorId, reason: "InvalidSupervision", message })
  }
  const journal = yield* Journal
  const model = yield* Model
  const ids = yield* Ids
  const clock = yield* Effect.clock
  const root = new Supervisor(options.supervision ?? {}, undefined)
  const stop = makeStop()
  const registry = new Registry(root, {
    stop,
    wake: (agent) => runtime.wake(agent),
    giveUp: (agent, message) => giveUp(agent, message),
    close: (agent) =>
      runtime.closeRun(agent, lastEvents).pipe(
        // Nothing can be written there, and its parent must not be kept from stopping.
        Effect.catchIf(isUnusable, ({ message }) =>
          Effect.logWarning(`${agent.name} is stopped without a record of it: ${message}`)
        ),
        Effect.map(() => {
          forget(agent)
          runtime.passivate(agent)
        })
      )
  })
  const { agents } = registry
  const harness = yield* ToolHarness
  if (harness.definitions.length > 0 && !harness.definitions.some(({ annotations }) => annotations.readOnly)) {
    yield* Effect.logWarning(
      "No tool only reads: an agent begins in Explore, where it must read before it changes anything. Add a tool with " +
        "the annotation readOnly, or raise the threshold exploreUncertainty."
    )
  }
  // Without the option the list is empty, although the type `L` may name subsystems.
  const subsystems = options.subsystems ?? ([] as unknown as L)
  const sockets = yield* merge(subsystems, {
    agents: makeAgents({
      agents,
      spawn: (options) => spawn(options),
      get: (name) => get(name),
      isClosing: () => runtime.closing
    }),
    toolNames: harness.definitions.map(({ name }) => name)
  })
  const fold = new SessionFold(subsystems)
  const answered = new Set<string>()
  const ports: TickPorts = {
    model,
    tools: toolsOf(harness, sockets),
    sockets,
    homeostat: yield* Homeostat,
    blobs: yield* BlobStore,
    warnsOfApproval: (runId = "") => (options.approvalWarnings ?? true) && !answered.has(runId),
    context: options.context ?? {},
    approvalTimeoutMs: options.approvalTimeoutMs ?? Limits.approvalTimeoutMs,
    newId: () => ids.ulidAt(clock.unsafeCurrentTimeMillis())
  }
  const log = Runtime.runFork(yield* Effect.runtime<never>())
  const feed = new Feed(yield* Inspector, yield* Redactor, fold, (problem) => void log(Effect.logError(problem)))
  const { thresholds } = ports.homeostat
  const machine = makeSharedStepper(agentMachine, agentSharing)
  const { report } = sockets
  const pen = { journal, ids, identity: yield* Identity, clock, feed, thresholds, machine, fold, report }
  const { instruments } = yield* Telemetry
  feed.rooted(root, clock.unsafeCurrentTimeMillis())
  // Runs after all agents have come to rest.
  yield* Effect.addFinalizer(() =>
    Effect.map(programs.close(), () => {
      root.stop()
      feed.supervised(root, { type: "Stop" }, clock.unsafeCurrentTimeMillis())
      agents.forEach(({ telemetry }) => telemetry?.close())
    })
  )
  const idleAgentsMax = options.idleAgentsMax ?? Limits.idleAgentsMax
  const toolNames = new Set(ports.tools.definitions.map(({ name }) => name))
  const telemetry = instruments && new SystemTelemetry(instruments, clock, journal, toolNames)
  const timers = new Timers<AgentActor>(clock)
  const { drive = true } = options
  const scope = yield* Scope.fork(yield* Effect.scope, ExecutionStrategy.sequential)
  const recover = makeRecovery(clock, feed, scope)
  const runtime = new AgentRuntime(pen, ports, answered, scope, { drive, idleAgentsMax }, timers, telemetry, recover)
  const giveUp = makeGiveUp(runtime, scope)
  const programs = new Programs(registry, {
    feed,
    clock,
    scope,
    recover,
    // A program has no journal, so a JournalError cannot occur.
    stop: (program) => Effect.orDie(stop(program)),
    isClosing: () => runtime.closing
  })
  // Runs before the agents come to rest.
  yield* Effect.addFinalizer(() =>
    Effect.sync(() => {
      runtime.closing = true
    })
  )
  yield* Effect.forkScoped(timers.run((agent) => denyOverdue(runtime, agent)))

  const handle = (agent: AgentActor): Agent => makeAgent(runtime, agent, agent.stop(), model)

  const forget = (agent: AgentActor): void => {
    registry.remove(agent)
    feed.forget(agent.sessionId)
  }

  const { inherit, parentOf, sessionOf } = makeInheritance(journal, yield* Identity, registry)

  const spawn = Effect.fnUntraced(function* (options: SpawnOptions) {
    const config = yield* parseConfig(options, model)
    const known = options.sessionId === undefined ? Option.none() : yield* sessionOf(options.sessionId)
    const sessionId = options.sessionId ?? (yield* ids.ulid)
    const recorded = Option.isSome(known) ? { ...known.value, parentId: yield* parentOf(sessionId) } : undefined
    // The check comes after every step that waits, so that no other caller can take the name in between.
    const problem = checkSpawn(options, registry, recorded)
    if (problem !== undefined) return yield* problem
    const parentId = options.parent?.sessionId ?? recorded?.parentId
    const agent = registry.add(sessionId, options, parentId, recorded !== undefined)
    if (recorded !== undefined) {
      yield* Effect.gen(function* () {
        const { state } = yield* runtime.load(agent)
        if (configured(state, config).length === 0) return
        yield* deliver(runtime, agent, { type: "system" }, SpawnError, (state) =>
          Either.right({ kinds: configured(state, config), value: undefined })
        )
      }).pipe(Effect.onError(() => Effect.sync(() => forget(agent))))
      // Wakes an idle or parked agent too, so that it records its resumption.
      yield* runtime.wake(agent)
      return handle(agent)
    }
    yield* Effect.gen(function* () {
      const live = yield* runtime.load(agent)
      live.emit(
        [
          {
            type: "SessionCreated",
            name: options.name,
            agentId: sessionId,
            ...(parentId === undefined ? {} : { parentId }),
            policy: systemPolicy,
            ...config,
            soul: { ...defaultSoul, name: options.name, ...config.soul }
          }
        ],
        { type: "system" }
      )
      yield* live.flush()
    }).pipe(Effect.onError(() => Effect.sync(() => forget(agent))))
    return handle(agent)
  })

  const get = Effect.fnUntraced(function* (nameOrSessionId: string) {
    const known = registry.find(nameOrSessionId)
    if (known !== undefined) return handle(known)
    const session = isSessionId(nameOrSessionId) ? yield* sessionOf(nameOrSessionId) : Option.none()
    if (Option.isSome(session)) return handle(yield* inherit(session.value))
    return yield* new LookupError({
      agent: nameOrSessionId,
      reason: "NotFound",
      message: `there is no agent or session ${nameOrSessionId}; \`life sessions\` lists the sessions of a data directory`
    })
  })

  if (options.resume !== false) {
    for (const { sessionId } of yield* journal.openRuns) {
      yield* Effect.flatMap(sessionOf(sessionId), (session) =>
        Option.isNone(session)
          ? Effect.void
          : // No caller can have begun to stop an agent yet, so a LookupError is a defect.
            Effect.flatMap(Effect.catchTag(inherit(session.value), "LookupError", Effect.die), (agent) => agent.wake())
      ).pipe(
        // A session that is damaged must not keep the others from going on.
        Effect.catchIf(isUnusable, ({ message }) =>
          Effect.logError(`the session ${sessionId} is not resumed: ${message}`)
        )
      )
    }
  }

  return {
    sockets: sockets.describe(),
    spawn,
    get,
    list: Effect.sync(() => registry.list()),
    supervise: <A, E, R>(options: ProgramOptions, program: Effect.Effect<A, E, R>) =>
      programs.supervise(options, program)
  }
})
