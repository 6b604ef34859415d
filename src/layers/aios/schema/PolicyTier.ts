/**
 * Policies by name, for those who host agents of others.
 *
 * @since 0.1.0
 */
import { Schema } from "effect"
import { defaultPolicy, type PolicySet } from "./PolicySet.js"

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
    gate: [...changes, "net:egress:*", "secrets:read:*"],
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
    gate: [...changes, "secrets:read:*", ...mightyCommands.map((command) => `exec:cmd:${command}`)],
    toolRuntimeMsMax: 30_000,
    eventsPerTurnMax: 15
  },
  pro: { allow: ["*"], gate: [], toolRuntimeMsMax: 60_000, eventsPerTurnMax: 50 },
  enterprise: { allow: ["*"], gate: [], toolRuntimeMsMax: 120_000, eventsPerTurnMax: 200 }
}

/**
 * A policy that may have been given by its name.
 *
 * @since 0.1.0
 * @category conversions
 */
export const policyOf = (policy: PolicySet | PolicyTier): PolicySet =>
  typeof policy === "string" ? policyTiers[policy] : policy
