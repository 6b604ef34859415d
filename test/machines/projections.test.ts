/** Projections: the merged fold, checkpoints of it, and the codec of the kinds it folds. */
import { assert, describe, it } from "@effect/vitest"
import * as fc from "fast-check"
import { Schema } from "effect"
import { decodeKind, Subsystem } from "../../src/layers/aios/index.js"
import {
  type Behind,
  initialState,
  KindCodec,
  ProjectionError,
  Projections,
  type ProjectionValues
} from "../../src/machines/index.js"

const Notes = Schema.Struct({ taken: Schema.Array(Schema.String), sessions: Schema.Int })

/** Folds its own kind and one of the kernel's. */
const notes = Subsystem.make({
  name: "notes",
  events: {
    Taken: Subsystem.event({
      version: 2,
      fields: { text: Schema.String, secret: Schema.optional(Schema.String) },
      redact: ["secret"],
      upcast: { 1: ({ words, ...body }) => ({ ...body, text: String(words) }) }
    })
  },
  projection: {
    version: 1,
    schema: Notes,
    initial: { taken: [], sessions: 0 },
    on: {
      "notes.Taken": (value, { text }) => ({ ...value, taken: [...value.taken, text].slice(-4) }),
      SessionClosed: (value) => ({ ...value, sessions: value.sessions + 1 })
    }
  }
})

const counts = (version: number) =>
  Subsystem.make({
    name: "counts",
    events: { Made: Subsystem.event({ fields: { by: Schema.Int } }) },
    projection: {
      version,
      schema: Schema.Struct({ n: Schema.Int, last: Schema.optional(Schema.Int) }),
      initial: { n: 0 },
      on: {
        "counts.Made": ({ n }, { by }, { sequence }) => ({ n: n + by * version, last: sequence }),
        SessionClosed: ({ n }) => ({ n: n + 1 })
      }
    }
  })

const lists: ReadonlyArray<ReadonlyArray<Subsystem.Any>> = [
  [notes, counts(1)],
  [counts(1), notes],
  [notes],
  [counts(1)],
  [],
  [notes, counts(2)],
  [counts(2)]
]

/** A process with a list of subsystems, over bodies that outlive it. */
class Process {
  readonly projections: Projections
  readonly codec: KindCodec
  constructor(list: ReadonlyArray<Subsystem.Any>) {
    this.projections = new Projections(list)
    this.codec = new KindCodec(list)
  }
  record(bodies: ReadonlyArray<string>, sequence: number): Subsystem.SubsystemRecord {
    return { sequence, at: sequence, kind: this.codec.decode(decodeKind(bodies[sequence - 1] ?? "")) }
  }
  fold(bodies: ReadonlyArray<string>, from = this.projections.initial, after = 0): ProjectionValues {
    return bodies
      .slice(after)
      .reduce((values, _, index) => this.projections.step(values, this.record(bodies, after + index + 1)), from)
  }
  hash(values: ProjectionValues): string {
    return Subsystem.stateHash({ kernel: initialState, leaves: this.projections.leaves(values) })
  }
  restore(leaves: Subsystem.Leaves, sequence: number, bodies: ReadonlyArray<string>) {
    const { behind, values } = this.projections.restore(leaves, sequence)
    let read = 0
    const restored = behind.reduce((before, { after, name, types }) => {
      const missed = bodies.slice(0, sequence).flatMap((_, index) => {
        const record = this.record(bodies, index + 1)
        return record.sequence > after && types.includes(record.kind.type) ? [record] : []
      })
      read += missed.length
      return missed.reduce((value, record) => this.projections.refold(value, name, record), before)
    }, values)
    return { values: restored, behind, read }
  }
}

const process = (list: ReadonlyArray<Subsystem.Any>): Process => new Process(list)
const json = <A>(value: A): A => JSON.parse(JSON.stringify(value)) as A
const taken = (text: string) => JSON.stringify({ type: "notes.Taken", v: 2, text })
const made = (by: number) => JSON.stringify({ type: "counts.Made", by })
const closed = JSON.stringify({ type: "SessionClosed", reason: "" })
const bodies = [taken("a"), made(2), closed, made(3), taken("b")]

describe("projections", () => {
  const both = process([notes, counts(1)])

  it("projections fold each its own value by its own kinds and by the kernel's", () => {
    const values = both.fold(bodies)
    assert.deepStrictEqual(both.projections.valueOf(values, notes), { taken: ["a", "b"], sessions: 1 })
    assert.deepStrictEqual(both.projections.value(values, "counts"), { n: 6, last: 4 })
    assert.strictEqual(both.projections.valueOf(values, counts(1)), undefined)
    assert.strictEqual(both.projections.value(values, "constructor"), undefined)
  })

  it("projections give the same object back for a record that no reducer takes or that cannot be read", () => {
    const values = both.fold(bodies)
    for (const body of ['{"type":"UserMessage","content":""}', '{"type":"notes.Taken","v":2,"text":1}', "{"]) {
      assert.strictEqual(both.fold([...bodies, body], values, bodies.length), values)
    }
  })

  it("projections come back from a checkpoint as they were, and need no record for it", () => {
    const values = both.fold(bodies)
    const restored = both.restore(json(both.projections.leaves(values)), bodies.length, bodies)
    assert.deepStrictEqual(restored, { values, behind: [], read: 0 })
  })

  it("a projection whose version changed is folded again alone, from the records of its kinds only", () => {
    const leaves = json(both.projections.leaves(both.fold(bodies)))
    const next = process([notes, counts(2)])
    const { behind, read, values } = next.restore(leaves, bodies.length, bodies)
    assert.deepStrictEqual(
      behind.map(({ after, name, why }) => ({ after, name, why })),
      [{ after: 0, name: "counts", why: "version" }] satisfies ReadonlyArray<Omit<Behind, "types">>
    )
    assert.strictEqual(read, 3)
    assert.deepStrictEqual(values, next.fold(bodies))
    const after = next.projections.leaves(values)
    assert.deepStrictEqual(after["notes"], leaves["notes"])
    assert.notStrictEqual(next.hash(values), both.hash(both.fold(bodies)))
  })

  it("projections are folded again when their leaf cannot be read, and from the start without one", () => {
    const { notes: kept } = both.projections.leaves(both.fold(bodies))
    const leaves = { notes: { version: 1, value: "damaged" } }
    const { behind, values } = both.restore(leaves, bodies.length, bodies)
    assert.deepStrictEqual(
      behind.map(({ name, why }) => `${name}: ${why}`),
      ["notes: unreadable", "counts: new"]
    )
    assert.deepStrictEqual(both.projections.leaves(values)["notes"], kept)
  })

  it("a projection of a missing subsystem is kept in leaf and hash, and caught up from where it stands", () => {
    const first = both.projections.leaves(both.fold(bodies))
    const alone = process([counts(1)])
    const { behind, values } = alone.restore(json(first), bodies.length, bodies)
    assert.deepStrictEqual(behind, [])
    // The checkpoint is still the one that was signed, but for the standing of the leaf.
    const more = [...bodies, taken("c"), made(1)]
    const leaves = alone.projections.leaves(alone.fold(more, values, bodies.length))
    assert.deepStrictEqual(leaves["notes"], { ...first["notes"], through: bodies.length } as Subsystem.Leaf)
    const back = both.restore(json(leaves), more.length, more)
    assert.deepStrictEqual(
      back.behind.map(({ after, name, why }) => ({ after, name, why })),
      [{ after: bodies.length, name: "notes", why: "dormant" }]
    )
    assert.strictEqual(back.read, 1)
    assert.deepStrictEqual(back.values, both.fold(more))
  })

  it("projections do not change their hash with the order of subsystems", () => {
    const other = process([counts(1), notes])
    assert.strictEqual(other.hash(other.fold(bodies)), both.hash(both.fold(bodies)))
  })

  it("projections stop with subsystem, sequence and kind where a reducer throws", () => {
    const broken = process([
      Subsystem.make({
        name: "broken",
        projection: {
          version: 1,
          schema: Schema.Struct({}),
          initial: {},
          on: {
            SessionClosed: () => {
              throw new Error("boom")
            }
          }
        }
      })
    ])
    try {
      broken.fold(bodies)
      assert.fail("it did not stop")
    } catch (error) {
      assert(error instanceof ProjectionError)
      assert.deepInclude({ ...error }, { subsystem: "broken", sequence: 3, kind: "SessionClosed" })
      assert.match(error.message, /broken threw at sequence 3 \(SessionClosed\): Error: boom/)
    }
  })

  it("projections stop with the name of the subsystem where a value does not fit its schema", () => {
    const broken = process([
      Subsystem.make({
        name: "broken",
        projection: {
          version: 1,
          schema: Schema.Struct({ n: Schema.Int }),
          initial: { n: 0 },
          on: { SessionClosed: ({ n }) => ({ n: n + 0.5 }) }
        }
      })
    ])
    assert.throws(() => broken.projections.leaves(broken.fold(bodies)), /the projection of broken does not fit/)
  })

  it("projections equal the fold of the whole journal for all subsystems and versions before (500 histories)", () => {
    const body = fc.oneof(
      fc.integer({ min: 1, max: 9 }).map((n) => taken(`w${n}`)),
      fc.integer({ min: 1, max: 9 }).map((n) => JSON.stringify({ type: "notes.Taken", words: n })),
      fc.integer({ min: 1, max: 9 }).map(made),
      fc.constantFrom(closed, '{"type":"UserMessage","content":"hello"}', '{"type":"elsewhere.Seen","n":1}', "{")
    )
    // Each step is a life of a process: it restores, works, and may leave a checkpoint; without one, the next starts
    // before.
    const life = fc.record({
      bodies: fc.array(body, { maxLength: 5 }),
      list: fc.nat(lists.length - 1),
      checkpoint: fc.boolean()
    })
    fc.assert(
      fc.property(fc.array(life, { minLength: 1, maxLength: 7 }), fc.nat(lists.length - 1), (lives, last) => {
        const journal: Array<string> = []
        let checkpoint: { readonly leaves: Subsystem.Leaves; readonly sequence: number } = { leaves: {}, sequence: 0 }
        const open = (list: number) => {
          const here = process(lists[list] ?? [])
          const { leaves, sequence } = checkpoint
          const { values } =
            sequence === 0 ? { values: here.projections.initial } : here.restore(leaves, sequence, journal)
          return { here, values: here.fold(journal, values, sequence) }
        }
        for (const { bodies: added, checkpoint: leaves, list } of lives) {
          const { here, values } = open(list)
          const before = journal.length
          journal.push(...added)
          const after = here.fold(journal, values, before)
          if (leaves) checkpoint = { leaves: json(here.projections.leaves(after)), sequence: journal.length }
        }
        const { here, values } = open(last)
        assert.deepStrictEqual(values.own, here.fold(journal).own)
        // With everything installed nothing is dormant, and the hash is that of the full fold.
        const whole = open(0)
        assert.strictEqual(whole.here.hash(whole.values), whole.here.hash(whole.here.fold(journal)))
      }),
      { numRuns: 500 }
    )
  })
})

describe("the codec of kinds", () => {
  const codec = new KindCodec([notes])

  it("the codec stores a kind as canonical JSON with its version, and reads it back", () => {
    const stored = codec.encode({ type: "notes.Taken", text: "a" } as Subsystem.SubsystemKind)
    assert.strictEqual(stored.raw, '{"text":"a","type":"notes.Taken","v":2}')
    assert.deepStrictEqual<unknown>(codec.decode(decodeKind(stored.raw)), { type: "notes.Taken", text: "a" })
    assert.deepStrictEqual<unknown>(codec.decode(stored), { type: "notes.Taken", text: "a" })
  })

  it("the codec lifts a body of an earlier version", () => {
    const kind = decodeKind('{"type":"notes.Taken","words":7}')
    assert.deepStrictEqual<unknown>(codec.decode(kind), { type: "notes.Taken", text: "7" })
  })

  it("the codec keeps a body it cannot read byte for byte and says why", () => {
    const decoded = (raw: string) => codec.decode(decodeKind(raw)) as { readonly raw?: string; readonly issue?: string }
    const newer = ' {"type": "notes.Taken", "v": 3, "text": "a"}'
    assert.deepInclude(decoded(newer), { raw: newer, issue: "version 3 of notes.Taken is none of 1 to 2" })
    assert.match(decoded('{"type":"notes.Taken","v":2}').issue ?? "", /text/)
    for (const v of ["0", "1.5", '"2"', "null"]) {
      assert.match(decoded(`{"type":"notes.Taken","v":${v},"text":"a"}`).issue ?? "", /is none of 1 to 2/)
    }
    const foreign = '{"type":"other.Kind", "x":1}'
    assert.deepStrictEqual<unknown>(codec.decode(decodeKind(foreign)), decodeKind(foreign))
  })

  it("the codec keeps a body whose upcast throws", () => {
    const throwing = Subsystem.make({
      name: "throwing",
      events: {
        Made: Subsystem.event({
          version: 2,
          fields: {},
          upcast: {
            1: () => {
              throw new Error("boom")
            }
          }
        })
      }
    })
    const decoded = new KindCodec([throwing]).decode(decodeKind('{"type":"throwing.Made"}'))
    assert.deepInclude({ ...decoded }, { issue: "the upcast of throwing.Made from version 1 threw: Error: boom" })
  })

  it("the codec refuses a kind that no subsystem here owns, or that does not fit its schema", () => {
    assert.throws(() => codec.encode({ type: "other.Kind" }), /no subsystem here owns the kind other\.Kind/)
    assert.throws(() => codec.encode({ type: "notes.Taken" }), /notes\.Taken does not fit its schema/)
  })

  it("the codec shows no redacted field, and nothing of a body that no subsystem here can read", () => {
    const shown = (raw: string) => codec.redacted(decodeKind(raw))
    assert.deepStrictEqual(shown('{"type":"notes.Taken","v":2,"text":"a","secret":"s"}'), {
      type: "notes.Taken",
      v: 2,
      text: "a",
      secret: "[redacted]"
    })
    assert.deepStrictEqual(shown('{"type":"other.Kind","x":1}'), { type: "other.Kind", redacted: "the whole body" })
    assert.deepStrictEqual(shown("{"), { type: "", redacted: "the whole body" })
    assert.deepStrictEqual(shown(closed), { type: "SessionClosed", reason: "" })
  })

  it("the codec names the owner of a kind", () => {
    assert.strictEqual(codec.ownerOf("notes.Taken"), "notes")
    assert.strictEqual(codec.ownerOf("SessionClosed"), undefined)
  })
})
