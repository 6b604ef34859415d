/**
 * Policies by name, for hosts that run agents of other people.
 *
 * @since 0.1.0
 */
import { Either, ParseResult, Schema } from "effect"
import { patternFlaw } from "./capabilityPatterns.js"
import { namesThereAre } from "./nearest.js"
import { defaultPolicy, PolicySet } from "./PolicySet.js"
import { lifeCode } from "./lifeCode.js"

/**
 * Names of the policies.
 *
 * @since 0.1.0
 * @category models
 */
export const PolicyTier = Schema.Literal("default", "anonymous", "free", "pro", "enterprise")

/**
 * @since 0.1.0
 * @category models
 */
export type PolicyTier = typeof PolicyTier.Type

const commands = ["cat", "ls", "echo", "grep", "jq", "head", "tail", "sort", "wc"]

// The arguments of these commands can run programs or remove files.
const mightyCommands = ["python3", "find"]

const changes = ["fs:write:/**", "fs:overwrite:/**", "exec:file:/**"]

// A tool that names no capability may do anything.
const unnamed = "tool:call:*"

// Other memories hold what other people have stored, so these tiers get the memories of their session only.
const ownMemory = ["memory:read:session", "memory:write:session"]

/**
 * Policies by name: the policies of the aiOS kernel contract, in the capabilities of this runtime. A table in
 * docs/approvals.md lists them, with the differences.
 *
 * - `default`: reads, writes new files, asks before it replaces a file or pays
 * - `anonymous`: reads, and remembers for its session; asks before it writes, talks to a network or sees a secret
 * - `free`: also talks to the network, has sub-agents and runs a few commands that only look
 * - `pro`, `enterprise`: everything, with more time and more events
 *
 * @since 0.1.0
 * @category constants
 */
export const policyTiers: { readonly [tier in PolicyTier]: PolicySet } = {
  default: defaultPolicy,
  anonymous: {
    allow: ["fs:read:/**", ...ownMemory],
    gate: [...changes, "net:egress:*", "secrets:read:*", unnamed],
    toolRuntimeMsMax: 30_000,
    eventsPerTurnMax: 5
  },
  free: {
    allow: [
      "fs:read:/**",
      "net:egress:*",
      ...ownMemory,
      "agents:spawn:child",
      ...commands.map((command) => `exec:cmd:${command}`)
    ],
    gate: [...changes, "secrets:read:*", unnamed, ...mightyCommands.map((command) => `exec:cmd:${command}`)],
    toolRuntimeMsMax: 30_000,
    eventsPerTurnMax: 15
  },
  pro: { allow: ["*"], gate: [], toolRuntimeMsMax: 60_000, eventsPerTurnMax: 50 },
  enterprise: { allow: ["*"], gate: [], toolRuntimeMsMax: 120_000, eventsPerTurnMax: 200 }
}

/**
 * Error of a policy that cannot be used.
 *
 * @since 0.1.0
 * @category errors
 */
export class PolicyError extends Schema.TaggedError<PolicyError>("life-agent-os/PolicyError")("PolicyError", {
  /** Each wrong value, its place in the policy, and what to write instead. */
  message: Schema.String
}) {
  get code() {
    return lifeCode(this)
  }
}

const decodePolicy = Schema.decodeUnknownEither(PolicySet, { errors: "all", onExcessProperty: "error" })
const isTier = Schema.is(PolicyTier)

/**
 * Reads a policy: looks up a name, or checks the entries of a custom policy. Fails with a {@link PolicyError}.
 *
 * @since 0.1.0
 * @category parsing
 */
export const parsePolicy = (policy: PolicySet | PolicyTier): Either.Either<PolicySet, PolicyError> => {
  if (typeof policy === "string") {
    if (isTier(policy)) return Either.right(policyTiers[policy])
    const message = `there is no policy ${JSON.stringify(policy)}; ${namesThereAre(policy, PolicyTier.literals)}`
    return Either.left(new PolicyError({ message }))
  }
  return Either.mapLeft(decodePolicy(policy), (error) => {
    const issues = ParseResult.ArrayFormatter.formatErrorSync(error)
    return flawed(issues.map(({ message, path }) => `${path.map(String).join(".")}: ${message}`))
  }).pipe(
    Either.flatMap((parsed) => {
      const flaws = (["allow", "gate"] as const).flatMap((list) =>
        parsed[list].flatMap((pattern, index) => {
          const flaw = patternFlaw(pattern)
          return flaw === undefined ? [] : [`${list}.${index}: ${flaw}`]
        })
      )
      return flaws.length === 0 ? Either.right(parsed) : Either.left(flawed(flaws))
    })
  )
}

const flawed = (flaws: ReadonlyArray<string>): PolicyError =>
  new PolicyError({ message: flaws.map((flaw) => `policy.${flaw}`).join(". ") })
