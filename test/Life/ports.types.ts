/**
 * Programs with a Life that must compile, and programs that must not: the compiler is the test, because an expected
 * error that does not come is one.
 */
// The language service would report the compile errors that are expected here.
// @effect-diagnostics missingEffectContext:off
import type { HttpClient } from "@effect/platform"
import { type ConfigError, Context, Effect, Layer, Schema } from "effect"
import {
  ActorSystem,
  type BlobStore,
  type Event,
  Homeostat,
  type Identity,
  Ids,
  Journal,
  Life,
  type Memory,
  Model,
  ModelRouter,
  Tool,
  type ToolHarness
} from "life-agent-os"
import { Simulation } from "life-agent-os/simulation"

type Equal<A, B> = (<X>() => X extends A ? 1 : 2) extends <X>() => X extends B ? 1 : 2 ? true : false
const same = <A, B>(_: Equal<A, B>): void => {}

const program = Effect.flatMap(ActorSystem.ActorSystem, ({ list }) => list)
type Of<L extends Layer.Layer.Any> = Layer.Layer.Context<L>

// The core requires every port.
const core = Life.layerCore()
same<
  Of<typeof core>,
  | Journal.Journal
  | BlobStore.BlobStore
  | Memory.SharedMemories
  | Identity.Identity
  | Ids.Ids
  | Model.Model
  | ToolHarness.ToolHarness
  | Homeostat.Homeostat
>(true)
// @ts-expect-error -- no port is provided
Effect.runPromise(Effect.provide(program, core))

// A port that is left out is missing until another takes its place.
const withoutJournal = core.pipe(Layer.provide(Life.layerPorts({ except: [Journal.Journal] })))
same<Of<typeof withoutJournal>, Journal.Journal | BlobStore.BlobStore | Memory.SharedMemories>(true)
// @ts-expect-error -- the journal is left out, and nothing takes its place
Effect.runPromise(Effect.provide(program, withoutJournal))
declare const journal: Layer.Layer<Journal.Journal>
declare const blobs: Layer.Layer<BlobStore.BlobStore | Memory.SharedMemories>
// @ts-expect-error -- the blobs and the shared memories went with the journal
Effect.runPromise(Effect.provide(program, Layer.provide(withoutJournal, journal)))
Effect.runPromise(Effect.provide(program, Layer.provide(withoutJournal, Layer.merge(journal, blobs))))
const ports = Life.layerPorts({ except: [Model.Model, Homeostat.Homeostat] })
same<
  Layer.Layer.Success<typeof ports>,
  Journal.Journal | BlobStore.BlobStore | Memory.SharedMemories | Identity.Identity | Ids.Ids | ToolHarness.ToolHarness
>(true)
const memory = Life.layerPortsMemory({ seed: 2, except: [Ids.Ids] })
same<Of<typeof memory>, never>(true)
// @ts-expect-error -- ids were left out
export const ids: Layer.Layer<Ids.Ids, unknown> = memory
// @ts-expect-error -- the system of agents is no port
Life.layerPorts({ except: [ActorSystem.ActorSystem] })

// A Life requires the services of its tools that no port gives.
class Database extends Context.Tag("test/Database")<Database, { readonly rows: number }>() {}
class Mail extends Context.Tag("test/Mail")<Mail, { readonly sent: number }>() {}
const tool = <R>(name: string, run: Effect.Effect<number, never, R>) =>
  Tool.make({
    name,
    description: name,
    input: Schema.Struct({}),
    annotations: {},
    capabilities: () => [],
    execute: () => Effect.map(run, (output) => ({ output }))
  })
const rows = tool(
  "rows",
  Effect.map(Database, ({ rows }) => rows)
)
const mail = tool(
  "mail",
  Effect.map(Mail, ({ sent }) => sent)
)
const heads = tool("heads", Effect.as(Journal.Journal, 1))
const withTools = Life.layer({ tools: [rows, mail, heads] })
same<Of<typeof withTools>, Database | Mail>(true)
// @ts-expect-error -- the tools ask for a Database and for Mail
Effect.runPromise(Effect.provide(program, withTools))
const mine = Life.layerPorts({ tools: [heads], except: [Journal.Journal] })
same<Of<typeof mine>, Journal.Journal>(true)
const one = tool("one", Effect.succeed(1))
const plain = Life.layer({ tools: [one] })
same<Of<typeof plain>, never>(true)

// Models work the same way, and their errors are those of the Life.
class KeyError extends Schema.TaggedError<KeyError>()("KeyError", {}) {}
declare const keyed: Layer.Layer<Model.Model, KeyError, HttpClient.HttpClient>
declare const posted: Layer.Layer<Model.Model, Model.ModelError, Mail>
const withModels = Life.layer({
  provider: keyed,
  fallback: ["openai", { name: "posted", layer: posted }],
  models: [{ name: "other", layer: keyed }]
})
same<Of<typeof withModels>, HttpClient.HttpClient | Mail>(true)
same<Layer.Layer.Error<typeof withModels>, Life.LifeError | KeyError>(true)
const named = Life.layer({ provider: "scout", models: ["openai:gpt-5"] })
same<Of<typeof named>, never>(true)
same<Layer.Layer.Error<typeof named>, Life.LifeError>(true)
const router = ModelRouter.layer({ models: [{ layer: keyed }, { name: "b", layer: posted }] })
same<Of<typeof router>, HttpClient.HttpClient | Mail>(true)
same<Layer.Layer.Error<typeof router>, KeyError | Model.ModelError>(true)
const configured = Life.layerConfig({ tools: [rows], provider: keyed })
same<Of<typeof configured>, Database | HttpClient.HttpClient>(true)
same<Layer.Layer.Error<typeof configured>, Life.LifeError | KeyError | ConfigError.ConfigError>(true)

// A misspelt option, provider or model is refused.
// @ts-expect-error -- there is no such option
Life.layer({ provder: "scout" })
// @ts-expect-error -- there is no such provider
Life.layer({ provider: "skout" })
// @ts-expect-error -- a model of one's own is asked for by its name, so it needs one
Life.layer({ models: [{ layer: posted }] })
// @ts-expect-error -- a journal in memory is in no directory
Life.layerMemory({ dataDir: "." })

// Options that were put together elsewhere keep their types.
declare const options: Life.LifeOptions
const given = Life.layer(options)
same<Of<typeof given>, never>(true)

// The same tools are simulated; there, HttpClient is the only service that the tools need not bring.
declare const fetches: Tool.Tool<HttpClient.HttpClient>
export const simulated = () => Simulation.run(program, { seed: 1, tools: [one, fetches] })
// @ts-expect-error -- no layer gives the tool its Database
export const unfounded = () => Simulation.run(program, { seed: 1, tools: [rows] })

// Kinds are told apart by their type, also in the declarations of an installed package.
declare const kind: Event.Kind
export const risk = kind.type === "ApprovalRequested" ? kind.risk : undefined
// @ts-expect-error -- there is no such kind
export const misspelt = kind.type === "ApprovalRequestedd"
// @ts-expect-error -- not every kind has a risk
export const wide = kind.risk
