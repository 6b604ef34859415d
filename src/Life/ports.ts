/**
 * Ports of a Life and their default layers.
 *
 * @since 0.1.0
 */
import { Context, Effect, Layer } from "effect"
import { join, resolve } from "node:path"
import {
  BlobStore,
  Homeostat,
  Identity,
  type IdentityError,
  Ids,
  Journal,
  type JournalError,
  Model,
  type ModelError,
  ToolHarness
} from "../layers/aios/index.js"
import { FileIdentity } from "../layers/anima/index.js"
import { ModelRouter, Models, type Providers } from "../layers/arcan/index.js"
import { Autonomic } from "../layers/autonomic/index.js"
import { SharedMemories, SqliteJournal } from "../layers/lago/index.js"
import { Praxis, type Tool } from "../layers/praxis/index.js"
import { leaveOut } from "./subsystems.js"

/**
 * The ports by their names.
 *
 * @since 0.1.0
 * @category constants
 */
export const portTags = {
  Journal,
  BlobStore,
  SharedMemories,
  Identity,
  Ids,
  Model,
  ModelSwitch: ModelRouter.ModelSwitch,
  ToolHarness,
  Homeostat
} as const

/**
 * The tag of a port, such as `Journal`.
 *
 * @since 0.1.0
 * @category models
 */
export type PortTag = (typeof portTags)[keyof typeof portTags]

/**
 * Every port of a Life.
 *
 * @since 0.1.0
 * @category services
 */
export type LifePorts = Context.Tag.Identifier<PortTag>

/**
 * Ports that are left out together with a port: the default journal brings the blobs and the shared memories, and the
 * default model its switch.
 *
 * @since 0.1.0
 * @category models
 */
export type Replaced<X extends PortTag> = X extends typeof Journal
  ? Journal | BlobStore | SharedMemories
  : X extends typeof Model
    ? Model | ModelRouter.ModelSwitch
    : Context.Tag.Identifier<X>

/**
 * Options of the default ports. `T` are your own tools, and `P`, `F` and `M` your own models: the layer has their
 * requirements and errors. Options of a port that is left out are not read.
 *
 * @since 0.1.0
 * @category models
 */
export interface PortOptions<
  T extends Tool.Tool<unknown> = Tool.Tool,
  P extends Models.AnyProvider = Providers.Provider | Layer.Layer<Model, ModelError>,
  F extends Models.AnyModel = string | Models.NamedModel,
  M extends Models.AnyModel = string | Models.NamedModel
> extends Models.Options<P, F, M> {
  /** The folder the agents work in. @default "." */
  readonly workspace?: string
  /**
   * Accepts as workspace the home directory, a directory above it, the root of the file system, or the directory of
   * another user. @default false
   */
  readonly wideWorkspace?: boolean
  /** Files that need an approval by default, beside those of `Praxis.sensitiveFiles`. @default none */
  readonly sensitiveFiles?: ReadonlyArray<Praxis.SensitiveFile>
  /** The folder of the journal and the key; the agents cannot reach into it. @default `.life` in the workspace */
  readonly dataDir?: string
  /** `full`: a commit waits for the disk and survives a power cut; `normal`: it does not wait. @default "full" */
  readonly synchronous?: "full" | "normal"
  /** Tools beside the built-in ones. @default none */
  readonly tools?: ReadonlyArray<T>
  /**
   * Names of the built-in tools, the default subsystems and their tools to leave out, such as `write_file`. An unknown
   * name keeps a Life from starting. @default none
   */
  readonly without?: ReadonlyArray<string>
  /** Numbers of the mode arithmetic that differ from the defaults. */
  readonly thresholds?: Partial<Autonomic.Thresholds>
}

/**
 * Everything that can keep the default ports from being built.
 *
 * @since 0.1.0
 * @category errors
 */
export type PortError = JournalError | IdentityError | ModelError | Praxis.PraxisError

// Ports that models may use. Tools may use these and the ports of the models.
type Ground = Exclude<LifePorts, ToolHarness | Model | ModelRouter.ModelSwitch>

/**
 * The layer of the default ports, without those of `X`. It requires what tools and models require and no port provides.
 *
 * @since 0.1.0
 * @category models
 */
export type PortsLayer<
  T extends Tool.Tool<unknown>,
  P extends Models.AnyProvider,
  F extends Models.AnyModel,
  M extends Models.AnyModel,
  X extends PortTag = never
> = Layer.Layer<
  Exclude<LifePorts, Replaced<X>>,
  PortError | Models.ErrorOf<P, F, M>,
  | Exclude<Models.RequirementsOf<P, F, M>, Exclude<Ground, Replaced<X>>>
  | Exclude<Tool.Requirements<T>, Exclude<LifePorts, ToolHarness | Replaced<X>>>
>

/**
 * The default ports. Ports named by `except` are left out of the type and not built: provide your own beside the layer.
 * `BlobStore` and `SharedMemories` go with `Journal`, and `ModelSwitch` with `Model`.
 *
 * @since 0.1.0
 * @category layers
 * @example
 * ```ts
 * import { Layer } from "effect"
 * import { Autonomic, Homeostat, Life } from "life-agent-os"
 *
 * const calm = Autonomic.layer({ errorStreakMax: 5 })
 *
 * export const life = Life.layerCore().pipe(
 *   Layer.provideMerge(Layer.merge(calm, Life.layerPorts({ except: [Homeostat.Homeostat] })))
 * )
 * ```
 */
export const layerPorts = <
  T extends Tool.Tool<unknown> = never,
  P extends Models.AnyProvider = never,
  F extends Models.AnyModel = never,
  M extends Models.AnyModel = never,
  X extends PortTag = never
>(
  options: PortOptions<T, P, F, M> & { readonly except?: ReadonlyArray<X> } = {}
): PortsLayer<T, P, F, M, X> => {
  const workspace = resolve(options.workspace ?? ".")
  const dataDir = resolve(options.dataDir ?? defaultDataDir(workspace))
  return portsOf(options, [dataDir, defaultDataDir(workspace)], {
    store: SqliteJournal.layer({
      dataDir,
      ...(options.synchronous === undefined ? {} : { synchronous: options.synchronous })
    }),
    identity: FileIdentity.layer({ dataDir }),
    ids: Ids.layer
  })
}

/**
 * The default ports with a journal in memory, and a key and ids made from a seed: for tests and experiments. The
 * journal is gone when the layer is released; files that agents write to the workspace stay.
 *
 * @since 0.1.0
 * @category layers
 */
export const layerPortsMemory = <
  T extends Tool.Tool<unknown> = never,
  P extends Models.AnyProvider = never,
  F extends Models.AnyModel = never,
  M extends Models.AnyModel = never,
  X extends PortTag = never
>(
  options: MemoryOptions<PortOptions<T, P, F, M>> & { readonly except?: ReadonlyArray<X> } = {}
): PortsLayer<T, P, F, M, X> => {
  const { seed = 1 } = options
  return portsOf(options, [defaultDataDir(resolve(options.workspace ?? "."))], {
    store: SqliteJournal.layerMemory,
    identity: FileIdentity.layerSeeded(seed),
    ids: Ids.layerSeeded(seed)
  })
}

/**
 * Options of a Life without a data directory.
 *
 * @since 0.1.0
 * @category models
 */
export type MemoryOptions<O> = Omit<O, "dataDir" | "synchronous"> & {
  /** Seed of the key and the ids. @default 1 */
  readonly seed?: number
}

interface Stored {
  readonly store: Layer.Layer<SqliteJournal.Services, JournalError>
  readonly identity: Layer.Layer<Identity, IdentityError>
  readonly ids: Layer.Layer<Ids>
}

const portsOf = <
  T extends Tool.Tool<unknown>,
  P extends Models.AnyProvider,
  F extends Models.AnyModel,
  M extends Models.AnyModel,
  X extends PortTag
>(
  options: Omit<PortOptions<T, P, F, M>, "dataDir" | "synchronous"> & { readonly except?: ReadonlyArray<X> },
  protectedPaths: ReadonlyArray<string>,
  { identity, ids, store }: Stored
): PortsLayer<T, P, F, M, X> => {
  const { except = [], sensitiveFiles, thresholds, tools, wideWorkspace, without } = options
  const left: ReadonlyArray<PortTag> = except
  const unless = <E, R>(port: PortTag, layer: Layer.Layer<never, E, R>): Layer.Layer<never, E, R> =>
    left.includes(port) ? Layer.succeedContext(Context.empty()) : Layer.map(layer, Context.omit(...left))
  const workspace = resolve(options.workspace ?? ".")
  // The key comes first: a journal without a key is one that has lost its key.
  const ground = Layer.mergeAll(
    Layer.provideMerge(unless(Journal, store), unless(Identity, identity)),
    unless(Ids, ids),
    unless(Homeostat, Autonomic.layer(thresholds))
  )
  const models = unless(Model, Models.layer(options))
  const hands = Effect.map(leaveOut(without), (left) =>
    Praxis.layer({ workspace, wideWorkspace, protectedPaths, sensitiveFiles, tools, without: left.tools })
  )
  const harness = unless(ToolHarness, Layer.unwrapEffect(hands))
  const ports = harness.pipe(Layer.provideMerge(models), Layer.provideMerge(ground))
  // The set of ports depends on a value; test/Life/ports.types.ts checks what the type says of it.
  return ports as PortsLayer<T, P, F, M, X>
}

// Another Life of the same workspace may keep its journal here, so the agents cannot reach into this folder either.
const defaultDataDir = (workspace: string): string => join(workspace, ".life")
