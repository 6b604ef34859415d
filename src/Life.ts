/**
 * The one place that combines all live layers: it makes a running system of agents from options.
 *
 * `layer` is `layerPorts` provided to `layerCore`. The core requires the ports in its type. To replace a port, leave
 * its default out and provide another.
 *
 * @since 0.1.0
 * @module
 */
import { type ConfigError, Effect, Layer, Schema } from "effect"
import { basename, resolve } from "node:path"
import {
  ActorSystem,
  type ActorSystemOptions,
  type ActorSystemPorts,
  type SubsystemPorts,
  type Subsystems
} from "./actors/index.js"
import {
  lifeCode,
  type JournalError,
  Model,
  type ModelError,
  type PolicyError,
  type SpawnError,
  type Subsystem
} from "./layers/aios/index.js"
import { Hooks, type Models, type Providers } from "./layers/arcan/index.js"
import { Praxis, type Tool } from "./layers/praxis/index.js"
import type { Telemetry } from "./layers/vigil/index.js"
import {
  layerPorts,
  layerPortsMemory,
  type LifePorts,
  type MemoryOptions,
  type PortError,
  type PortOptions,
  portTags,
  type PortsLayer
} from "./Life/ports.js"
import { settings } from "./Life/settings.js"
import { type DefaultSubsystem, leaveOut } from "./Life/subsystems.js"

export {
  layerPorts,
  layerPortsMemory,
  type LifePorts,
  type MemoryOptions,
  type PortError,
  type PortOptions,
  type PortsLayer,
  type PortTag,
  type Replaced
} from "./Life/ports.js"
export { settings, type LifeSettings } from "./Life/settings.js"
export { defaultSubsystems, type DefaultSubsystem, sessionFold } from "./Life/subsystems.js"

/**
 * Options of the core: the system of agents and the layers around its ports. `context` has the name of the workspace,
 * and as instructions the text of its `AGENTS.md` or else of its `CLAUDE.md`. The file is read once, when the system
 * starts. Give empty instructions to leave the file out.
 *
 * @since 0.1.0
 * @category models
 */
export interface CoreOptions<L extends Subsystems = readonly []> extends ActorSystemOptions<L> {
  /** The folder the agents work in. @default "." */
  readonly workspace?: string
  /** Files that must not be instructions, beside those of `Praxis.sensitiveFiles`. The tools have the same option. @default none */
  readonly sensitiveFiles?: ReadonlyArray<Praxis.SensitiveFile>
  /** Hooks: asked before and after model and tool calls, and told of sessions and runs. @default none */
  readonly hooks?: ReadonlyArray<Hooks.Hooks>
  /** Subsystems behind the default ones. @default none */
  readonly subsystems?: L
  /**
   * Names of default subsystems and of their tools to leave out. The ports read the names of other tools. @default none
   */
  readonly without?: ReadonlyArray<string>
  /** Traces and measures the agents. @default none */
  readonly telemetry?: Layer.Layer<Telemetry.Telemetry, Telemetry.TelemetryError>
}

/**
 * Options of a Life. Each has a default.
 *
 * @since 0.1.0
 * @category models
 */
export interface LifeOptions<
  T extends Tool.Tool<unknown> = Tool.Tool,
  P extends Models.AnyProvider = Providers.Provider | Layer.Layer<Model, ModelError>,
  F extends Models.AnyModel = string | Models.NamedModel,
  M extends Models.AnyModel = string | Models.NamedModel,
  L extends Subsystems = readonly []
> extends CoreOptions<L>,
    PortOptions<T, P, F, M> {
  /** True for a Life inside another one: this Life uses its own ports, not the ports around it. @default false */
  readonly nested?: boolean
}

/**
 * Everything that can keep a Life from starting.
 *
 * @since 0.1.0
 * @category errors
 */
export type LifeError =
  | PortError
  | PolicyError
  | SpawnError
  | Telemetry.TelemetryError
  | AmbientPortError
  | Subsystem.SubsystemError

/**
 * Services that a Life provides: the system and its ports.
 *
 * @since 0.1.0
 * @category services
 */
export type LifeServices = ActorSystem | LifePorts

/**
 * Says that a port is provided around a Life that brings its own. The types cannot tell which of the two is meant.
 *
 * @since 0.1.0
 * @category errors
 */
export class AmbientPortError extends Schema.TaggedError<AmbientPortError>("life-agent-os/AmbientPortError")(
  "AmbientPortError",
  {
    /** The names of the ports, such as `Journal`. */
    ports: Schema.Array(Schema.String),
    /** Tells what happened and what to do next. */
    message: Schema.String
  }
) {
  get code() {
    return lifeCode(this)
  }
}

/**
 * The layer of a whole Life.
 *
 * @since 0.1.0
 * @category models
 */
export type LifeLayer<
  T extends Tool.Tool<unknown>,
  P extends Models.AnyProvider,
  F extends Models.AnyModel,
  M extends Models.AnyModel,
  E = never,
  L extends Subsystems = readonly []
> = Layer.Layer<
  LifeServices,
  LifeError | Layer.Layer.Error<PortsLayer<T, P, F, M>> | Subsystem.Failures<L[number]> | E,
  Layer.Layer.Context<PortsLayer<T, P, F, M>> | Exclude<SubsystemPorts<L>, LifePorts>
>

/**
 * Ports that the core of a Life requires: those of the system and of the default subsystems.
 *
 * @since 0.1.0
 * @category services
 */
export type CorePorts = ActorSystemPorts | SubsystemPorts<ReadonlyArray<DefaultSubsystem>>

/**
 * A system of agents on ports that the caller provides; its type names all of them. Gives the system, and the model
 * with the hooks around it.
 *
 * @since 0.1.0
 * @category layers
 */
export const layerCore = <const L extends Subsystems = readonly []>(
  options: CoreOptions<L> = {}
): Layer.Layer<
  ActorSystem | Model,
  | JournalError
  | PolicyError
  | SpawnError
  | Tool.ToolDefinitionError
  | Telemetry.TelemetryError
  | Subsystem.SubsystemError
  | Subsystem.Failures<L[number]>,
  CorePorts | SubsystemPorts<L>
> => {
  const { hooks = [], sensitiveFiles, subsystems = [], telemetry, without } = options
  const workspace = resolve(options.workspace ?? ".")
  const agents = Layer.unwrapEffect(
    Effect.map(
      Effect.all([leaveOut(without), Praxis.instructions(workspace, { sensitiveFiles })]),
      ([left, instructions]) =>
        ActorSystem.layer<ReadonlyArray<DefaultSubsystem | L[number]>>({
          ...options,
          subsystems: [...(hooks.length === 0 ? [] : [Hooks.subsystem(hooks)]), ...left.subsystems, ...subsystems],
          context: { workspace: basename(workspace), ...(instructions && { instructions }), ...options.context }
        })
    )
  )
  const system = Layer.merge(agents, Hooks.aroundModel(hooks, Layer.effect(Model, Model)))
  return telemetry === undefined ? system : Layer.provide(system, telemetry)
}

/**
 * A system of agents with a durable journal.
 *
 * Requires what your own tools and models require. Fails with an {@link AmbientPortError} when a port is provided to
 * it, because it has its own ports. To replace a port, see {@link layerPorts}.
 *
 * @since 0.1.0
 * @category layers
 * @example
 * ```ts
 * import { Effect } from "effect"
 * import { ActorSystem, Life } from "life-agent-os"
 *
 * const program = Effect.gen(function*() {
 *   const system = yield* ActorSystem.ActorSystem
 *   const agent = yield* system.spawn({ name: "scribe" })
 *   return yield* agent.run("Survey this folder")
 * })
 *
 * export const main = Effect.provide(program, Life.layer({ workspace: ".", provider: "scout" }))
 * ```
 */
export const layer = <
  T extends Tool.Tool<unknown> = never,
  P extends Models.AnyProvider = never,
  F extends Models.AnyModel = never,
  M extends Models.AnyModel = never,
  const L extends Subsystems = readonly []
>(
  options: LifeOptions<T, P, F, M, L> = {}
): LifeLayer<T, P, F, M, never, L> => alone(options, layerCore(options), layerPorts(options))

/**
 * The same system on the ports of {@link layerPortsMemory}: for tests and experiments. Only the journal, the blobs and
 * the identity are in memory: built-in tools read and write the real `workspace`. Give the folder of a test, or
 * `without` the tools that write.
 *
 * @since 0.1.0
 * @category layers
 */
export const layerMemory = <
  T extends Tool.Tool<unknown> = never,
  P extends Models.AnyProvider = never,
  F extends Models.AnyModel = never,
  M extends Models.AnyModel = never,
  const L extends Subsystems = readonly []
>(
  options: MemoryOptions<LifeOptions<T, P, F, M, L>> = {}
): LifeLayer<T, P, F, M, never, L> => alone(options, layerCore(options), layerPortsMemory(options))

/**
 * A system of agents with the {@link settings} of the environment. An option replaces the setting of the same name.
 *
 * @since 0.1.0
 * @category layers
 */
export const layerConfig = <
  T extends Tool.Tool<unknown> = never,
  P extends Models.AnyProvider = never,
  F extends Models.AnyModel = never,
  M extends Models.AnyModel = never,
  const L extends Subsystems = readonly []
>(
  options: LifeOptions<T, P, F, M, L> = {}
): LifeLayer<T, P, F, M, ConfigError.ConfigError, L> =>
  Layer.unwrapEffect(
    Effect.map(settings, (given) =>
      layer<T, P | Providers.Provider, F | string, M | string, L>({ ...given, ...options })
    )
  )

// `Layer.provide` takes any layer, so the types cannot refuse a port for a Life that has all of them.
const alone = <E, R, EC, RC>(
  { nested = false }: { readonly nested?: boolean },
  core: Layer.Layer<ActorSystem | Model, EC, RC>,
  ports: Layer.Layer<LifePorts, E, R>
) =>
  Layer.unwrapEffect(
    Effect.flatMap(Effect.context<never>(), (around) => {
      const names = Object.entries(portTags).flatMap(([name, { key }]) => (around.unsafeMap.has(key) ? [name] : []))
      return nested || names.length === 0
        ? Effect.succeed(Layer.provideMerge(core, ports))
        : new AmbientPortError({ ports: names, message: ambientMessage(names) })
    })
  )

const ambientMessage = (names: ReadonlyArray<string>): string =>
  `${names.join(", ")}: provided around a Life that brings its own and would not use what is provided. To replace a port, ` +
  `leave its default out: Life.layerCore(options).pipe(Layer.provideMerge(Layer.merge(mine, Life.layerPorts({ ...options, ` +
  `except: [${names.map(exported).join(", ")}] })))). For a Life inside another Life, say nested: true.`

const exported = (port: string): string => `${modules[port] ?? port}.${port}`

// Two ports are exported by the module of a larger part.
const modules: { readonly [port: string]: string } = { SharedMemories: "Memory", ModelSwitch: "ModelRouter" }
