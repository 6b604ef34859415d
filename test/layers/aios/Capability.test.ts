import { assert, describe, it } from "@effect/vitest"
import * as fc from "fast-check"
import { capabilityMatches, defaultPolicy, evaluatePolicy, pathScope } from "../../../src/layers/aios/index.js"

const cases: ReadonlyArray<readonly [pattern: string, requested: string, matches: boolean]> = [
  ["fs:read:/session/**", "fs:read:/session/a", true],
  ["fs:read:/session/**", "fs:read:/session/a/b/.hidden", true],
  ["fs:read:/session/**", "fs:read:/sessions/a", false],
  ["fs:read:/session/**", "fs:read:/session/../etc", false],
  ["fs:read:/session/**", "fs:write:/session/a", false],
  ["fs:read:/session/*", "fs:read:/session/a/b", false],
  ["fs:read:/session/*", "fs:read:/session", false],
  ["fs:read:/session/**", "fs:read:/session", true],
  ["fs:read:/**", "fs:read:/", true],
  ["fs:read:/packages/*/**", "fs:read:/packages/a", true],
  ["fs:read:/packages/*/**", "fs:read:/packages", false],
  ["fs:read:/**/*.md", "fs:read:/docs/a.md", true],
  ["fs:read:/**/*.md", "fs:read:/a.md", true],
  ["fs:read:/src/**/a.ts", "fs:read:/src/a.ts", true],
  ["fs:*:/a", "fs:read:/a", true],
  ["fs:read:/a[b]", "fs:read:/a[b]", true],
  ["exec:cmd:*", "exec:cmd:git", true],
  ["exec:cmd:git", "exec:cmd:git status", false],
  ["net:egress:*.example.com", "net:egress:api.example.com", true],
  ["net:egress:*.example.com", "net:egress:example.com.evil.org", false],
  ["net:egress:https://api.example.com/*", "net:egress:https://api.example.com/v1/x", true],
  ["payments:initiate:**", "payments:initiate:usdc", true],
  ["*", "exec:cmd:anything", true],
  ["**", "net:egress:x", true],
  ["*", "fs:read:/a/../../etc/passwd", false],
  ["*", "fs:read:relative", false],
  ["*", "fs:read:/a\0b", false]
]

describe("capabilities", () => {
  for (const [pattern, requested, matches] of cases) {
    it(`${pattern} ${matches ? "covers" : "does not cover"} ${JSON.stringify(requested)}`, () => {
      assert.strictEqual(capabilityMatches(pattern, requested), matches)
    })
  }

  it("a path that steps upward has no scope, wherever the step stands", () => {
    fc.assert(
      fc.property(fc.array(fc.string()), fc.array(fc.string()), (before, after) => {
        assert.isUndefined(pathScope([...before, "..", ...after].join("/")))
      }),
      { seed: 1 }
    )
  })

  it("the scope of a path is normalised and stays the same when it is taken again", () => {
    assert.strictEqual(pathScope("./src//a/./b.ts"), "/src/a/b.ts")
    assert.strictEqual(pathScope(""), "/")
    fc.assert(
      fc.property(fc.string(), (path) => {
        const scope = pathScope(path)
        if (scope !== undefined) assert.strictEqual(pathScope(scope), scope)
      }),
      { seed: 2 }
    )
  })
})

describe("a policy", () => {
  it("a policy denies what no entry names", () => {
    assert.deepStrictEqual(evaluatePolicy(defaultPolicy, ["exec:cmd:rm"]), {
      decision: "deny",
      ruleId: "default:deny",
      capability: "exec:cmd:rm"
    })
  })

  it("a policy lets a gate win over an allow entry", () => {
    const policy = { allow: ["*"], gate: ["fs:write:/secret/**"] }
    assert.strictEqual(evaluatePolicy(policy, ["fs:write:/secret/a"]).decision, "require_approval")
    assert.strictEqual(evaluatePolicy(policy, ["fs:write:/open/a"]).decision, "allow")
  })

  it("a policy denies a call as a whole when one of its capabilities is denied", () => {
    assert.strictEqual(evaluatePolicy(defaultPolicy, ["fs:overwrite:/a", "exec:cmd:rm"]).decision, "deny")
  })

  it("a policy names the rule and the capability that decided", () => {
    assert.deepStrictEqual(evaluatePolicy(defaultPolicy, ["fs:read:/a", "fs:overwrite:/a"]), {
      decision: "require_approval",
      ruleId: "gate:fs:overwrite:/**",
      capability: "fs:overwrite:/a"
    })
  })

  it("a policy lets a call that needs nothing run", () => {
    assert.strictEqual(evaluatePolicy({ allow: [], gate: [] }, []).decision, "allow")
  })
})
