/**
 * A subsystem from outside the house: it caps what an agent spends, with one thing in each socket.
 *
 * An application hands over `spendcap` only; no other file knows of it.
 */
import { Context, Effect, Layer, Ref, Schema } from "effect"
import { Ids, Subsystem } from "life-agent-os"

/** Prices and deposits: the service behind the subsystem, which only its contributions see. */
export class Wallet extends Context.Tag("spendcap/Wallet")<
  Wallet,
  {
    readonly priceUsd: (toolName: string) => number
    /** Deposits since the last call. */
    readonly deposits: Effect.Effect<ReadonlyArray<number>>
    /** Pays, and gives the number of the receipt. */
    readonly pay: (usd: number) => Effect.Effect<string>
    /** The kinds of events that the owner of the wallet was told of. */
    readonly told: Ref.Ref<ReadonlyArray<string>>
  }
>() {}

const wallet = Layer.effect(
  Wallet,
  Effect.gen(function* () {
    const ids = yield* Ids.Ids
    const deposits = yield* Ref.make<ReadonlyArray<number>>([0.25])
    return {
      priceUsd: (toolName) => (toolName === "pay" ? 0.4 : 0),
      deposits: Ref.getAndSet(deposits, []),
      pay: () => ids.ulid,
      told: yield* Ref.make<ReadonlyArray<string>>([])
    }
  })
)

export const limits = { capUsd: 1, warnUsd: 0.5, blockTokensMax: 200, receiptsMax: 8 }

const Spend = Schema.Struct({
  spentUsd: Schema.Number,
  capUsd: Schema.Number,
  capped: Schema.Boolean,
  /** The last purchases. */
  bought: Schema.Array(Schema.String)
})

export const spendcap = Subsystem.make({
  name: "spendcap",
  limits,
  relations: [["warnUsd < capUsd", ({ capUsd, warnUsd }) => warnUsd < capUsd]],
  events: {
    Paid: Subsystem.event({
      version: 2,
      fields: { what: Schema.String, usd: Schema.Number, receipt: Schema.String },
      redact: ["receipt"],
      // Version 1 counted in cents.
      upcast: { 1: ({ cents, ...body }) => ({ ...body, usd: Number(cents) / 100 }) }
    }),
    Capped: Subsystem.event({ fields: { spentUsd: Schema.Number } }),
    Raised: Subsystem.event({ fields: { byUsd: Schema.Number } })
  },
  projection: {
    version: 1,
    schema: Spend,
    initial: { spentUsd: 0, capUsd: limits.capUsd, capped: false, bought: [] },
    on: {
      "spendcap.Paid": (spend, { usd, what }) => ({
        ...spend,
        spentUsd: spend.spentUsd + usd,
        bought: [...spend.bought, what].slice(-limits.receiptsMax)
      }),
      "spendcap.Capped": (spend) => ({ ...spend, capped: true }),
      "spendcap.Raised": (spend, { byUsd }) => ({ ...spend, capUsd: spend.capUsd + byUsd, capped: false }),
      AssistantMessage: (spend, { costUsd = 0 }) =>
        costUsd === 0 ? spend : { ...spend, spentUsd: spend.spentUsd + costUsd }
    }
  },
  perceive: {
    deposits: () =>
      Effect.map(
        Effect.flatMap(Wallet, ({ deposits }) => deposits),
        (all) => all.map((usd) => ({ signal: "deposit", data: usd }))
      )
  },
  orient: {
    // The cap as it was when the run began, for a later reader of the journal.
    recall: { cap: ({ own }) => (own.capped ? [{ type: "spendcap.Capped", spentUsd: own.spentUsd }] : []) },
    blocks: {
      budget: {
        tokensMax: limits.blockTokensMax,
        priority: 90,
        changes: "tick",
        text: ({ own }) => `You have spent $${own.spentUsd.toFixed(2)} of $${own.capUsd.toFixed(2)}.`
      }
    }
  },
  decide: {
    overCap: ({ definition: { name } }, { own }) =>
      Effect.map(Wallet, ({ priceUsd }) =>
        own.spentUsd + priceUsd(name) > own.capUsd
          ? { decision: "deny", reason: `${name} would go over the cap of $${own.capUsd}` }
          : undefined
      ),
    nearCap: ({ definition: { annotations } }, { own }) =>
      !annotations.readOnly && own.spentUsd > limits.warnUsd
        ? { decision: "ask", reason: `$${own.spentUsd} is spent already` }
        : undefined
  },
  act: {
    tools: (tool) => [
      tool({
        name: "pay",
        description: "Buys something.",
        input: Schema.Struct({ what: Schema.String.annotations({ description: "the thing to buy" }) }),
        annotations: { destructive: true },
        capabilities: () => ["payments:initiate:shop"],
        execute: ({ what }, { view }) =>
          Effect.gen(function* () {
            const { pay, priceUsd } = yield* Wallet
            const usd = priceUsd("pay")
            const receipt = yield* pay(usd)
            return {
              output: { paid: what, before: view().own.spentUsd },
              events: [{ type: "spendcap.Paid", what, usd, receipt }]
            }
          })
      })
    ],
    aroundTool: {
      bill: (_, next, { own }) => Effect.map(next, (output) => ({ output: { spentUsd: own.spentUsd, of: output } }))
    },
    aroundModel: {
      frugal: (request, next) => next({ ...request, system: `${request.system}\n\nBe frugal.` })
    }
  },
  observe: { fee: ({ agent }) => ({ costUsd: agent.act.results.length * 0.001 }) },
  learn: {
    cap: ({ own }) =>
      own.spentUsd >= own.capUsd - 0.25 && !own.capped ? [{ type: "spendcap.Capped", spentUsd: own.spentUsd }] : []
  },
  regulate: {
    capped: ({ own }) => ({
      ...(own.capped ? { withhold: "changes" } : {}),
      reason: `$${own.spentUsd} of $${own.capUsd} is spent`,
      gauges: { share: own.spentUsd / own.capUsd }
    })
  },
  report: {
    owner: (committed) =>
      Effect.flatMap(Wallet, ({ told }) =>
        Ref.update(told, (all) => [...all, ...committed.map(({ kind }) => kind.type)])
      )
  },
  layer: wallet
})
