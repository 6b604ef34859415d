/**
 * Checks of the options of a spawn, and the changes that they make to an existing session.
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
  SoulProfile,
  SpawnError
} from "../layers/aios/index.js"
import { supervisionFlaw } from "../machines/index.js"
import type { SpawnOptions } from "./SpawnOptions.js"
import type { Agent } from "./Agent.js"
import type { Registry } from "./Registry.js"

/**
 * Tells if a text is a valid session id.
 */
export const isSessionId = Schema.is(SessionId)

/**
 * The flaw of a child's name, if there is one. `whose` is `an agent`, for example.
 */
export const nameProblem = (whose: string, name: string): string | undefined =>
  name.trim() === "" || name.length > 128
    ? `${whose}'s name has 1 to 128 characters, this one has ${name.length}; take another name`
    : undefined

/**
 * The reason why an agent cannot become the parent of a child, if there is one. A parent that is being stopped would
 * never stop this child.
 */
export const parentProblem = (
  parent: Pick<Agent, "name" | "sessionId"> | undefined,
  { agents }: Registry
): string | undefined =>
  parent !== undefined && agents.get(parent.sessionId)?.stopped !== false
    ? `the parent ${parent.name} is not an agent of this system, or is being stopped; take another parent`
    : undefined

/**
 * A session that exists, as it was created.
 */
export interface Recorded {
  readonly name: string
  readonly parentId: string | undefined
}

/**
 * The flaw of the options of a new agent in a system with this registry, if there is one.
 */
export const checkSpawn = (
  { name, parent, sessionId }: SpawnOptions,
  registry: Registry,
  recorded: Recorded | undefined
): SpawnError | undefined => {
  const { agents } = registry
  const refuse = (reason: SpawnError["reason"], message: string) => new SpawnError({ agent: name, reason, message })
  const flaw = nameProblem("an agent", name)
  if (flaw !== undefined) return refuse("InvalidName", flaw)
  if (sessionId !== undefined && !isSessionId(sessionId)) {
    return refuse(
      "InvalidSessionId",
      `${JSON.stringify(sessionId)} is no session id; one has 1 to 64 of A-Z a-z 0-9 . _ - and does not begin with . or -`
    )
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
  const owner = recorded?.parentId === undefined ? undefined : agents.get(recorded.parentId)
  const orphaned = parentProblem(parent ?? owner, registry)
  if (orphaned !== undefined) return refuse("ParentUnavailable", orphaned)
  if (agents.size < Limits.agentsMax) return undefined
  return refuse("TooManyAgents", `the limit is ${Limits.agentsMax} agents; stop one first`)
}

/**
 * Configuration of a session. A field that was not asked for is absent.
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
 * Parses soul, policy and model of a spawn, because a journal takes valid ones only. Checks its supervision.
 */
export const parseConfig = (
  { model, name, policy, soul = {}, supervision = {} }: SpawnOptions,
  port: typeof Model.Service
): Either.Either<SessionConfig, SpawnError> =>
  Either.gen(function* () {
    const refuse = (reason: SpawnError["reason"], what: string) =>
      new SpawnError({ agent: name, reason, message: `agent ${name} cannot be spawned: ${what}` })
    if (model !== undefined && !isKnown(port, model)) {
      const names = port.names?.() ?? [port.model, specOf(port)]
      return yield* Either.left(refuse("UnknownModel", `there is no model ${model}; ${namesThereAre(model, names)}`))
    }
    const parsed =
      policy && (yield* Either.mapLeft(parsePolicy(policy), (error) => refuse("InvalidPolicy", error.message)))
    yield* Either.mapLeft(decodeSoul(soul), (error) =>
      refuse("InvalidSoul", `its soul does not fit. ${ParseResult.TreeFormatter.formatErrorSync(error)}`)
    )
    const flaw = supervisionFlaw(supervision)
    if (flaw !== undefined)
      return yield* Either.left(refuse("InvalidSupervision", `its supervision does not fit. ${flaw}`))
    return { soul, ...(parsed && { policy: parsed }), ...(model !== undefined && { model }) }
  })

const specOf = ({ model, provider }: typeof Model.Service): string => `${provider}:${model}`

const isKnown = (port: typeof Model.Service, name: string): boolean =>
  port.named === undefined ? name === port.model || name === specOf(port) : port.named(name) !== undefined

/**
 * The event that changes the configuration of an existing session; none if nothing changes.
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
