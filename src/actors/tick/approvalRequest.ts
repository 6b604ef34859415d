/**
 * The request to a person to approve a call: its reason, its risk, and its deadline.
 *
 * @since 0.1.0
 */
import { Effect, LogLevel } from "effect"
import {
  type Capability,
  type EventKindOf,
  gatedOf,
  type PendingCall,
  type PolicySet,
  type PreparedCall,
  type RiskLevel,
  type ToolAnnotations
} from "../../layers/aios/index.js"
import type { Mind, TickPorts } from "./Tick.js"

/**
 * The risk of a call, from the annotations of its tool and the capabilities it needs.
 */
export const riskOf = (
  { destructive, openWorld, readOnly }: ToolAnnotations,
  capabilities: ReadonlyArray<Capability>
): RiskLevel => {
  const needs = (...domains: ReadonlyArray<string>) =>
    capabilities.some(
      (capability) => capability === "*" || domains.some((domain) => capability.startsWith(`${domain}:`))
    )
  // A payment cannot be undone.
  if (needs("payments")) return "critical"
  if (needs("secrets", "exec")) return "high"
  if (readOnly) return openWorld ? "medium" : "low"
  return destructive || openWorld ? "high" : "medium"
}

/**
 * The request for an approval. `now` is in milliseconds since the epoch. An infinite timeout gives a request without a
 * deadline.
 */
export const requestFor = (
  approvalId: string,
  { callId, input, toolName }: PendingCall,
  { capabilities: needed, concerns = [], definition }: Pick<PreparedCall, "capabilities" | "concerns" | "definition">,
  policy: PolicySet,
  rule: { readonly ruleId: string; readonly reason?: string | undefined; readonly askedBy?: string | undefined },
  { now, timeoutMs }: { readonly now: number; readonly timeoutMs: number }
): EventKindOf<"ApprovalRequested"> => {
  const gated = gatedOf(policy, needed)
  // The gate of a subsystem asks about the whole call. With an empty list, every grant would cover the approval.
  const capabilities = gated.length === 0 ? needed : gated
  return {
    type: "ApprovalRequested",
    approvalId,
    callId,
    toolName,
    input,
    capability: capabilities[0] ?? "",
    risk: riskOf(definition.annotations, needed),
    capabilities,
    reason:
      `${toolName} would ${capabilities.map(deed).join(" and ") || "run"}; ` +
      `the rule ${rule.ruleId} asks a person first${rule.reason === undefined ? "." : `: ${rule.reason}`}` +
      concerns.map((concern) => ` ${concern}.`).join(""),
    ...(rule.askedBy === undefined ? {} : { askedBy: rule.askedBy }),
    ...(Number.isFinite(timeoutMs) ? { dueAt: Math.ceil(now + timeoutMs) } : {})
  }
}

const deeds: { readonly [kind: string]: (scope: string) => string } = {
  "fs:read": (scope) => `read ${scope}`,
  "fs:write": (scope) => `write ${scope}`,
  "fs:overwrite": (scope) => `replace what is in ${scope}`,
  "net:egress": (scope) => `talk to ${scope}`,
  "exec:cmd": (scope) => `run the command ${scope}`,
  "exec:file": (scope) => `decide what ${scope} makes other programs do`,
  "secrets:read": (scope) => `read the secret ${scope}`,
  "payments:initiate": (scope) => `pay (${scope})`
}

const deed = (capability: Capability): string => {
  const [domain = "", action = "", ...scope] = capability.split(":")
  return deeds[`${domain}:${action}`]?.(scope.join(":")) ?? `use ${capability}`
}

/**
 * Logs that a call waits for an approval. Without this line, the person who waits for the run would only see that it
 * does not go on.
 */
export const announceApproval = (
  { sessionId, state }: Pick<Mind, "sessionId" | "state">,
  { warnsOfApproval }: TickPorts,
  { approvalId, reason = "" }: { readonly approvalId: string; readonly reason?: string | undefined }
): Effect.Effect<void> =>
  Effect.logWithLevel(
    warnsOfApproval(state.run?.runId) ? LogLevel.Warning : LogLevel.Debug,
    `${state.name} waits for the approval ${approvalId}: ${reason} Answer with agent.approve or agent.deny, or with ` +
      `\`life approve\`; the session is ${sessionId}.`
  )
