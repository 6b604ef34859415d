/**
 * Checks of what an agent is spawned with, and what of it changes a session that exists.
 *
 * @since 0.1.0
 */
import { Either, ParseResult, Schema } from "effect"
import {
  type AgentState,
  canonicalJson,
  type EventKind,
  Limits,
  type Model,
  namesThereAre,
  parsePolicy,
  type PolicySet,
  SessionId,
  SoulProfile
} from "../layers/aios/index.js"
import type { SpawnOptions } from "./ActorSystem.js"
import { AgentError } from "./AgentError.js"
import type { Registry } from "./Registry.js"

/**
 * Whether a text can be the id of a session.
 */
export const isSessionId = Schema.is(SessionId)

/**
 * What a session that exists was created with.
 */
export interface Recorded {
  readonly name: string
  readonly parentId: string | undefined
}

/**
 * What is wrong with the options of a new agent, in a system that has these.
 */
export const checkSpawn = (
  { name, parent, sessionId }: SpawnOptions,
  registry: Registry,
  recorded: Recorded | undefined
): AgentError | undefined => {
  const { agents } = registry
  const refuse = (reason: AgentError["reason"], message: string) => new AgentError({ agent: name, reason, message })
  if (name.trim() === "" || name.length > 128) {
    return refuse("InvalidName", `an agent's name has 1 to 128 characters, this one has ${name.length}`)
  }
  if (sessionId !== undefined && !isSessionId(sessionId)) {
    return refuse("InvalidName", `a session id has 1 to 64 of A-Z a-z 0-9 . _ -, not ${JSON.stringify(sessionId)}`)
  }
  if (registry.hasName(name))
    return refuse("NameTaken", `an agent named ${name} is running already; get it, or take another name`)
  if (sessionId !== undefined && agents.has(sessionId)) {
    return refuse("NameTaken", `the session ${sessionId} is running already; get it by its id`)
  }
  if (recorded !== undefined && recorded.name !== name) {
    const what = `the session ${sessionId} is that of ${recorded.name}, not of ${name}`
    return refuse("SessionMismatch", `${what}; spawn it with its own name, or take another session`)
  }
  if (recorded !== undefined && parent !== undefined && recorded.parentId !== parent.sessionId) {
    const what = `the session ${sessionId} has ${recorded.parentId ?? "no agent"} as its parent, not ${parent.sessionId}`
    return refuse("SessionMismatch", `${what}; leave the parent out, or take another session`)
  }
  const parentId = parent?.sessionId ?? recorded?.parentId
  const owner = parentId === undefined ? undefined : agents.get(parentId)
  // While a parent is being stopped, it has said good-bye to its children already.
  if (owner?.stopped === true || (parent !== undefined && owner === undefined)) {
    const what = `the parent ${owner?.name ?? parentId} is not an agent of this system, or is being stopped`
    return refuse("NotFound", what)
  }
  if (agents.size >= Limits.agentsMax) return refuse("TooManyAgents", `${Limits.agentsMax} agents are the most`)
  return undefined
}

/**
 * What a session is set up with. What was not asked for is absent.
 */
export interface SessionConfig {
  readonly soul?: Partial<SoulProfile>
  readonly policy?: PolicySet
  readonly model?: string
}

const decodeSoul = Schema.decodeUnknownEither(Schema.partialWith(SoulProfile, { exact: true }), {
  errors: "all",
  onExcessProperty: "error"
})

/**
 * Parses soul, policy and model of a spawn, because a journal takes no others.
 */
export const parseConfig = (
  { model, name, policy, soul = {} }: SpawnOptions,
  port: typeof Model.Service
): Either.Either<SessionConfig, AgentError> =>
  Either.gen(function* () {
    const refuse = (reason: AgentError["reason"], what: string) =>
      new AgentError({ agent: name, reason, message: `agent ${name} cannot be spawned: ${what}` })
    if (model !== undefined && !isKnown(port, model)) {
      const names = port.names?.() ?? [port.model, specOf(port)]
      return yield* Either.left(refuse("UnknownModel", `there is no model ${model}; ${namesThereAre(model, names)}`))
    }
    const parsed =
      policy && (yield* Either.mapLeft(parsePolicy(policy), (error) => refuse("InvalidPolicy", error.message)))
    yield* Either.mapLeft(decodeSoul(soul), (error) =>
      refuse("InvalidSoul", `its soul does not fit. ${ParseResult.TreeFormatter.formatErrorSync(error)}`)
    )
    return { soul, ...(parsed && { policy: parsed }), ...(model !== undefined && { model }) }
  })

const specOf = ({ model, provider }: typeof Model.Service): string => `${provider}:${model}`

const isKnown = (port: typeof Model.Service, name: string): boolean =>
  port.named === undefined ? name === port.model || name === specOf(port) : port.named(name) !== undefined

/**
 * The event that sets up a session that exists, or none where it is set up like this already.
 */
export const configured = (state: AgentState, { model, policy, soul }: SessionConfig): ReadonlyArray<EventKind> => {
  const { soul: soulBefore, policy: policyBefore } = state
  const changes = {
    ...(isOther(soulBefore, { ...soulBefore, ...soul }) && { soul: { ...soulBefore, ...soul } }),
    ...(policy !== undefined && isOther(policyBefore, policy) && { policy }),
    ...(model !== undefined && model !== state.model && { model })
  }
  return Object.keys(changes).length === 0 ? [] : [{ type: "SessionConfigured", ...changes }]
}

const isOther = <A extends PolicySet | SoulProfile>(before: A, after: A): boolean =>
  canonicalJson(before) !== canonicalJson(after)
