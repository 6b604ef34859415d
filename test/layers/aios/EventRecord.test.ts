import { assert, describe, it } from "@effect/vitest"
import { Arbitrary, Either, FastCheck as fc, Schema } from "effect"
import { createHash } from "node:crypto"
import {
  agentActor,
  AgentStateVector,
  BudgetState,
  canonicalJson,
  decodeKind,
  digestOf,
  EventRecord,
  eventTypes,
  genesisDigest,
  isRawKind,
  kindText,
  timestampOf,
  toJsonLine,
  typeOf
} from "../../../src/layers/aios/index.js"

const record = (kind: EventRecord["kind"]): EventRecord => ({
  eventId: "01ARZ3NDEKTSV4RRFFQ69G5FAV",
  sessionId: 's"1',
  agentId: "a1",
  branchId: "main",
  sequence: 7,
  timestamp: "2026-11-22T10:48:25.199Z",
  actor: agentActor,
  digest: "d".repeat(64),
  kind,
  body: kindText(kind)
})

describe("event bodies", () => {
  it("the taxonomy has the mission's names and none of the doubles they replace", () => {
    for (const name of [
      "UserMessage",
      "ExternalSignal",
      "SessionCreated",
      "SessionResumed",
      "SessionClosed",
      "AssistantMessage",
      "ToolCall",
      "ToolResult",
      "ApprovalRequested",
      "ApprovalGranted",
      "ApprovalDenied",
      "Custom"
    ])
      assert.include(eventTypes, name)
    for (const name of ["Message", "TextDelta", "AssistantMessageCommitted", "ToolCallRequested", "StatePatched"]) {
      assert.notInclude(eventTypes, name)
    }
  })

  it("an unknown type survives byte for byte", () => {
    const text = '{ "type":"FutureFeature", "b":1.0, "a":12345678901234567890,"e":1e400 }'
    const kind = decodeKind(text)
    assert.deepStrictEqual(kind, { type: "Raw", of: "FutureFeature", raw: text, flaw: "unknown type" })
    assert.strictEqual(kindText(kind), text)
    assert.include(toJsonLine(record(kind)), text)
  })

  it("a known type with a bad body is kept under its own name and flagged", () => {
    const text = '{"type":"RunStarted","provider":5}'
    const kind = decodeKind(text)
    assert.isTrue(isRawKind(kind) && kind.flaw === "invalid body")
    assert.strictEqual(typeOf(kind), "RunStarted")
    const line = toJsonLine(record(kind))
    assert.include(line, text)
    assert.include(JSON.parse(line).flaw, "runId")
  })

  it("types are case-sensitive, and neither a missing type nor broken JSON is an error", () => {
    for (const text of ['{"type":"runstarted"}', '{"nope":1}', "[1]", '"x"', '{"type":5}', "{oops"]) {
      const kind = decodeKind(text)
      assert.isTrue(isRawKind(kind))
      assert.strictEqual(kindText(kind), text)
    }
  })

  it("a kind narrows by its type alone, also beside kinds that this version cannot read", () => {
    const from = (kind: EventRecord["kind"]) => (kind.type === "ModeChanged" ? kind.from : typeOf(kind))
    assert.strictEqual(from({ type: "ModeChanged", from: "Explore", to: "Execute", reason: "" }), "Explore")
    assert.strictEqual(from(decodeKind('{"type":"ModeChanged","from":7}')), "ModeChanged")
    assert.strictEqual(from(decodeKind('{"type":"Raw"}')), "Raw")
    assert.strictEqual(from(decodeKind("{")), "")
  })

  it("fields a later version adds to a known type are kept", () => {
    const kind = decodeKind('{"type":"UserMessage","content":"hi","mood":"good"}')
    assert.isFalse(isRawKind(kind))
    assert.strictEqual(kindText(kind), '{"content":"hi","mood":"good","type":"UserMessage"}')
  })

  it("estimated states come back from their text as they went in", () => {
    const states = fc.record({
      type: fc.constant("StateEstimated" as const),
      vector: Arbitrary.make(AgentStateVector),
      budget: Arbitrary.make(BudgetState)
    })
    fc.assert(
      fc.property(states, (kind) => {
        // JSON has no negative zero.
        assert.deepStrictEqual(decodeKind(kindText(kind)), JSON.parse(canonicalJson(kind)))
      }),
      { seed: 3 }
    )
  })
})

describe("canonical JSON", () => {
  it("canonical JSON gives the example of RFC 8785, section 3.2.3", () => {
    const value: unknown = JSON.parse(
      '{"numbers":[333333333.33333329,1E30,4.50,2e-3,0.000000000000000000000000001],' +
        '"string":"\\u20ac$\\u000F\\u000aA\'\\u0042\\u0022\\u005c\\\\\\"\\/","literals":[null,true,false]}'
    )
    assert.strictEqual(
      canonicalJson(value),
      '{"literals":[null,true,false],"numbers":[333333333.3333333,1e+30,4.5,0.002,1e-27],' +
        '"string":"€$\\u000f\\nA\'B\\"\\\\\\\\\\"/"}'
    )
  })

  it("canonical JSON does not depend on the order in which keys were written", () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        const shuffled: unknown = JSON.parse(JSON.stringify(value), (_, each: unknown) =>
          typeof each === "object" && each !== null && !Array.isArray(each)
            ? Object.fromEntries(Object.entries(each).toReversed())
            : each
        )
        assert.strictEqual(canonicalJson(shuffled), canonicalJson(JSON.parse(JSON.stringify(value))))
      }),
      { seed: 4 }
    )
  })

  it("canonical JSON refuses numbers that JSON cannot carry", () => {
    assert.throws(() => canonicalJson({ a: Number.NaN }))
  })
})

describe("the schema of a record", () => {
  const decode = Schema.decodeUnknownEither(EventRecord)
  const bodies = fc.oneof(
    fc.json(),
    fc.string({ unit: "binary" }),
    fc.constant('{"type":"RunStarted","provider":5}'),
    fc.record({ type: fc.constant("UserMessage"), content: fc.string({ unit: "binary" }) }).map(canonicalJson),
    fc.record({ type: fc.string(), kind: fc.jsonValue() }).map((body) => JSON.stringify(body, undefined, " "))
  )
  const text = fc.string({ unit: "binary" })
  const records = fc
    .tuple(
      fc.record({
        eventId: text,
        sessionId: text,
        agentId: text,
        branchId: text,
        sequence: fc.nat(),
        timestamp: text,
        actor: fc.oneof(
          fc.constant(agentActor),
          fc.record({ type: fc.constantFrom("user" as const, "system" as const), component: text })
        ),
        digest: text
      }),
      fc.record({ causationId: text, correlationId: text }, { requiredKeys: [] }),
      fc.record({ trace: fc.record({ traceId: text, spanId: text }) }, { requiredKeys: [] }),
      bodies
    )
    .map(
      ([envelope, ids, trace, body]): EventRecord => ({
        ...envelope,
        ...ids,
        ...trace,
        kind: decodeKind(body),
        body
      })
    )

  it("the schema reads a line of `life log --json` as its record, and writes it again byte for byte", () => {
    fc.assert(
      fc.property(records, (made) => {
        const line = toJsonLine(made)
        const read = Schema.decodeSync(EventRecord)(line)
        assert.deepStrictEqual(read, made)
        assert.strictEqual(Schema.encodeSync(EventRecord)(read), line)
      }),
      { seed: 5 }
    )
  })

  it("the schema of a record refuses any other line", () => {
    const line = toJsonLine(record(decodeKind('{"type":"UserMessage","content":"hi"}')))
    assert.isTrue(Either.isRight(decode(line)))
    for (const wrong of ["", "{}", line.slice(1), line.replace('"sequence":7', '"sequence":"7"'), { kind: 1 }]) {
      assert.isTrue(Either.isLeft(decode(wrong)), JSON.stringify(wrong))
    }
  })
})

describe("the digest", () => {
  const kind = decodeKind('{"type":"UserMessage","content":"hi"}')
  const base = { ...record(kind), causationId: "c", correlationId: "k" }

  it("the digest is the SHA-256 of the envelope's canonical JSON with the previous digest in it", () => {
    const { body: _, digest: __, ...envelope } = base
    const text = canonicalJson({ ...envelope, previous: genesisDigest })
    assert.strictEqual(digestOf(genesisDigest, base), createHash("sha256").update(text).digest("hex"))
  })

  it("the digest changes with every part of the record and with the digest before", () => {
    const digests = [
      digestOf(genesisDigest, base),
      digestOf("1".repeat(64), base),
      digestOf(genesisDigest, { ...base, body: `${base.body} ` }),
      ...Object.entries({
        eventId: "01ARZ3NDEKTSV4RRFFQ69G5FAW",
        sessionId: "s2",
        agentId: "a2",
        branchId: "b",
        sequence: 8,
        timestamp: timestampOf(0),
        actor: { type: "user" },
        causationId: "d",
        correlationId: "l"
      }).map(([key, value]) => digestOf(genesisDigest, { ...base, [key]: value }))
    ]
    assert.strictEqual(new Set(digests).size, digests.length)
  })
})

it("timestamps have milliseconds and end in Z", () => {
  assert.strictEqual(timestampOf(0), "1970-01-01T00:00:00.000Z")
  assert.isTrue(
    Schema.is(Schema.String.pipe(Schema.pattern(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/)))(timestampOf(1e12))
  )
})
