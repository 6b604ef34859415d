/**
 * Definitions of subsystems that must compile, and some that must not. `tsc` is the test: an unused `@ts-expect-error`
 * is an error.
 */
import { Context, Effect, Layer, Schema, type Scope } from "effect"
import { Agents, Ids, Journal, Subsystem } from "life-agent-os"
import { spendcap, Wallet } from "../../../../examples/subsystem/spendcap.js"
import { merge, type Services, type Sockets } from "../../../../src/actors/index.js"

type Equal<A, B> = (<X>() => X extends A ? 1 : 2) extends <X>() => X extends B ? 1 : 2 ? true : false
const same = <A, B>(_: Equal<A, B>): void => {}

// Requirements

// Wallet comes from the subsystem's own layer; Ids, which that layer requires, is left.
same<Subsystem.Requirements<typeof spendcap>, Ids.Ids>(true)
same<Subsystem.ValueOf<typeof spendcap>["capped"], boolean>(true)
same<Subsystem.Failures<typeof spendcap>, never>(true)

class Database extends Context.Tag("test/Database")<Database, { readonly rows: Effect.Effect<number> }>() {}

const rows = Subsystem.tool({
  name: "rows",
  description: "Counts.",
  input: Schema.Struct({}),
  execute: () =>
    Effect.map(
      Effect.flatMap(Database, ({ rows }) => rows),
      (output) => ({ output })
    )
})
same<typeof rows, Subsystem.Tool<unknown, never, Database>>(true)

// Contributions with unrelated services: all of them are in the union, each socket counts.
const many = Subsystem.make({
  name: "many",
  act: { tools: () => [rows], aroundModel: { x: (request, next) => Effect.zipRight(Journal.Journal, next(request)) } },
  learn: { a: () => Effect.as(Ids.Ids, []) },
  report: { b: () => Effect.asVoid(Wallet) },
  decide: { pure: () => undefined }
})
same<Subsystem.Requirements<typeof many>, Database | Journal.Journal | Ids.Ids | Wallet>(true)
same<Subsystem.Requirements<typeof many | typeof spendcap>, Database | Journal.Journal | Ids.Ids | Wallet>(true)

// Nothing asked, nothing required.
const plain = Subsystem.make({ name: "plain", learn: { none: () => [] } })
same<Subsystem.Requirements<typeof plain>, never>(true)
same<Subsystem.ValueOf<typeof plain>, undefined>(true)

Subsystem.closedOver<Ids.Ids>()(spendcap)
// @ts-expect-error -- Database, Journal and Wallet are neither ports nor in a layer of its own
Subsystem.closedOver<Ids.Ids>()(many)

// With an annotation the declaration names the services it needs, and a service that slipped in is an error here.
const countEvents = { Counted: Subsystem.event({ fields: { by: Schema.Int } }) }
interface CountState {
  readonly n: number
}
const CountState: Schema.Schema<CountState> = Schema.Struct({ n: Schema.Int })
export const count: Subsystem.Subsystem<"count", typeof countEvents, CountState, Ids.Ids> = Subsystem.make({
  name: "count",
  events: countEvents,
  projection: {
    version: 1,
    schema: CountState,
    initial: { n: 0 },
    on: { "count.Counted": ({ n }, { by }) => ({ n: n + by }) }
  },
  learn: { ids: ({ own }) => Effect.as(Ids.Ids, own.n > 3 ? [] : [{ type: "count.Counted", by: 1 }]) }
})
// @ts-expect-error -- it requires Ids
export const less: Subsystem.Subsystem<"less", Subsystem.Events> = Subsystem.make({
  name: "less",
  learn: { x: () => Effect.as(Ids.Ids, []) }
})

// A late port: a contribution may require it, a layer may not.
const helper = Subsystem.make({
  name: "helper",
  learn: {
    x: ({ sessionId }) => Effect.as(Effect.ignore(Effect.flatMap(Agents.Agents, ({ get }) => get(sessionId))), [])
  }
})
same<Subsystem.Requirements<typeof helper>, Agents.Agents>(true)
// @ts-expect-error -- the layer is built before there are agents
Subsystem.make({ name: "early", layer: Layer.effectDiscard(Agents.Agents) })

// Lists

declare const agents: typeof Agents.Agents.Service
export const merged = merge([spendcap, count, helper], { agents })
same<typeof merged, Effect.Effect<Sockets, Subsystem.SubsystemError, Ids.Ids | Scope.Scope>>(true)
export const empty = merge([], { agents })
same<Effect.Effect.Context<typeof empty>, Scope.Scope>(true)

// A definition inside a list is inferred like one outside.
export const inside = merge(
  [
    Subsystem.make({ name: "inner", learn: { x: () => Effect.as(Ids.Ids, []) } }),
    Subsystem.make({ name: "pure", regulate: { x: () => undefined } })
  ],
  { agents }
)
same<typeof inside, Effect.Effect<Sockets, Subsystem.SubsystemError, Ids.Ids | Scope.Scope>>(true)

// A list that has forgotten what its members require cannot be run.
const forgotten: ReadonlyArray<Subsystem.Any> = [many]
const lost = merge(forgotten, { agents })
same<Effect.Effect.Context<typeof lost>, unknown>(true)

// Effects of the sockets run only inside the function that gives the services.
declare const sockets: Sockets
declare const at: Parameters<Sockets["learn"]>
Effect.runSync(sockets.provide(sockets.learn(...at)))
same<Effect.Effect.Context<ReturnType<Sockets["learn"]>>, Services>(true)

// Kinds

export const narrow = (kind: Subsystem.Kind): string | number | undefined => {
  // The kernel's kinds narrow by type although kinds of subsystems stand in the same union.
  if (Subsystem.isRaw(kind)) return kind.raw
  if (kind.type === "ModeChanged") return kind.from
  // A subsystem's kinds narrow for code that holds the subsystem.
  if (spendcap.is(kind, "Paid")) return kind.usd
  if (spendcap.is(kind)) return kind.type === "spendcap.Capped" ? kind.spentUsd : kind.type
  // @ts-expect-error -- spendcap has no such kind
  spendcap.is(kind, "Payed")
  return undefined
}
Subsystem.bareEvent("MemoryStored", { fields: { text: Schema.String } })
// @ts-expect-error -- only names that stood in journals before may be bare
Subsystem.bareEvent("UserMessage", { fields: {} })
// @ts-expect-error -- no such field to redact
Subsystem.event({ fields: { text: Schema.String }, redact: ["texts"] })
declare const asking: Schema.Schema<string, string, Database>
// @ts-expect-error -- a field that needs a service to be decoded
Subsystem.event({ fields: { asking } })

// Contributions

const Seen = { Seen: Subsystem.event({ fields: { at: Schema.Number } }) }
const base = { version: 1, schema: Schema.Struct({ seen: Schema.Number }), initial: { seen: 0 } }
const on = { "bad.Seen": ({ seen }: { readonly seen: number }) => ({ seen: seen + 1 }) }
Subsystem.make({
  name: "good",
  events: Seen,
  projection: { ...base, on: { "good.Seen": ({ seen }, kind) => ({ seen: seen + kind.at }) } }
})
// @ts-expect-error -- no kind of this name
Subsystem.make({ name: "bad", events: Seen, projection: { ...base, on: { "bad.Saw": () => ({ seen: 1 }) } } })
// @ts-expect-error -- a kind of another subsystem
Subsystem.make({ name: "worse", events: Seen, projection: { ...base, on } })
// @ts-expect-error -- a reducer that gives another value
Subsystem.make({ name: "bad", events: Seen, projection: { ...base, on: { "bad.Seen": () => ({ saw: 1 }) } } })
// @ts-expect-error -- a bare kind that is not its own
Subsystem.make({ name: "bad", projection: { ...base, on: { MemoryStored: () => ({ seen: 1 }) } } })
// @ts-expect-error -- appends a kind of another subsystem
Subsystem.make({ name: "bad", events: Seen, learn: { other: () => [{ type: "spendcap.Capped", spentUsd: 1 }] } })
// @ts-expect-error -- appends a kind of the kernel
Subsystem.make({ name: "bad", learn: { other: () => [{ type: "UserMessage", content: "" }] } })
// @ts-expect-error -- a field that the kind does not have as it is given
Subsystem.make({ name: "bad", events: Seen, learn: { x: () => [{ type: "bad.Seen", at: "now" }] } })
// @ts-expect-error -- a relation of a limit that is not there
Subsystem.make({ name: "bad", limits: { aMax: 1 }, relations: [["a < b", (l) => l.aMax < l.bMax]] })
// @ts-expect-error -- a misspelt socket
Subsystem.make({ name: "typo", regualte: { x: () => undefined } })
// @effect-diagnostics missingEffectError:off -- the errors below are the test, and the compiler reports them, too
const no = { x: () => Effect.fail("no") }
// @ts-expect-error -- a contribution does not fail: what can go wrong is part of its answer
Subsystem.make({ name: "fails", learn: no })
// @ts-expect-error -- a report that may fail
Subsystem.make({ name: "fails", report: no })
// @ts-expect-error -- an adviser never names a mode
Subsystem.make({ name: "modes", regulate: { x: () => ({ mode: "Sleep", reason: "" }) } })
// @ts-expect-error -- reads cannot be withheld
Subsystem.make({ name: "reads", regulate: { x: () => ({ withhold: "reads", reason: "" }) } })
const block = { tokensMax: 1, priority: 1, changes: "run" as const }
// @ts-expect-error -- the text of a block is pure, not an Effect
Subsystem.make({ name: "block", orient: { blocks: { x: { ...block, text: () => Effect.succeed("") } } } })
// @ts-expect-error -- a middleware fails with a ToolError or not at all
Subsystem.make({ name: "around", act: { aroundTool: no } })
Subsystem.make({
  name: "payer",
  events: Seen,
  act: {
    tools: (tool) => [
      tool({
        name: "pay",
        description: "",
        input: Schema.Struct({ usd: Schema.Number }),
        // @ts-expect-error -- a tool appends kinds of its own subsystem only
        execute: ({ usd }) => Effect.succeed({ output: usd, events: [{ type: "bad.Seen", at: usd }] })
      })
    ]
  }
})
