import { assert, describe, it } from "@effect/vitest"
import { Either } from "effect"
import * as fc from "fast-check"
import {
  capabilityCovers,
  capabilityOverlaps,
  defaultPolicy,
  escapeScope,
  evaluatePolicy,
  Limits,
  parsePolicy,
  patternFlaw,
  pathScope,
  policyTiers,
  unescapeScope,
  wildcard
} from "../../../src/layers/aios/index.js"

const cases: ReadonlyArray<readonly [pattern: string, covered: string, covers: boolean]> = [
  ["fs:read:/session/**", "fs:read:/session/a", true],
  ["fs:read:/session/**", "fs:read:/session/a/b/.hidden", true],
  ["fs:read:/session/**", "fs:read:/sessions/a", false],
  ["fs:read:/session/**", "fs:read:/session/../etc", false],
  ["fs:read:/session/**", "fs:write:/session/a", false],
  ["fs:read:/session/*", "fs:read:/session/a/b", false],
  ["fs:read:/session/*", "fs:read:/session", false],
  ["fs:read:/session/**", "fs:read:/session", true],
  ["fs:read:/**", "fs:read:/", true],
  ["fs:read:/*", "fs:read:/", false],
  ["fs:read:/packages/*/**", "fs:read:/packages/a", true],
  ["fs:read:/packages/*/**", "fs:read:/packages", false],
  ["fs:read:/**/*.md", "fs:read:/docs/a.md", true],
  ["fs:read:/**/*.md", "fs:read:/a.md", true],
  ["fs:read:/src/**/a.ts", "fs:read:/src/a.ts", true],
  ["fs:*:/a", "fs:read:/a", true],
  ["fs:read:/a", "fs:*:/a", false],
  ["exec:cmd:*", "exec:cmd:git", true],
  ["exec:cmd:*", "exec:cmd:/usr/bin/git", true],
  ["exec:cmd:git", "exec:cmd:git status", false],
  ["net:egress:*.example.com", "net:egress:api.example.com", true],
  ["net:egress:*.example.com", "net:egress:example.com.evil.org", false],
  ["net:egress:https://api.example.com/*", "net:egress:https://api.example.com/v1/x", true],
  ["payments:initiate:**", "payments:initiate:usdc", true],
  ["*", "exec:cmd:anything", true],
  ["**", "net:egress:x", true],
  ["*", "fs:read:/a/../../etc/passwd", false],
  ["*", "fs:read:relative", false],
  // Every other character means itself.
  ["fs:read:/app/[slug]/**", "fs:read:/app/[slug]/page.tsx", true],
  ["fs:read:/app/[slug]/**", "fs:read:/app/s/page.tsx", false],
  ["fs:read:/pub/x|/**", "fs:read:/secret", false],
  ["fs:read:/(a+)+b", "fs:read:/aab", false],
  ["fs:read:/{a,b}", "fs:read:/a", false],
  ["fs:read:/a?", "fs:read:/ab", false],
  ["fs:read:!/a", "fs:read:/b", false],
  // A pattern covers a pattern if it covers all that the other stands for.
  ["fs:read:/pub/**", "fs:read:/pub/**", true],
  ["fs:read:/pub/**", "fs:read:/pub/x|/**", true],
  ["fs:read:/pub/**", "fs:read:/pub/*/**/*", true],
  ["fs:read:/pub/*", "fs:read:/pub/**", false],
  ["fs:read:/pub/*", "fs:read:/pub/a*b", true],
  ["fs:read:/**/*", "fs:read:/*/**", true],
  ["fs:read:/**/*", "fs:read:/**", false],
  ["fs:read:/*/**/b", "fs:read:/**/a/b", true],
  ["fs:read:/**", "*", false],
  ["*", "**", true],
  ["exec:cmd:*", "exec:cmd:/a/**", true],
  ["exec:cmd:*/b", "exec:cmd:/a/**/b", true],
  ["exec:cmd:/**", "exec:cmd:*", false]
]

// Paths of up to four names; `z` is a name that no pattern spells.
const names = ["a", "b", "ab", "ba", "z"]
const paths = ["/", ...[1, 2, 3, 4].flatMap((depth) => tuples(depth).map((parts) => `/${parts.join("/")}`))]
function tuples(depth: number): ReadonlyArray<ReadonlyArray<string>> {
  return depth === 0 ? [[]] : tuples(depth - 1).flatMap((rest) => names.map((name) => [...rest, name]))
}
const pathPattern = (maxLength: number) =>
  fc
    .array(fc.constantFrom("a", "b", "*", "**", "a*", "*b", "*a*"), { maxLength })
    .map((parts) => `fs:read:/${parts.join("/")}`)
const pathsOf = (pattern: string) => paths.filter((path) => capabilityCovers(pattern, `fs:read:${path}`))

// The reference: the pattern as a regular expression.
const isFit = (pattern: string, path: string): boolean => {
  const parts = pattern.slice("fs:read:/".length).split("/")
  const source = parts.map((part) =>
    part === "**" ? "(?:/[^/]+)*" : part === "*" ? "/[^/]+" : part === "" ? "" : `/${part.replaceAll("*", "[^/]*")}`
  )
  return new RegExp(`^${source.join("")}$`).test(path === "/" ? "" : path)
}

describe("capabilities", () => {
  for (const [pattern, covered, covers] of cases) {
    it(`${pattern} ${covers ? "covers" : "does not cover"} ${JSON.stringify(covered)}`, () => {
      assert.strictEqual(capabilityCovers(pattern, covered), covers)
    })
  }

  it("a pattern covers the same paths as the regular expression that it stands for", () => {
    fc.assert(
      fc.property(pathPattern(4), fc.constantFrom(...paths), (pattern, path) => {
        assert.strictEqual(capabilityCovers(pattern, `fs:read:${path}`), isFit(pattern, path))
      }),
      { seed: 3, numRuns: 3_000 }
    )
  })

  it("a pattern covers another exactly if it covers each path of the other, counted out", () => {
    fc.assert(
      fc.property(pathPattern(4), pathPattern(4), (outer, inner) => {
        const counted = pathsOf(inner).every((path) => isFit(outer, path))
        assert.strictEqual(capabilityCovers(outer, inner), counted)
      }),
      { seed: 4, numRuns: 3_000 }
    )
  })

  it("two patterns overlap exactly if a path fits both, counted out", () => {
    fc.assert(
      fc.property(pathPattern(3), pathPattern(3), (left, right) => {
        const both = pathsOf(left).some((path) => isFit(right, path))
        assert.strictEqual(capabilityOverlaps(left, right), both)
        assert.strictEqual(capabilityOverlaps(right, left), both)
      }),
      { seed: 5, numRuns: 3_000 }
    )
  })

  it("a hostile pattern takes at most as many comparisons as its length times the length of the text", () => {
    const hostile = fc
      .array(fc.constantFrom("*", "a", "*a", "aa", "b"), { maxLength: 60 })
      .map((parts) => parts.join(""))
    const text = fc.array(fc.constantFrom("a", "b"), { maxLength: 300 }).map((parts) => parts.join(""))
    fc.assert(
      fc.property(hostile, text, (pattern, given) => {
        let comparisons = 0
        wildcard(
          pattern,
          given,
          (character) => character === "*",
          (a, b) => {
            comparisons++
            return a === b
          }
        )
        assert.isAtMost(comparisons, (pattern.length + 1) * (given.length + 1))
      }),
      { seed: 6, numRuns: 2_000 }
    )
  })

  it("patterns that froze a backtracking matcher are decided at once", () => {
    const path = `fs:read:/${"a".repeat(4_000)}!`
    for (const pattern of ["fs:read:/(a+)+b", `fs:read:/${"*a".repeat(400)}b`, `fs:read:/${"**/a*/".repeat(100)}b`]) {
      assert.isFalse(capabilityCovers(pattern, path))
      assert.isFalse(capabilityOverlaps(pattern, path))
    }
  })

  it("a pattern beyond the limit covers nothing, and as a gate it asks about its whole domain", () => {
    const long = `fs:read:/${"a".repeat(Limits.capabilityPatternCharactersMax)}`
    assert.isFalse(capabilityCovers(long, long))
    assert.isTrue(capabilityOverlaps(long, "fs:read:/b"))
    assert.isFalse(capabilityOverlaps(long, "net:egress:b"))
  })

  it("control characters and line separators stand in no capability, and free text is escaped", () => {
    const policy = { allow: ["*"], gate: ["payments:initiate:**"] }
    for (const end of ["\n", "\r", "\u2028", "\u2029", "\0", "\u0085", "\u202e", "\u200b"]) {
      const payee = `mallory${end}`
      assert.strictEqual(evaluatePolicy(policy, [`payments:initiate:${payee}`]).decision, "deny")
      assert.strictEqual(
        evaluatePolicy(policy, [`payments:initiate:${escapeScope(payee)}`]).decision,
        "require_approval"
      )
      assert.match(patternFlaw(`payments:initiate:${payee}`) ?? "", /character 26 is U\+[0-9A-F]{4}/)
    }
  })

  it("different texts have different scopes, and no scope holds a wildcard", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary" }), fc.string({ unit: "binary" }), (a, b) => {
        if (a !== b) assert.notStrictEqual(escapeScope(a), escapeScope(b))
        assert.notMatch(escapeScope(a), /[*\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u)
        assert.strictEqual(unescapeScope(escapeScope(a)), a)
      }),
      {
        seed: 7,
        examples: [
          ["a*", "a%2A"],
          ["100%", "100%25"],
          ["%2*", "%2%2A"]
        ]
      }
    )
  })

  it("a path that steps upward has no scope, wherever the step stands", () => {
    fc.assert(
      fc.property(fc.array(fc.string()), fc.array(fc.string()), (before, after) => {
        assert.isUndefined(pathScope([...before, "..", ...after].join("/")))
      }),
      { seed: 1 }
    )
  })

  it("the scope of a path is normalised, and no path has the scope of another", () => {
    assert.strictEqual(pathScope("./src//a/./b.ts"), "/src/a/b.ts")
    assert.strictEqual(pathScope(""), "/")
    assert.strictEqual(pathScope("a*/\u202eb"), "/a%2A/%E2%80%AEb")
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

  it("a gate asks about a call that reaches into what it guards from above", () => {
    const policy = { allow: ["*"], gate: ["fs:read:/secret/**"] }
    assert.strictEqual(evaluatePolicy(policy, ["fs:read:/**"]).decision, "require_approval")
    assert.strictEqual(evaluatePolicy(policy, ["fs:read:/open/**"]).decision, "allow")
    assert.strictEqual(evaluatePolicy(policy, ["*"]).decision, "require_approval")
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

  it("a policy denies a call that names no capability, also one that allows everything", () => {
    assert.strictEqual(evaluatePolicy(defaultPolicy, []).decision, "deny")
    assert.strictEqual(evaluatePolicy({ allow: ["*"], gate: [] }, []).decision, "deny")
  })

  it("a flaw of an entry is refused with its place in the policy and in the text", () => {
    const flaws: ReadonlyArray<readonly [pattern: string, message: string]> = [
      ["fs:read:*", 'the path "*" does not begin with /'],
      ["fs:read:/a/../b", "has the name .. in it"],
      ["fs:read:/a//b", "has an empty name in it"],
      ["fs:read:/src/**.ts", '** stands for whole names, and "**.ts" has it inside a name'],
      ["fs:read:/{a,b}/**", '"{a,b}" at character 10 would be taken letter by letter'],
      ["fs:read:/(a|b)", '"(a|b)" at character 10'],
      ["fs:read:/a?", '"?" at character 11'],
      ["fs:read:/[a-z]", '"[a-z]" at character 10'],
      ["payments:initiate:a\u2028", "character 20 is U+2028"],
      [`fs:read:/${"a".repeat(2_000)}`, "the limit is 1024"]
    ]
    for (const [pattern, message] of flaws) {
      const parsed = parsePolicy({ allow: ["*"], gate: ["exec:cmd:*", pattern] })
      assert.include(Either.isLeft(parsed) && parsed.left.message, `policy.gate.1: `)
      assert.include(Either.isLeft(parsed) && parsed.left.message, message)
    }
    assert.isTrue(Either.isRight(parsePolicy({ allow: ["fs:read:/app/[slug]/(group)/!a|b/**"], gate: [] })))
  })

  it("each tier allows what the tier below allows, and gates of a higher tier ask about less", () => {
    const tiers = [policyTiers.anonymous, policyTiers.free, policyTiers.pro, policyTiers.enterprise]
    for (const [index, lower] of tiers.slice(0, -1).entries()) {
      const higher = tiers[index + 1]
      for (const entry of lower.allow)
        assert.isTrue(
          higher?.allow.some((other) => capabilityCovers(other, entry)),
          entry
        )
    }
    for (const [name, tier] of Object.entries(policyTiers)) assert.isTrue(Either.isRight(parsePolicy(tier)), name)
  })
})
