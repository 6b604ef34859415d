/** Secrets are masked wherever they stand, and nothing else is. */
import { assert, describe, it } from "@effect/vitest"
import * as FastCheck from "fast-check"
import { type Json, maskJson, maskSecrets, settledLength } from "../../../src/layers/aios/index.js"
import { canaries, canaryText, shownIn } from "../../support/canaries.js"

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

  it("maskSecrets masks a secret of each family, alone, among others, in JSON, and behind an escape or in an address", () => {
    for (const [family, { text }] of Object.entries(canaries)) {
      for (const given of [
        text,
        `Look: ${text}`,
        JSON.stringify({ text }),
        JSON.stringify(JSON.stringify({ text: `first\n${text}` })),
        `a\tb\n${text}\nc`
      ]) {
        assert.deepStrictEqual(shownIn(maskSecrets(given)), [], `${family}: ${maskSecrets(given)}`)
      }
    }
    assert.deepStrictEqual(shownIn(maskSecrets(canaryText)), [])
    assert.deepStrictEqual(shownIn(JSON.stringify(maskJson({ canaryText, list: [canaryText] }))), [])
    assert.notInclude(maskSecrets(`https://x.example/%3D${canaries["github"]?.text}`), letters.slice(0, 20))
  })

  it("maskSecrets masks a secret wherever a text is cut behind its beginning", () => {
    for (const [family, { secret, text }] of Object.entries(canaries)) {
      const start = text.indexOf(secret)
      for (let end = start + 40; end < text.length; end++) {
        const shown = maskSecrets(text.slice(0, end))
        assert.notInclude(shown, secret.slice(0, 40), `${family}: ${shown}`)
      }
    }
  })

  it("maskSecrets masks the end of a private key, and the data of a Secret of Kubernetes", () => {
    const end = pem("RSA ").split("\n").slice(1).join("\n")
    assert.notInclude(maskSecrets(`1\n${end}\nafter`), letters.slice(0, 20))
    assert.include(maskSecrets(`before\n${end}\nafter`), "before\n")
    const yaml = "apiVersion: v1\nkind: Secret\ndata:\n  user: YWRhYWRh\n  other: bG92ZWxhY2U=\n"
    assert.strictEqual(maskSecrets(yaml), "apiVersion: v1\nkind: Secret\ndata:\n  user: [masked]\n  other: [masked]\n")
  })

  it("maskSecrets masks a text once: masking it again changes nothing that is shown", () => {
    const once = maskSecrets(canaryText)
    assert.deepStrictEqual(shownIn(maskSecrets(once)), [])
    assert.strictEqual(maskSecrets(maskSecrets(once)), maskSecrets(once))
  })

  it("maskSecrets leaves other text alone", () => {
    for (const text of [
      "A basic understanding of bearer bonds",
      "tokens: 120, inputTokens: 3, tokensRemaining=9",
      "task-list sk-short risk-assessment",
      "http://example.org:8080/a@b",
      "the secretary of password policy",
      "a1b2c3d4e5f6a7b8c9d0 e5b7e9985a8d1f0b4c3d2e1f",
      "PWD=/home/ada OLDPWD=~/x",
      "interface A { readonly token: string; secret?: string | undefined }",
      "publicKey: 0f1e2d3c4b5a69788796a5b4c3d2e1f0 sessionId=01M8P2E9D73KGBN4Z8K9B9D290",
      "Array<Token> and Page<AdminAPIKey>",
      "rapidRunId=01M8P2E9D73KGBN4Z8K9B9D290 api_call_id: toolu_01AbCdEfGhIjKlMnOp",
      "password=${PASSWORD} token: $TOKEN",
      "the model anthropic:claude-sonnet-5-5 and openai:gpt-4o-mini-2099-01-01",
      "digest e5b7e9985a8d1f0b4c3d2e1f0f1e2d3c4b5a69788796a5b4c3d2e1f00f1e2d3c",
      "https://github.com/life/agent/blob/0f1e2d3c4b5a69788796a5b4c3d2e1f00f1e2d3c/src/index.ts"
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
    const more = [
      "-----END PRIVATE KEY\n",
      "-----BEGIN A PRIVATE KEY-----",
      "curl -u ",
      "login a password ",
      "<a password>",
      'key="password" value="',
      "kind: Secret\na: b\n",
      "hooks.slack.com/a/",
      "cookie:",
      "a=b1c2d3e4f5g6h7i8 ",
      "key=a1b2c3d4e5f6g7h8i9",
      "(a1b2c3d4e5f6g7h8",
      "aaaaaaaaaaaaaaa.",
      "SG.aaaaaaaaaaaaaaaa.",
      "a/b:c~",
      "%3D\\n",
      "--password "
    ]
    for (const unit of [
      "eyJ",
      "eyJ-",
      "sk-",
      "-----BEGIN ",
      "Bearer ",
      "password",
      'token="\\',
      "a://",
      "x",
      "\\\\",
      ...more
    ]) {
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

describe("settledLength", () => {
  it("settledLength lets no secret of a streamed text through, however the text comes in pieces", () => {
    const pieces = FastCheck.infiniteStream(FastCheck.integer({ min: 1, max: 30 }))
    FastCheck.assert(
      FastCheck.property(pieces, (sizes) => {
        const text = `Look:\n${canaryText}\nThat is all.`
        let held = ""
        let shown = ""
        for (let at = 0; at < text.length; ) {
          const size = sizes.next().value ?? 1
          held += text.slice(at, at + size)
          at += size
          const settled = settledLength(held)
          shown += maskSecrets(held.slice(0, settled))
          held = held.slice(settled)
        }
        shown += maskSecrets(held)
        assert.deepStrictEqual(shownIn(shown), [], shown)
        assert.match(shown, /That is all\.$/)
      }),
      { seed, numRuns: 200 }
    )
  })

  it("settledLength shows the words of a line without the name of a secret, but for the last two", () => {
    assert.strictEqual(settledLength("The agent looks arou"), "The agent ".length)
    assert.strictEqual(settledLength("first\nthe token of"), "first\n".length)
    assert.strictEqual(settledLength(`a\n${pem("").slice(0, 60)}`), 2)
    assert.strictEqual(settledLength("x".repeat(40_000)), 40_000)
  })
})
