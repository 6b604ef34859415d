/**
 * A world to live in: a model and tools that do a bit of everything, and people who talk, approve, refuse and listen.
 *
 * @since 0.1.0
 */
import { Duration, Effect, Layer, Random, Schedule, Stream } from "effect"
import { ActorSystem } from "../actors/ActorSystem.js"
import type { Agent } from "../actors/Agent.js"
import { ScriptedModel } from "../layers/arcan/index.js"
import type { BudgetState } from "../layers/aios/AgentStateVector.js"
import type { Capability } from "../layers/aios/Capability.js"
import type { Model } from "../layers/aios/Model.js"
import { type ToolAnnotations, ToolError, ToolHarness } from "../layers/aios/Tool.js"
import { Faults } from "./Faults.js"
import { randomStream } from "./RandomStream.js"

interface WorldTool {
  readonly annotations: Partial<ToolAnnotations>
  readonly capabilities: ReadonlyArray<Capability>
}

const tools: { readonly [name: string]: WorldTool } = {
  look: { annotations: { readOnly: true, idempotent: true }, capabilities: ["fs:read:/world"] },
  paint: { annotations: { idempotent: true, destructive: true }, capabilities: ["fs:write:/picture"] },
  send: { annotations: { openWorld: true }, capabilities: ["fs:write:/letters"] },
  pay: { annotations: { openWorld: true, destructive: true }, capabilities: ["payments:initiate:usdc"] }
}

/**
 * Tools of every temper: `look` reads, `paint` may be repeated, `send` may not, and `pay` needs an approval.
 */
export const scriptedTools: Layer.Layer<ToolHarness> = Layer.sync(ToolHarness, () => {
  const definitions = Object.entries(tools).map(([name, { annotations }]) => ({
    name,
    description: `Does ${name}.`,
    inputSchema: { type: "object" },
    annotations: { readOnly: false, destructive: false, idempotent: false, openWorld: false, ...annotations },
    timeoutMs: 30_000
  }))
  return {
    definitions,
    prepare: (call) => {
      const definition = definitions.find(({ name }) => name === call.toolName)
      const { capabilities } = tools[call.toolName] ?? { capabilities: [] }
      const refuse = (reason: ToolError["reason"], message: string) =>
        Effect.fail(new ToolError({ toolName: call.toolName, reason, message }))
      if (definition === undefined) return refuse("NotFound", `there is no tool ${call.toolName}`)
      if (call.malformed !== undefined) return refuse("InvalidInput", "the input is not JSON")
      return Effect.succeed({
        definition,
        capabilities,
        execute: () => Effect.succeed({ output: { did: call.toolName, with: call.input } })
      })
    }
  }
})

const turnsMax = 8
const callsMax = 4
const thinkMs = { min: 200, max: 4_200 }

/**
 * A model that thinks for a while and then asks for some of the tools, or answers. What it says depends on the seed, the
 * session and the place in the conversation alone, so that a process that begins anew hears the same again.
 */
export const scriptedModel = (seed: number): Layer.Layer<Model> =>
  ScriptedModel.layer(({ messages, sessionId }, turn) => {
    const random = randomStream(seed, `model:${sessionId}:${turn}:${messages.length}`)
    const sinceUser = messages.length - 1 - messages.findLastIndex((message) => message.role === "user")
    const names = Object.keys(tools) as [string, ...Array<string>]
    const count = random.chance(0.25) || sinceUser > 2 * turnsMax ? 0 : 1 + random.below(callsMax)
    return Effect.delay(
      Effect.succeed({
        content: count === 0 ? `Answer ${turn}.` : "",
        toolCalls: Array.from({ length: count }, (_, index) => ({
          callId: `${turn}-${index}-${random.below(1_000_000)}`,
          toolName: random.pick(names),
          input: { n: random.below(10) }
        })),
        usage: { inputTokens: random.below(500), outputTokens: random.below(200) },
        costUsd: random.below(1_000) / 1e6
      }),
      Duration.millis(thinkMs.min + random.below(thinkMs.max - thinkMs.min))
    )
  })

/**
 * How large a world is.
 *
 * @since 0.1.0
 * @category models
 */
export interface WorldOptions {
  readonly agents: number
  /** Ticks each agent completes before faults stop. */
  readonly ticks: number
}

const patience = Schedule.spaced("1 second").pipe(Schedule.intersect(Schedule.recurs(600)))

const stormMax = Duration.hours(12)

/**
 * Lives through a storm of faults until every agent has completed its ticks, then calms the sea and asks each agent for
 * one more run: what was interrupted must have recovered by then.
 *
 * @since 0.1.0
 * @category running
 */
export const world = ({ agents, ticks }: WorldOptions) =>
  Effect.gen(function* () {
    const faults = yield* Faults
    const names = Array.from({ length: agents }, (_, index) => `agent-${index}`)
    yield* Effect.forEach(names, (name) => Effect.scoped(storm(name, ticks)), {
      concurrency: "unbounded",
      discard: true
    }).pipe(Effect.timeout(stormMax), Effect.ignore)
    faults.stop()
    yield* Effect.forEach(names, (name) => Effect.scoped(calm(name)), { concurrency: "unbounded", discard: true })
  })

// A person who is told of a failure waits and tries again, but not for ever.
const insist = <A, E, R>(effect: Effect.Effect<A, E, R>) => Effect.retry(effect, patience)

const spawn = (name: string) =>
  insist(
    Effect.flatMap(ActorSystem, (system) =>
      system.get(name).pipe(Effect.orElse(() => system.spawn({ name, sessionId: name })))
    )
  )

const storm = Effect.fnUntraced(function* (name: string, ticks: number) {
  const agent = yield* spawn(name)
  // Where nobody talks, no message wakes an agent that was forgotten.
  if (yield* Random.nextBoolean) yield* Effect.forkScoped(talk(agent))
  yield* Effect.forkScoped(approve(agent))
  yield* insist(agent.snapshot).pipe(
    Effect.tap(({ tick }) => (tick >= ticks ? Effect.void : work(agent, tick))),
    Effect.repeat({ until: ({ tick }) => tick >= ticks }),
    // In a race, so that a gap in the events ends the world.
    Effect.raceFirst(Effect.zipRight(listen(agent), Effect.never))
  )
})

// Now and then a run has to do with little.
const scarceBudget: Effect.Effect<Partial<BudgetState>> = Effect.map(
  Effect.all([Random.nextIntBetween(0, 6), Random.nextIntBetween(1, 6)]),
  ([what, left]) => (what === 0 ? { toolCallsRemaining: left } : what === 1 ? { ticksRemaining: 2 * left } : {})
)

const work = (agent: Agent, tick: number) =>
  scarceBudget.pipe(
    Effect.flatMap((budget) => agent.run(`Do something, tick ${tick}.`, { budget })),
    Effect.catchTags({
      AgentError: ({ reason }) => (reason === "Busy" ? Effect.ignore(agent.outcome) : Effect.sleep("1 second")),
      JournalError: () => Effect.sleep("1 second")
    }),
    Effect.timeout("1 hour"),
    Effect.ignore
  )

const calm = Effect.fnUntraced(function* (name: string) {
  const agent = yield* spawn(name)
  yield* Effect.forkScoped(approve(agent))
  yield* insist(agent.outcome).pipe(Effect.timeout("6 hours"), Effect.ignore)
  yield* insist(agent.run("One more, now that it is calm.")).pipe(Effect.timeout("6 hours"))
})

const talk = Effect.fnUntraced(function* (agent: Agent) {
  const faults = yield* Faults
  for (let number = 0; ; number++) {
    yield* Effect.sleep(yield* Random.nextIntBetween(5_000, 60_000))
    const say = Effect.gen(function* () {
      const content = `Message ${number} to ${agent.name}.`
      if (faults.strikes("message-delayed")) yield* Effect.sleep(yield* Random.nextIntBetween(1, 30_000))
      yield* agent.tell(content)
    }).pipe(Effect.ignore)
    // Without waiting for the answer, the next message may overtake this one.
    if (faults.strikes("message-reordered")) yield* Effect.forkScoped(say)
    else yield* say
    if (faults.strikes("message-duplicated")) yield* say
  }
})

const approve = Effect.fnUntraced(function* (agent: Agent) {
  const faults = yield* Faults
  const ignored = new Set<string>()
  for (;;) {
    yield* Effect.sleep("5 seconds")
    const { approvals } = yield* insist(agent.snapshot)
    for (const { approvalId } of approvals) {
      if (approvalId === undefined || (ignored.has(approvalId) && !faults.isCalm())) continue
      if (faults.strikes("approval-never")) {
        ignored.add(approvalId)
        continue
      }
      if (faults.strikes("approval-late")) yield* Effect.sleep("30 minutes")
      const verdict = (yield* Random.nextBoolean)
        ? agent.approve(approvalId, { actor: "ada" })
        : agent.deny(approvalId, { actor: "ada", reason: "No." })
      yield* Effect.ignore(verdict)
      if (faults.strikes("approval-twice")) yield* Effect.ignore(verdict)
    }
  }
})

// Follows the events as a slow screen does; they must come without gap and without a double.
const listen = Effect.fnUntraced(function* (agent: Agent) {
  const faults = yield* Faults
  let last = 0
  yield* agent.events.pipe(
    Stream.tap(({ sequence }) => {
      if (sequence !== last + 1) return Effect.dieMessage(`event ${sequence} of ${agent.name} came after ${last}`)
      last = sequence
      return faults.strikes("subscriber-slow") ? Effect.sleep("2 seconds") : Effect.void
    }),
    Stream.runDrain,
    Effect.catchTag("JournalError", () => Effect.void)
  )
})
