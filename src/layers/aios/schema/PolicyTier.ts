/**
 * Policies by name, for those who host agents of others.
 *
 * @since 0.1.0
 */
import { Either, ParseResult, Schema } from "effect"
import { namesThereAre } from "./nearest.js"
import { defaultPolicy, PolicySet } from "./PolicySet.js"
import { lifeCode } from "./lifeCode.js"

/**
 * The names of the policies there are.
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

// These run or remove whatever their arguments say.
const mightyCommands = ["python3", "find"]

const changes = ["fs:write:/**", "fs:overwrite:/**"]

// A tool that names no capability may do anything.
const unnamed = "tool:call:*"

// What others have put into memory is not for everybody.
const ownMemory = ["memory:read:session", "memory:write:session"]

/**
 * The policies by name: those of the aiOS kernel contract, in our capabilities. docs/agents.md has them as a table, with
 * what is different.
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
 * Why a policy cannot be taken.
 *
 * @since 0.1.0
 * @category errors
 */
export class PolicyError extends Schema.TaggedError<PolicyError>("life-agent-os/PolicyError")("PolicyError", {
  /** Each value that is wrong, where it stands in the policy, and what to write instead. */
  message: Schema.String
}) {
  get code() {
    return lifeCode(this)
  }
}

const decodePolicy = Schema.decodeUnknownEither(PolicySet, { errors: "all", onExcessProperty: "error" })
const isTier = Schema.is(PolicyTier)

/**
 * A policy as it enters: one by its name, or one of your own whose entries are checked. Fails with a {@link PolicyError}.
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
    const message = issues.map(({ message, path }) => `policy.${path.map(String).join(".")}: ${message}`).join(". ")
    return new PolicyError({ message })
  })
}
