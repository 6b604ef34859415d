/**
 * A model and tools that do a bit of everything.
 *
 * @since 0.1.0
 */
import { HttpClient } from "@effect/platform"
import { Duration, Effect, Layer } from "effect"
import { ScriptedModel } from "../../layers/arcan/index.js"
import {
  type Capability,
  type Json,
  type Model,
  type ToolAnnotations,
  ToolError,
  ToolHarness
} from "../../layers/aios/index.js"
import { pagesCapability, readPage } from "../network/pages.js"
import { randomStream } from "../RandomStream.js"

interface WorldTool {
  readonly annotations: Partial<ToolAnnotations>
  readonly capabilities: ReadonlyArray<Capability> | ((input: Json) => ReadonlyArray<Capability>)
}

const numberIn = (input: Json): number =>
  typeof input === "object" && input !== null && "n" in input ? Number(input.n) : 0

// Names of the files that `look` reads: the world, and the files that `paint` and `send` change.
const seen = ["world", "picture", "letters"] as const

const tools: { readonly [name: string]: WorldTool } = {
  look: {
    annotations: { readOnly: true, idempotent: true },
    capabilities: (input) => [`fs:read:/${seen[numberIn(input) % seen.length]}`]
  },
  paint: { annotations: { idempotent: true, destructive: true }, capabilities: ["fs:write:/picture"] },
  send: { annotations: { openWorld: true }, capabilities: ["fs:write:/letters"] },
  pay: {
    annotations: { openWorld: true, destructive: true },
    capabilities: (input) => [`payments:initiate:${numberIn(input) % 2 === 0 ? "usdc" : "eurc"}`]
  },
  fetch_page: { annotations: { readOnly: true, idempotent: true, openWorld: true }, capabilities: [pagesCapability] }
}

/**
 * Tools of every kind: `look` reads, `paint` may be repeated, `send` may not, `pay` needs an approval, and `fetch_page`
 * reads a page over the network.
 */
export const scriptedTools: Layer.Layer<ToolHarness, never, HttpClient.HttpClient> = Layer.effect(
  ToolHarness,
  Effect.map(HttpClient.HttpClient, (client) => harness(client))
)

const harness = (client: HttpClient.HttpClient): typeof ToolHarness.Service => {
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
      const needed = typeof capabilities === "function" ? capabilities(call.input) : capabilities
      const refuse = (reason: ToolError["reason"], message: string) =>
        Effect.fail(new ToolError({ toolName: call.toolName, reason, message }))
      if (definition === undefined) return refuse("NotFound", `there is no tool ${call.toolName}`)
      if (call.malformed !== undefined) return refuse("InvalidInput", "the input is not JSON")
      return Effect.succeed({
        definition,
        capabilities: needed,
        execute: () =>
          call.toolName === "fetch_page"
            ? readPage(client, call, definition.timeoutMs)
            : Effect.succeed({ output: { did: call.toolName, with: call.input } })
      })
    }
  }
}

const turnsMax = 8
const callsMax = 4

/**
 * The objective of a run that is long enough for a checkpoint in the middle of it.
 */
export const longObjective = "Do a great deal, and take your time."

const helpObjective = "Do what helps."

// A sub-agent has a whole run of its own, so sub-agents are few, and have no sub-agents themselves.
const delegatingRate = 0.05

const longTurnsMax = 60
const moodTurns = 10
const thinkMs = { min: 200, max: 4_200 }

/**
 * A model that thinks for a while and then asks for some of the tools, or answers. Its answer depends only on the seed,
 * the session and the place in the conversation, so that a restarted process gets the same answers again.
 */
export const scriptedModel = (seed: number): Layer.Layer<Model> =>
  ScriptedModel.layer(({ messages, sessionId }, turn) => {
    const random = randomStream(seed, `model:${sessionId}:${turn}:${messages.length}`)
    const objective = messages.findLastIndex((message) => message.role === "user" && message.content.startsWith("Do "))
    const isLong = messages[objective]?.role === "user" && messages[objective].content === longObjective
    const sinceUser = messages.length - 1 - messages.findLastIndex(({ role }) => role === "user")
    const names = Object.keys(tools) as [string, ...Array<string>]
    const helpers = randomStream(seed, `helpers:${sessionId}:${turn}`)
    const delegates = messages[objective]?.role !== "user" || messages[objective].content !== helpObjective
    const isEnough = isLong
      ? messages.length - objective > 2 * longTurnsMax
      : random.chance(0.25) || sinceUser > 2 * turnsMax
    // For several turns in a row, a model may ask for one and the same call.
    const mood = randomStream(seed, `mood:${sessionId}:${Math.floor(turn / moodTurns)}`)
    const isStubborn = mood.chance(0.1)
    const count = isEnough ? 0 : isStubborn ? 1 : 1 + random.below(callsMax)
    return Effect.delay(
      Effect.succeed({
        content: count === 0 ? `Answer ${turn}.` : "",
        toolCalls: Array.from({ length: count }, (_, index) => {
          const callId = `${turn}-${index}-${random.below(1_000_000)}`
          if (!isStubborn && delegates && helpers.chance(delegatingRate)) {
            return { callId, toolName: "delegate", input: { objective: helpObjective } }
          }
          const { below, pick } = isStubborn ? mood : random
          return { callId, toolName: pick(names), input: { n: below(10) } }
        }),
        usage: { inputTokens: random.below(500), outputTokens: random.below(200) },
        costUsd: random.below(1_000) / 1e6
      }),
      // A model that always answers at once gives the other agents no time to come to rest.
      Duration.millis(random.chance(0.2) ? 0 : thinkMs.min + random.below(thinkMs.max - thinkMs.min))
    )
  })
