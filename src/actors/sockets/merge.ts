/**
 * Merging: the subsystems of a list become one fold, one codec, one gate, one chain of advisers and so on.
 *
 * Contributions have the order of the list, and within a subsystem the order in which their ids are written. The order
 * decides ties and the nesting of middleware (the first is the outermost), and nothing else.
 */
import { Effect, Exit, type Scope } from "effect"
import { type Agents, type EventKindOf, type RawKind, Subsystem } from "../../layers/aios/index.js"
import { KindCodec, Projections } from "../../machines/index.js"
import { contextBlock, inPromptOrder } from "./blocks.js"
import { adviceOf, costsOf, dataOf, verdictOf } from "./answers.js"
import { type Contribution, contributionsOf, type Moment, viewOf } from "./Contribution.js"
import { describe } from "./describe.js"
import { aroundModel, aroundTool } from "./middleware.js"
import { type Report, startReporters } from "./Reports.js"
import { Runner } from "./Runner.js"
import { buildServices, given, served, type Services } from "./services.js"
import type { Advised, ContextBlock, PreparedTool, RuledVerdict, Sockets } from "./Sockets.js"
import { bounded, storedKinds, storedOutput } from "./storage.js"

/**
 * Checks a list, builds the layers of its subsystems, starts its reporters and merges its contributions. `agents` is
 * the late port. `toolNames` are the tools of the harness.
 */
export const merge = <const L extends ReadonlyArray<Subsystem.Any>>(
  list: L,
  { agents, toolNames }: { readonly agents: typeof Agents.Service; readonly toolNames?: ReadonlyArray<string> }
): Effect.Effect<
  Sockets,
  Subsystem.SubsystemError | Subsystem.Failures<L[number]>,
  Exclude<Subsystem.Requirements<L[number]>, Subsystem.Late> | Scope.Scope
> =>
  Effect.gen(function* () {
    const problems = Subsystem.check(list, toolNames)
    if (problems.length > 0) return yield* Subsystem.SubsystemError.of("the subsystems do not fit together", problems)
    const services = yield* buildServices(list, agents)
    const runner = new Runner()
    const tell = yield* given(
      startReporters(
        runner,
        contributionsOf(list, ({ report }) => report)
      ),
      services
    )
    return { ...assemble(list, runner, tell), provide: (effect) => given(effect, services) }
  })

const assemble = (
  list: ReadonlyArray<Subsystem.Any>,
  runner: Runner,
  tell: ((report: Report) => void) | undefined
): Omit<Sockets, "provide"> => {
  const projections = new Projections(list)
  const kinds = new KindCodec(list)
  const viewAt = (at: Moment) => (subsystem: string) => viewOf(projections, subsystem, at)
  const stored = (events: ReadonlyArray<Subsystem.SubsystemKind>, owner: Contribution<unknown>) =>
    storedKinds(kinds, events, owner)

  // Asks the contributions of a socket, about an `X` if the socket has one, and collects their answers. A socket
  // without contributions has a constant outcome.
  const collect = <F, A, B, C, X = void>(
    contributions: ReadonlyArray<Contribution<F>>,
    ask: (run: F, view: Subsystem.View<never>, about: X) => Subsystem.Result<A>,
    take: (answer: A, contribution: Contribution<F>) => ReadonlyArray<B>,
    finish: (answers: ReadonlyArray<B>) => C,
    broke: (contribution: Contribution<F>) => ReadonlyArray<B> = () => []
  ): ((at: Moment, about: X) => Effect.Effect<C, never, Services>) => {
    if (contributions.length === 0) {
      const outcome = Effect.succeed(finish([]))
      return () => outcome
    }
    return (at, about) =>
      Effect.suspend(() => {
        const answers: Array<B> = []
        const asked = runner.ask<F, A>(contributions, {
          ask: ({ run, subsystem }) => ask(run, viewOf(projections, subsystem, at), about),
          take: (answer, contribution) => void answers.push(...take(answer, contribution)),
          broke: (contribution) => void answers.push(...broke(contribution))
        })
        // If all contributions are plain functions, the answers are complete at once.
        return Exit.isExit(asked) ? Effect.succeed(finish(answers)) : Effect.map(asked, () => finish(answers))
      })
  }

  const gates = contributionsOf(list, ({ decide }) => decide)
  const decide = collect(
    gates,
    (run, view, call: Subsystem.GatedCall) => run(call, view),
    (answer, { rule }) => {
      const verdict = verdictOf(answer)
      return verdict === undefined ? [] : [{ ...verdict, ruleId: rule }]
    },
    strictest,
    unevaluated
  )
  const modelMiddleware = contributionsOf(list, ({ act }) => act?.aroundModel)
  const toolMiddleware = contributionsOf(list, ({ act }) => act?.aroundTool)
  const tools = toolsOf(list, kinds)
  return {
    names: list.map(({ name }) => name),
    projections,
    kinds,
    definitions: [...tools.values()].map(({ tool }) => tool.definition).toSorted((a, b) => (a.name < b.name ? -1 : 1)),
    perceive: collect(
      contributionsOf(list, ({ perceive }) => perceive),
      (run, view) => run(view),
      (signals, source): ReadonlyArray<EventKindOf<"ExternalSignal">> =>
        bounded(signals, source).map(({ data, signal }) => ({
          type: "ExternalSignal",
          signalType: `${source.subsystem}.${signal}`,
          data: dataOf(data)
        })),
      all
    ),
    recall: collect(
      contributionsOf(list, ({ orient }) => orient?.recall),
      (run, view, objective: string) => run(view, objective),
      stored,
      all
    ),
    blocks: collect(
      inPromptOrder(contributionsOf(list, ({ orient }) => orient?.blocks)),
      ({ text }, view) => text(view),
      (text, block): ReadonlyArray<ContextBlock> => contextBlock(block, text),
      all
    ),
    hasGates: gates.length > 0,
    decide: (call, at) => decide(at, call),
    prepare: ({ toolName, ...call }, now) => {
      const found = tools.get(toolName)
      if (found === undefined) return undefined
      const prepared = Subsystem.prepareTool(found.tool, call, () => viewOf(projections, found.subsystem, now()))
      return Effect.map(
        prepared,
        ({ execute, ...rest }): PreparedTool => ({
          ...rest,
          execute: (context) => served(execute(context))
        })
      )
    },
    aroundTool: (call, execute, at) =>
      aroundTool(runner, toolMiddleware, call, execute, viewAt(at), (output, owner) =>
        storedOutput(kinds, output, owner)
      ),
    aroundModel: (request, generate, at) => aroundModel(runner, modelMiddleware, request, generate, viewAt(at)),
    observe: collect(
      contributionsOf(list, ({ observe }) => observe),
      (run, view) => run(view),
      ({ costUsd = 0, events = [] }, meter) => [{ costUsd: costsOf(costUsd), events: stored(events, meter) }],
      (all) => ({
        costUsd: all.reduce((sum, { costUsd }) => sum + costUsd, 0),
        events: all.flatMap(({ events }) => events)
      })
    ),
    learn: collect(
      contributionsOf(list, ({ learn }) => learn),
      (run, view, log: Subsystem.TickLog) => run(view, log),
      stored,
      all
    ),
    regulate: collect(
      contributionsOf(list, ({ regulate }) => regulate),
      (run, view) => run(view),
      (answer, { rule, subsystem }) => advisedBy(adviceOf(answer), rule, subsystem),
      mostRestrictiveFirst
    ),
    report: (committed, at) =>
      tell?.({
        committed: committed.map((record) => ({ ...record, kind: kinds.decode(record.kind) })),
        view: viewAt(at)
      }),
    describe: () => describe(list)
  }
}

const all = <A>(answers: ReadonlyArray<A>): ReadonlyArray<A> => answers

// The tools by name. The end of a call encodes its events in the same step.
const toolsOf = (
  list: ReadonlyArray<Subsystem.Any>,
  kinds: KindCodec
): ReadonlyMap<string, { readonly subsystem: string; readonly tool: Subsystem.Tool<never, RawKind, unknown> }> =>
  new Map(
    list.flatMap(({ name: subsystem, parts }) =>
      parts.tools.map(({ definition, plan }) => {
        const owner = { rule: `${subsystem}:${definition.name}`, subsystem }
        const tool: Subsystem.Tool<never, RawKind, unknown> = {
          definition,
          plan: (input) =>
            Effect.map(plan(input), ({ capabilities, execute }) => ({
              capabilities,
              execute: (call) => Effect.map(execute(call), (output) => storedOutput(kinds, output, owner))
            }))
        }
        return [definition.name, { subsystem, tool }] as const
      })
    )
  )

const strictness = { allow: 0, ask: 1, deny: 2 } as const

const strictest = (verdicts: ReadonlyArray<RuledVerdict>): RuledVerdict | undefined =>
  verdicts.reduce<RuledVerdict | undefined>(
    (most, verdict) =>
      most === undefined || strictness[verdict.decision] > strictness[most.decision] ? verdict : most,
    undefined
  )

// A gate that breaks denies: it fails closed.
const unevaluated = ({ rule }: Contribution<unknown>): ReadonlyArray<RuledVerdict> => [
  { decision: "deny", reason: `The rule ${rule} could not be evaluated. Go on without this call.`, ruleId: rule }
]

const advisedBy = (advice: Subsystem.Advice | undefined, ruleId: string, subsystem: string): ReadonlyArray<Advised> => {
  if (advice === undefined) return []
  const { gauges = {}, ...fact } = advice
  const named = Object.fromEntries(Object.entries(gauges).map(([gauge, value]) => [`${subsystem}.${gauge}`, value]))
  return [{ ...fact, ruleId, gauges: named }]
}

const restriction = ({ withhold }: Advised): number =>
  withhold === undefined ? -1 : Subsystem.withholdable.indexOf(withhold)

// Sorting is stable: equal facts keep the order of the list.
const mostRestrictiveFirst = (advised: ReadonlyArray<Advised>): ReadonlyArray<Advised> =>
  advised.toSorted((a, b) => restriction(b) - restriction(a))
