import { assert, describe, it } from "@effect/vitest"
import * as fc from "fast-check"
import {
  type AgentState,
  type BudgetState,
  decodeKind,
  defaultBudget,
  evaluatePolicy,
  initialState,
  isRawKind,
  type PolicySet
} from "../../src/layers/aios/index.js"
import { policyFor, problemOf } from "../../src/layers/arcan/delegation/share.js"

const names = ["pub", "src", "x|"]
const capabilities = ["fs:read", "fs:write", "fs:overwrite"]
  .flatMap((kind) =>
    ["/", ...names.flatMap((a) => [`/${a}`, ...names.map((b) => `/${a}/${b}`)])].map((path) => `${kind}:${path}`)
  )
  .concat(["exec:cmd:git", "exec:cmd:rm", "net:egress:a.example.com", "payments:initiate:usdc", "tool:call:look"])

const part = fc.constantFrom(...names, "*", "**", "p*", "*|", "{pub,src}")
const path = fc.array(part, { maxLength: 3 }).map((parts) => `/${parts.join("/")}`)
const pattern = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.tuple(fc.constantFrom("fs:read", "fs:write", "fs:*"), path).map(([kind, scope]) => `${kind}:${scope}`)
  },
  fc.constantFrom(
    "*",
    "exec:cmd:*",
    "exec:cmd:git",
    "net:egress:*.example.com",
    "net:egress:*",
    "payments:initiate:*",
    "tool:call:*"
  )
)
const policies = fc.record({ allow: fc.array(pattern, { maxLength: 4 }), gate: fc.array(pattern, { maxLength: 2 }) })
// Half of the requests name what the parent has, so that most of them succeed: all of it, or narrower.
const asked = fc.oneof(
  fc.array(pattern, { minLength: 1, maxLength: 2 }).map((wanted) => () => wanted),
  fc
    .array(fc.nat(3), { minLength: 1, maxLength: 2 })
    .map((picks) => (policy: PolicySet) => picks.flatMap((pick) => policy.allow[pick]?.replaceAll("**", "*") ?? [])),
  fc.constant(() => undefined)
)

const runsBy = (policy: PolicySet) =>
  capabilities.filter((needed) => evaluatePolicy(policy, [needed]).decision === "allow")
const stateWith = (policy: PolicySet): AgentState => ({ ...initialState, policy })
const share: BudgetState = defaultBudget

/** The policy of a sub-agent, as a process reads it that was started after the spawn; `undefined` if it is refused. */
const childOf = (
  policy: PolicySet,
  wantedOf: (policy: PolicySet) => ReadonlyArray<string> | undefined
): PolicySet | undefined => {
  const wanted = wantedOf(policy)
  const request = { objective: "Help.", capabilities: wanted }
  if (problemOf({ children: 0, depth: 0, leaving: false }, request, stateWith(policy), share) !== undefined)
    return undefined
  const body = { type: "SessionConfigured", policy: policyFor(policy, request) }
  const read = decodeKind(JSON.stringify(body))
  assert.isFalse(isRawKind(read))
  return !isRawKind(read) && read.type === "SessionConfigured" ? read.policy : undefined
}

describe("the rights of a sub-agent", () => {
  it("are within the rights of its parent, for 10 000 pairs, through two levels and after a restart", () => {
    let children = 0
    let grandchildren = 0
    fc.assert(
      fc.property(policies, asked, asked, (policy, first, second) => {
        const child = childOf(policy, first)
        if (child === undefined) return
        const grandchild = childOf(child, second)
        children++
        const own = new Set(runsBy(policy))
        const childs = new Set(runsBy(child))
        for (const needed of childs) assert.isTrue(own.has(needed), `the child may ${needed}`)
        // No person can be asked, so nothing of the child waits for an approval.
        for (const needed of capabilities)
          assert.notStrictEqual(evaluatePolicy(child, [needed]).decision, "require_approval")
        if (grandchild === undefined) return
        grandchildren++
        for (const needed of runsBy(grandchild)) assert.isTrue(childs.has(needed), `the grandchild may ${needed}`)
      }),
      { seed: 11, numRuns: 20_000 }
    )
    assert.isAtLeast(children, 10_000)
    assert.isAtLeast(grandchildren, 5_000)
  })
})
