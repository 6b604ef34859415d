/**
 * Deterministic simulation: a whole system of agents in virtual time, with faults, from one seed.
 *
 * The product is the real one, including its journal. The simulation replaces only the clock, the scheduler, the
 * sources of randomness and ids, and the parts behind the ports: model and tools. Time and randomness of the host
 * follow.
 *
 * @since 0.1.0
 */
import { HttpClient } from "@effect/platform"
import { Cause, type Context, Effect, Exit, Layer, Logger, Random, Scope } from "effect"
import { ActorSystem, type ActorSystemOptions } from "../actors/index.js"
import {
  BlobStore,
  type EventRecord,
  type Identity,
  Ids,
  Inspector,
  type Journal,
  type JournalError,
  type Model,
  namesThereAre,
  type SpawnError,
  type Subsystem,
  Telemetry,
  type ToolHarness
} from "../layers/aios/index.js"
import { FileIdentity } from "../layers/anima/index.js"
import { Autonomic } from "../layers/autonomic/index.js"
import { type SharedMemories, SqliteJournal } from "../layers/lago/index.js"
import { Praxis, type Tool } from "../layers/praxis/index.js"
import { defaultSubsystems } from "../Life.js"
import { Decisions, type Departure } from "./Decisions.js"
import { type Fault, FaultPlan, faultNames, Faults } from "./Faults.js"
import { faultyJournal, faultyMemories, faultyModel, faultyTools } from "./faultyPorts.js"
import { withVirtualHost } from "./host.js"
import { invariants } from "./invariants.js"
import { rightsAreSigned } from "./invariants/rights.js"
import type { Invariant } from "./invariants/Invariant.js"
import { Kernel, type KernelLimits, SimulationError } from "./Kernel.js"
import { clientOf, type Network } from "./network/Network.js"
import { pages } from "./network/pages.js"
import { observed } from "./observed.js"
import { quietInstruments } from "./quiet.js"
import { randomStream } from "./RandomStream.js"
import { load, unseen } from "./recorded.js"
import { chooserOf, type Schedule, scheduleOf, sliceStepsOf } from "./schedule.js"
import { settled } from "./settled.js"
import type { SimulationResult } from "./SimulationResult.js"
import { tamper } from "./hostileDisk.js"
import { Watch } from "./Watch.js"
import { scriptedModel, scriptedTools } from "./world/scripted.js"

/**
 * Options of a simulation. Each but the seed has a default.
 *
 * @since 0.1.0
 * @category models
 */
export interface SimulationOptions {
  /** 0 to 2^53 - 1. */
  readonly seed: number
  /** The faults that the seed may draw from: `all`, or some by name. @default none */
  readonly faults?: "all" | ReadonlyArray<Fault>
  /** Way of choosing the next runnable fiber. @default drawn from the seed */
  readonly schedule?: Schedule
  readonly limits?: Partial<KernelLimits & { readonly crashesMax: number }>
  /** The model. @default a scripted one that does a bit of everything */
  readonly model?: Layer.Layer<Model, never, HttpClient.HttpClient>
  /**
   * The tools: those of `Life.layer({ tools })`, or a whole harness; those of the default
   * subsystems come with them. @default scripted ones that do a bit of everything
   */
  readonly tools?:
    | ReadonlyArray<Tool.Tool<HttpClient.HttpClient>>
    | Layer.Layer<ToolHarness, Tool.ToolDefinitionError, HttpClient.HttpClient>
  /** The servers that can be reached through `HttpClient`, by origin, besides the one of the scripted tools. */
  readonly network?: Network
  /** Options of the system. @default drawn from the seed: some seeds have room for few idle agents */
  readonly system?: Omit<ActorSystemOptions, "subsystems">
  readonly thresholds?: Partial<Autonomic.Thresholds>
  /** Rules beside those of the product. */
  readonly invariants?: ReadonlyArray<Invariant>
  /** A recorded journal to start from. */
  readonly recorded?: ReadonlyArray<EventRecord>
  /**
   * Departures from the result of an earlier run. The simulation takes exactly these, faults included, and draws none.
   */
  readonly replay?: ReadonlyArray<Departure>
  /** Replaces the journal of the process under test; for tests of the simulation itself. */
  readonly journal?: (layer: Layer.Layer<Journal, JournalError>) => Layer.Layer<Journal, JournalError>
  /** Watches the agents. The run is the same with and without it. */
  readonly inspector?: Layer.Layer<Inspector>
  /**
   * Traces and measures the agents. The run is the same with and without it. The layer must be built without promises.
   */
  readonly telemetry?: Layer.Layer<Telemetry>
  /** Called with each record as it becomes durable. */
  readonly onRecord?: (record: EventRecord) => void
}

/**
 * Services that a simulated program may use.
 *
 * @since 0.1.0
 * @category models
 */
export type SimulationServices = ActorSystem | Journal | SharedMemories | Identity | Faults | HttpClient.HttpClient

const limitsDefault = { virtualMsMax: 30 * 86_400_000, tasksMax: 20_000_000, crashesMax: 8 }

// 2026-01-01T00:00:00Z
const startMs = 1_767_225_600_000

const clockJumpMsMax = 3_600_000

/**
 * Runs a program to its end in virtual time. When the simulated process dies, the simulation starts the program again
 * on the journal it left behind, as a service manager would. Write the program so that it can go on from there.
 *
 * Synchronous. Throws nothing but a {@link SimulationError} for invalid options.
 *
 * @since 0.1.0
 * @category running
 * @example
 * ```ts
 * import { Effect } from "effect"
 * import { ActorSystem } from "life-agent-os"
 * import { Simulation } from "life-agent-os/simulation"
 *
 * const program = Effect.gen(function* () {
 *   const system = yield* ActorSystem.ActorSystem
 *   const agent = yield* system.spawn({ name: "scribe", sessionId: "scribe" })
 *   return yield* agent.run("Do a bit of everything")
 * })
 *
 * const { digest, violations } = Simulation.run(program, { seed: 1 })
 * console.log(digest, violations)
 * ```
 */
export const run = <A, E>(
  program: Effect.Effect<A, E, SimulationServices>,
  options: SimulationOptions
): SimulationResult<A, E> => {
  const { seed } = options
  if (!Number.isSafeInteger(seed) || seed < 0) {
    throw new SimulationError({
      reason: "InvalidOptions",
      message: `a seed is a whole number from 0 to 2^53 - 1, not ${seed}`
    })
  }
  const limits = { ...limitsDefault, ...options.limits }
  const decisions = new Decisions(seed, options.replay)
  // A replay draws nothing, so only the faults that it names can strike.
  const allowed = options.faults === "all" || options.replay !== undefined ? faultNames : faultsOf(options.faults)
  const plan = new FaultPlan(seed, allowed, decisions)
  const servers = options.tools === undefined ? { ...pages, ...options.network } : (options.network ?? {})
  const network = Layer.succeed(HttpClient.HttpClient, clientOf(servers, seed, plan, decisions))
  const watch = new Watch(
    [
      ...invariants.filter((rule) => rule !== rightsAreSigned || options.recorded === undefined),
      ...(options.invariants ?? [])
    ],
    options.onRecord ?? (() => {}),
    options.thresholds
  )
  const schedule = options.schedule ?? scheduleOf(seed)
  const kernel = new Kernel(startMs, chooserOf(schedule, decisions), limits, sliceStepsOf(schedule, decisions))
  const jumps = decisions.stream("clock-jump")
  const scope = Effect.runSync(Scope.make())
  const store = Effect.runSync(Scope.extend(SqliteJournal.makeSurviving, scope))
  // Built outside the simulated process, so that building these layers adds no step to the run.
  const watchers = Effect.runSync(Scope.extend(Layer.build(watchersOf(options)), scope))
  let crashes = 0
  let exit:
    | Exit.Exit<A, E | JournalError | SpawnError | Autonomic.ThresholdsError | Subsystem.SubsystemError>
    | undefined
  let error: SimulationError | undefined
  const hazards = {
    dies: () => crashes < limits.crashesMax && plan.strikes("crash"),
    jumps: () => (plan.strikes("clock-jump") ? jumps.below(clockJumpMsMax) : 0)
  }
  const atDeath = () => {
    watch.killed(true)
    Effect.runSync(store.kill)
  }
  // Runs outside the simulated process, without faults.
  const outside = (effect: Effect.Effect<ReadonlyArray<EventRecord>, JournalError, Journal | Identity>) =>
    watch.committed(
      Effect.runSync(
        effect.pipe(Effect.provide(Layer.merge(store.layer, FileIdentity.layerSeeded(seed))), Effect.orDie)
      )
    )
  const live = () => {
    if (options.recorded !== undefined) outside(load(options.recorded))
    for (;;) {
      watch.history.begin()
      const life = Layer.provideMerge(process(options, store.layer, plan, watch, watchers, crashes), network)
      exit = kernel.run(
        program.pipe(
          Effect.tap(settled(plan, watch.history)),
          Effect.provide(life),
          Effect.withRandom(Random.make(`${seed}:${crashes}`))
        ),
        hazards,
        atDeath
      )
      if (exit !== undefined) break
      crashes++
      watch.killed(false)
      outside(unseen(watch.history))
      const hostile = Effect.provide(tamper(plan, watch, store), FileIdentity.layerSeeded(seed))
      Effect.runSync(Effect.orDie(Effect.withRandom(hostile, Random.make(`${seed}:tampering`))))
    }
  }
  try {
    withVirtualHost(() => kernel.now, randomStream(seed, "host"), live)
  } catch (cause) {
    if (!(cause instanceof SimulationError)) throw cause
    error = cause
    watch.note("the program ends", cause.message, {})
  } finally {
    Effect.runSync(Scope.close(scope, Exit.void))
  }
  watch.ended(exit !== undefined && exit._tag === "Success")
  if (exit?._tag === "Failure") watch.note("the program succeeds", messageOf(exit.cause), {})
  const counts = [...plan.counts]
  return {
    seed,
    exit,
    error,
    digest: watch.history.digest,
    events: watch.history.events,
    virtualMs: kernel.elapsedMs,
    tasks: kernel.tasks,
    crashes,
    faults: Object.fromEntries(counts.map(([fault, { fired }]) => [fault, fired])),
    unfired: counts.flatMap(([fault, { fired }]) => (fired === 0 ? [fault] : [])),
    violations: watch.violations,
    departures: decisions.departures,
    unused: decisions.unused,
    history: watch.history
  }
}

const faultsOf = (names: ReadonlyArray<Fault> = []): ReadonlyArray<Fault> => {
  const unknown = names.find((name) => !faultNames.includes(name))
  if (unknown === undefined) return names
  const message = `there is no fault ${JSON.stringify(unknown)}; ${namesThereAre(unknown, faultNames)}`
  throw new SimulationError({ reason: "InvalidOptions", message })
}

// Inspector and telemetry are outside the simulated process, and outlive it.
const watchersOf = ({
  inspector = Layer.effect(Inspector, Inspector),
  telemetry = Layer.succeed(Telemetry, { instruments: quietInstruments })
}: SimulationOptions) => Layer.merge(inspector, telemetry)

// One life of the simulated process.
const process = (
  options: SimulationOptions,
  store: Layer.Layer<SqliteJournal.Services, JournalError>,
  plan: FaultPlan,
  watch: Watch,
  watchers: Context.Context<Inspector | Telemetry>,
  life: number
): Layer.Layer<
  Exclude<SimulationServices, HttpClient.HttpClient>,
  JournalError | SpawnError | Autonomic.ThresholdsError | Subsystem.SubsystemError,
  HttpClient.HttpClient
> => {
  const { model = scriptedModel(options.seed), tools = scriptedTools } = options
  const harness = "pipe" in tools ? tools : Praxis.layerWithoutFiles(tools)
  const journal = faultyJournal(plan, watch).pipe(Layer.provide(options.journal?.(store) ?? store))
  const ports = Layer.mergeAll(
    // The blobs are in the same database, also when an option replaces the journal.
    Layer.project(store, BlobStore, BlobStore, (blobs) => blobs),
    faultyModel(plan).pipe(Layer.provide(model)),
    faultyTools(options.seed, plan, watch).pipe(Layer.provide(Layer.orDie(harness))),
    Autonomic.layer(options.thresholds),
    Layer.succeedContext(watchers),
    Logger.remove(Logger.defaultLogger)
  )
  const kept = Layer.mergeAll(
    journal,
    faultyMemories(plan).pipe(Layer.provide(store)),
    FileIdentity.layerSeeded(options.seed),
    // A restarted process must not make the ids of the process before again.
    Ids.layerSeeded(options.seed * 31 + life),
    Layer.succeed(Faults, {
      strikes: (fault) => plan.strikes(fault),
      stop: () => plan.stop()
    })
  )
  const system = ActorSystem.layer({
    ...(options.system ?? systemOf(options.seed)),
    subsystems: defaultSubsystems
  }).pipe(
    // A defect ends the program, and the result says why.
    Layer.catchAll((error) => (error._tag === "PolicyError" ? Layer.die(error) : Layer.fail(error))),
    Layer.provide(ports)
  )
  return observed(system, watch).pipe(Layer.provideMerge(kept))
}

// Half of the seeds have room for few idle agents, so that agents are passivated and loaded all the time.
const systemOf = (seed: number): ActorSystemOptions => {
  const random = randomStream(seed, "system")
  return random.chance(0.5) ? { idleAgentsMax: random.below(3) } : {}
}

const messageOf = (cause: Cause.Cause<unknown>): string => {
  const error = Cause.squash(cause)
  return error instanceof Error ? error.message : String(error)
}
