/**
 * The one place that knows every live layer: from options to a running system of agents.
 *
 * @since 0.1.0
 */
import { Effect, Either, Layer } from "effect"
import { basename, join, resolve } from "node:path"
import { ActorSystem, type ActorSystemOptions } from "./actors/index.js"
import {
  type BlobStore,
  type Identity,
  type IdentityError,
  Ids,
  type Journal,
  type JournalError,
  type Model,
  type ModelError
} from "./layers/aios/index.js"
import { FileIdentity } from "./layers/anima/index.js"
import { Hooks, ModelRouter, Providers } from "./layers/arcan/index.js"
import { Autonomic } from "./layers/autonomic/index.js"
import { SqliteJournal } from "./layers/lago/index.js"
import { Praxis } from "./layers/praxis/index.js"
import type { Telemetry } from "./layers/vigil/index.js"

/**
 * How a Life is set up. Everything has a default. `context` has the name of the workspace, and as instructions its
 * `AGENTS.md` or else its `CLAUDE.md`, read once when the system starts; give an empty text to leave that out.
 *
 * @since 0.1.0
 * @category models
 */
export interface LifeOptions extends ActorSystemOptions {
  /** The folder the agents work in; the current one unless given. */
  readonly workspace?: string
  /** Where the journal and the key are kept; `.life` in the workspace unless given. The agents cannot reach into it. */
  readonly dataDir?: string
  /**
   * The model to think with: the built-in offline `scout` unless given, `anthropic` (reads `ANTHROPIC_API_KEY`), `openai`
   * (reads `OPENAI_API_KEY`), `ollama`, or a layer of your own.
   */
  readonly provider?: Providers.Provider | Layer.Layer<Model, ModelError>
  /** The model's name, for a provider that has several. */
  readonly model?: string
  /**
   * The models to ask when that one does not answer, in this order: `provider:model`, or `provider` for its default.
   */
  readonly fallback?: ReadonlyArray<string>
  /** More models that agents may ask for by name (`SpawnOptions.model`, `ModelSwitch`), written in the same way. */
  readonly models?: ReadonlyArray<string>
  /** Where scout writes its report, from the workspace root; `life-report.md` unless given. */
  readonly reportPath?: string
  /** Tools beside the built-in ones. */
  readonly tools?: Praxis.Options["tools"]
  /** What is asked before and after model and tool calls, and told of sessions and runs. */
  readonly hooks?: ReadonlyArray<Hooks.Hooks>
  /** Whether a commit waits for the disk (`full`, survives a power cut) or not (`normal`); `full` unless given. */
  readonly synchronous?: "full" | "normal"
  /** Traces and measures the agents; nobody does unless given. */
  readonly telemetry?: Layer.Layer<Telemetry.Telemetry, Telemetry.TelemetryError>
  /** Numbers of the mode arithmetic that differ from the defaults. */
  readonly thresholds?: Partial<Autonomic.Thresholds>
}

/**
 * Everything that can keep a Life from starting.
 *
 * @since 0.1.0
 * @category errors
 */
export type LifeError =
  | JournalError
  | IdentityError
  | ModelError
  | Praxis.PraxisError
  | Telemetry.TelemetryError
  | Autonomic.ThresholdsError

/**
 * What a Life provides: the system, and what it stands on.
 *
 * @since 0.1.0
 * @category services
 */
export type LifeServices = ActorSystem | Journal | BlobStore | Identity | Model | ModelRouter.ModelSwitch

/**
 * A system of agents with a durable journal.
 *
 * @since 0.1.0
 * @category layers
 * @example
 * ```ts
 * import { Effect } from "effect"
 * import { ActorSystem, Life } from "life-agent-os"
 *
 * const program = Effect.gen(function*() {
 *   const system = yield* ActorSystem
 *   const agent = yield* system.spawn({ name: "scribe" })
 *   return yield* agent.run("Survey this folder")
 * })
 *
 * export const main = Effect.provide(program, Life.layer({ workspace: ".", provider: "scout" }))
 * ```
 */
export const layer = (options: LifeOptions = {}): Layer.Layer<LifeServices, LifeError> => {
  const workspace = resolve(options.workspace ?? ".")
  const dataDir = resolve(options.dataDir ?? defaultDataDir(workspace))
  const { synchronous } = options
  const store = Layer.mergeAll(
    SqliteJournal.layer({ dataDir, ...(synchronous === undefined ? {} : { synchronous }) }),
    FileIdentity.layer({ dataDir })
  )
  return assemble(options, workspace, [dataDir, defaultDataDir(workspace)], store, Ids.layer)
}

/**
 * The same system with its journal in memory and a key and ids made from a seed: for tests and experiments. Everything
 * is gone when the layer is released.
 *
 * @since 0.1.0
 * @category layers
 */
export const layerMemory = (
  options: Omit<LifeOptions, "dataDir" | "synchronous"> & { readonly seed?: number } = {}
): Layer.Layer<LifeServices, LifeError> => {
  const { seed = 1 } = options
  const store = Layer.mergeAll(SqliteJournal.layerMemory, FileIdentity.layerSeeded(seed))
  const workspace = resolve(options.workspace ?? ".")
  return assemble(options, workspace, [defaultDataDir(workspace)], store, Ids.layerSeeded(seed))
}

const assemble = (
  options: LifeOptions,
  workspace: string,
  protectedPaths: ReadonlyArray<string>,
  store: Layer.Layer<Journal | BlobStore | Identity, JournalError | IdentityError>,
  ids: Layer.Layer<Ids>
): Layer.Layer<LifeServices, LifeError> => {
  const { hooks = [], tools } = options
  const harness = Praxis.layer({ workspace, protectedPaths, ...(tools === undefined ? {} : { tools }) })
  const models = modelLayer(options)
  const ports = Layer.mergeAll(ids, Autonomic.layer(options.thresholds), Hooks.aroundTools(hooks, harness))
  const agents = Layer.unwrapEffect(
    Effect.map(Praxis.instructions(workspace), (instructions) =>
      ActorSystem.layer({
        ...options,
        context: { workspace: basename(workspace), ...(instructions && { instructions }), ...options.context }
      })
    )
  )
  const system = agents.pipe(
    Layer.provide(ports),
    Layer.provide(Hooks.besideJournal(hooks)),
    Layer.provideMerge(Layer.mergeAll(store, models, Hooks.aroundModel(hooks, models)))
  )
  return options.telemetry === undefined ? system : Layer.provide(system, options.telemetry)
}

// Where another Life of the same workspace may keep its journal, it is out of bounds as well.
const defaultDataDir = (workspace: string): string => join(workspace, ".life")

// Also one model alone goes through a router: it answers for the names that sessions ask for, and can be switched.
const modelLayer = (options: LifeOptions): Layer.Layer<Model | ModelRouter.ModelSwitch, ModelError> => {
  const { fallback = [], model, models = [], provider = "scout", reportPath } = options
  const named = { ...(model === undefined ? {} : { model }), ...(reportPath === undefined ? {} : { reportPath }) }
  const first = typeof provider === "string" ? Providers.layerOf(provider, named) : provider
  return Effect.forEach([...new Set([...fallback, ...models])], (spec) =>
    Either.map(Providers.parseSpec(spec), (parsed) => ({
      name: spec,
      model: Providers.layerOf(parsed.provider, { ...named, ...parsed })
    }))
  ).pipe(
    Effect.map((others) => ModelRouter.layer({ models: [{ model: first }, ...others], fallback })),
    Layer.unwrapEffect
  )
}
