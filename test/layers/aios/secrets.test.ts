/** Secrets are masked wherever they stand, and nothing else is. */
import { assert, describe, it } from "@effect/vitest"
import * as FastCheck from "fast-check"
import { type Json, maskJson, maskSecrets } from "../../../src/layers/aios/index.js"

const seed = 20_260_101

/** Put together here, so that no scanner takes this file for a leak. */
const secret = (...parts: ReadonlyArray<string>): string => parts.join("")
const letters = "aZ09bY18cX27dW36eV45fU54gT63hS72iR81jQ90"

const pem = (label: string): string =>
  secret("-----BEGIN ", label, "PRIVATE KEY-----\n", `${letters}\n${letters}\n`, "-----END ", label, "PRIVATE KEY-----")

describe("maskSecrets", () => {
  it("maskSecrets masks keys of well-known services", () => {
    for (const key of [
      secret("sk-ant-", "api03-", letters),
      secret("sk-proj-", letters),
      secret("ghp_", letters.slice(0, 36)),
      secret("github_pat_", letters),
      secret("glpat-", letters.slice(0, 20)),
      secret("hf_", letters.slice(0, 34)),
      secret("npm_", letters.slice(0, 36)),
      secret("xoxb-", "123456789012-", letters),
      secret("AKIA", "IOSFODNN7EXAMPLE"),
      secret("AIza", letters.slice(0, 35)),
      secret("sk_live_", letters),
      secret("eyJ", "hbGciOiJIUzI1NiJ9", ".eyJzdWIiOiIxMjMifQ.", letters)
    ]) {
      assert.strictEqual(maskSecrets(`It is ${key}, I think.`), "It is [masked], I think.", key)
    }
  })

  it("maskSecrets masks bearer tokens, passwords in addresses and private keys, whole or cut off", () => {
    assert.strictEqual(maskSecrets("Authorization: Bearer abc123def"), "Authorization: [masked]")
    assert.strictEqual(maskSecrets("-H 'authorization: Basic dXNlcjpwYXNz' -v"), "-H 'authorization: [masked]' -v")
    assert.strictEqual(maskSecrets("curl with bearer abc123def"), "curl with bearer [masked]")
    assert.strictEqual(maskSecrets("postgres://ada:lovelace@db:5432/x"), "postgres://ada:[masked]@db:5432/x")
    assert.strictEqual(maskSecrets(`a\n${pem("RSA ")}\nb`), "a\n[masked]\nb")
    assert.strictEqual(maskSecrets(`a\n${pem("OPENSSH ").slice(0, -20)}`), "a\n[masked]")
  })

  it("maskSecrets masks the text after the name of a secret, in every kind of quotes", () => {
    assert.strictEqual(maskSecrets("DB_PASSWORD=swordfish\nPORT=1"), "DB_PASSWORD=[masked]\nPORT=1")
    assert.strictEqual(maskSecrets('{"password":"sword\\"fish","n":1}'), '{"password":[masked],"n":1}')
    assert.strictEqual(maskSecrets("{'apiKey': 'swordfish'}"), "{'apiKey': [masked]}")
    assert.strictEqual(maskSecrets('{\\"client_secret\\": \\"swordfish\\"}'), '{\\"client_secret\\": [masked]}')
    assert.strictEqual(
      maskSecrets("https://x.example/?token=swordfish&page=2"),
      "https://x.example/?token=[masked]&page=2"
    )
    assert.strictEqual(maskSecrets('password: "swordfish is a long'), "password: [masked]")
  })

  it("maskSecrets leaves other text alone", () => {
    for (const text of [
      "A basic understanding of bearer bonds",
      "tokens: 120, inputTokens: 3, tokensRemaining=9",
      "task-list sk-short risk-assessment",
      "http://example.org:8080/a@b",
      "the secretary of password policy",
      "a1b2c3d4e5f6a7b8c9d0 e5b7e9985a8d1f0b4c3d2e1f"
    ]) {
      assert.strictEqual(maskSecrets(text), text)
    }
  })

  it("maskSecrets lets no secret through between any other texts", () => {
    const words = FastCheck.array(
      FastCheck.constantFrom("password", "=", ": ", '"', "'", "[", "{", " ", "\n", "Bearer ", "key", "://u:", "@", "…"),
      { maxLength: 8 }
    ).map((parts) => parts.join(""))
    FastCheck.assert(
      FastCheck.property(words, words, (before, after) => {
        assert.notInclude(maskSecrets(`${before} ${secret("sk-ant-", letters)} ${after}`), letters)
        assert.notInclude(maskSecrets(`${before}\n${pem("")}\n${after}`), letters)
        assert.notInclude(maskSecrets(`${before} password=${letters} ${after}`), letters)
      }),
      { seed, numRuns: 2_000 }
    )
  })

  it("maskSecrets takes time in proportion to the text, for any text", () => {
    const length = 1_000_000
    for (const unit of ["eyJ", "eyJ-", "sk-", "-----BEGIN ", "Bearer ", "password", 'token="\\', "a://", "x", "\\\\"]) {
      const text = unit.repeat(length / unit.length)
      const start = performance.now()
      maskSecrets(text)
      assert.isBelow(performance.now() - start, 2_000, unit)
    }
  })
})

describe("maskJson", () => {
  it("maskJson masks texts, and every value under the name of a secret", () => {
    const value: Json = {
      headers: { Authorization: "x", "x-api-key": "y", accept: "*/*" },
      list: [{ clientSecret: { nested: true } }, { password: 1234 }, { token: null, tokens: 12 }],
      text: "password=swordfish",
      [secret("sk-", letters)]: 1
    }
    assert.deepStrictEqual(maskJson(value), {
      headers: { Authorization: "[masked]", "x-api-key": "[masked]", accept: "*/*" },
      list: [{ clientSecret: "[masked]" }, { password: "[masked]" }, { token: null, tokens: 12 }],
      text: "password=[masked]",
      "[masked]": 1
    })
  })

  it("maskJson follows no value deeper than it may", () => {
    const deep: Json = JSON.parse(`${'{"a":'.repeat(5_000)}1${"}".repeat(5_000)}`)
    assert.include(JSON.stringify(maskJson(deep)), "nested too deep")
    const odd: Json = JSON.parse('{"__proto__":{"a":1}}')
    assert.strictEqual(JSON.stringify(maskJson(odd)), '{"__proto__":{"a":1}}')
  })
})
