/**
 * The merged fold of projections: one value for each subsystem with a projection, stepped by each record, stored in
 * leaves.
 *
 * INVARIANTS
 * - A projection is folded alone: no reducer sees another value, so a leaf is a function of the records of its kinds.
 * - A leaf whose subsystem is missing is dormant: it is kept unchanged with its sequence, and hashed.
 * - Values are never changed in place; a record that no reducer takes gives the same object back.
 *
 * @since 0.1.0
 */
import { Schema } from "effect"
import { type AgentState, lifeCode, Subsystem } from "../layers/aios/index.js"

/**
 * A leaf whose subsystem is missing.
 *
 * @since 0.1.0
 * @category models
 */
export interface DormantLeaf {
  readonly name: string
  readonly version: number
  readonly value: unknown
  /** Sequence up to which the leaf is folded. */
  readonly through: number
}

/**
 * The values of all projections at one sequence.
 *
 * @since 0.1.0
 * @category models
 */
export interface ProjectionValues {
  /** Values in the order of the subsystems that have a projection. */
  readonly own: ReadonlyArray<unknown>
  /** Dormant leaves, sorted by name. */
  readonly dormant: ReadonlyArray<DormantLeaf>
}

/**
 * A projection that must be folded on, over the records of `types` after `after` and up to the restored sequence.
 *
 * - `new`: the checkpoint has no leaf of it
 * - `version`: the leaf was folded by another version
 * - `dormant`: the subsystem was missing for a while
 * - `unreadable`: the leaf does not fit the schema
 *
 * @since 0.1.0
 * @category models
 */
export interface Behind {
  readonly name: string
  readonly why: "new" | "version" | "dormant" | "unreadable"
  readonly after: number
  readonly types: ReadonlyArray<string>
}

/**
 * A projection broke: a reducer threw, or its value does not fit its schema. The session cannot be opened until the
 * subsystem is repaired; no record is skipped.
 *
 * @since 0.1.0
 * @category errors
 */
export class ProjectionError extends Schema.TaggedError<ProjectionError>("life-agent-os/ProjectionError")(
  "ProjectionError",
  {
    subsystem: Schema.String,
    /** Absent if the value could not be encoded. */
    sequence: Schema.optional(Schema.Int),
    kind: Schema.optional(Schema.String),
    message: Schema.String,
    cause: Schema.Defect
  }
) {
  get code() {
    return lifeCode(this)
  }
}

interface Slot {
  readonly name: string
  readonly projection: Subsystem.AnyProjection
}

type Step = readonly [slot: number, reducer: Subsystem.AnyProjection["on"][string]]

/**
 * The fold of the projections of a list of subsystems.
 *
 * @since 0.1.0
 * @category folds
 */
export class Projections {
  /** The values before the first record. */
  readonly initial: ProjectionValues
  private readonly slots: ReadonlyArray<Slot>
  private readonly slotOf: ReadonlyMap<string, number>
  private readonly steps = new Map<string, Array<Step>>()

  constructor(subsystems: ReadonlyArray<Subsystem.Any>) {
    this.slots = subsystems.flatMap(({ name, parts: { projection } }) =>
      projection === undefined ? [] : [{ name, projection }]
    )
    this.slotOf = new Map(this.slots.map(({ name }, slot) => [name, slot]))
    this.initial = { own: this.slots.map(({ projection }) => projection.initial), dormant: [] }
    this.slots.forEach(({ projection }, slot) => {
      for (const [type, reducer] of Object.entries(projection.on)) {
        const known = this.steps.get(type)
        if (known === undefined) this.steps.set(type, [[slot, reducer]])
        else known.push([slot, reducer])
      }
    })
  }

  /** The values after one more record. Throws a {@link ProjectionError}. */
  step(values: ProjectionValues, record: Subsystem.SubsystemRecord): ProjectionValues {
    return this.stepped(values, record, undefined)
  }

  /** The values after one more record of one projection, named by its subsystem, that {@link restore} found behind. */
  refold(values: ProjectionValues, name: string, record: Subsystem.SubsystemRecord): ProjectionValues {
    return this.stepped(values, record, name)
  }

  private stepped(
    values: ProjectionValues,
    record: Subsystem.SubsystemRecord,
    only: string | undefined
  ): ProjectionValues {
    const { kind } = record
    const steps = this.steps.get(kind.type)
    if (steps === undefined || Subsystem.isRaw(kind)) return values
    let own: Array<unknown> | undefined
    for (const [slot, reducer] of steps) {
      if (only !== undefined && this.slots[slot]?.name !== only) continue
      const before = values.own[slot]
      const after = this.reduced(slot, reducer, before, record)
      if (after === before) continue
      own ??= values.own.slice()
      own[slot] = after
    }
    return own === undefined ? values : { ...values, own }
  }

  private reduced(
    slot: number,
    reducer: Step[1],
    value: unknown,
    record: Subsystem.SubsystemRecord
  ): ReturnType<Step[1]> {
    try {
      return reducer(value, record.kind, record)
    } catch (cause) {
      const subsystem = this.slots[slot]?.name ?? ""
      const { kind, sequence } = record
      throw new ProjectionError({
        subsystem,
        sequence,
        kind: kind.type,
        cause,
        message:
          `the projection of ${subsystem} threw at sequence ${sequence} (${kind.type}): ${String(cause)}; ` +
          "repair its reducer, or leave the subsystem out"
      })
    }
  }

  /** The value of a subsystem's projection by name; `undefined` if the list has no such projection. */
  value(values: ProjectionValues, name: string): unknown {
    const slot = this.slotOf.get(name)
    return slot === undefined ? undefined : values.own[slot]
  }

  /** The value of a subsystem's projection with its type; `undefined` if the list does not have this subsystem. */
  valueOf<T extends Subsystem.Any>(values: ProjectionValues, subsystem: T): Subsystem.ValueOf<T> | undefined {
    const slot = this.slots.findIndex(({ projection }) => projection === subsystem.parts.projection)
    // The cast is safe: the projection belongs to the subsystem, so its values have the subsystem's type.
    return slot < 0 ? undefined : (values.own[slot] as Subsystem.ValueOf<T>)
  }

  /** The values in their encoded form, for a checkpoint and its hash. Throws a {@link ProjectionError}. */
  leaves({ dormant, own }: ProjectionValues): Subsystem.Leaves {
    return Object.fromEntries([
      ...dormant.map(({ name, through, value, version }) => [name, { version, value, through }] as const),
      ...this.slots.map((slot, index) => [slot.name, leafOf(slot, own[index])] as const)
    ])
  }

  /**
   * The kernel's state in the form before leaves, for state hashes of format 1; `undefined` if the projection that took
   * a part of it over is missing.
   */
  formerly(kernel: AgentState, { own }: ProjectionValues): { readonly lastCall?: unknown } | undefined {
    const slot = this.slotOf.get(Subsystem.bareOwner)
    return slot === undefined ? undefined : this.slots[slot]?.projection.formerly?.(kernel, own[slot])
  }

  /**
   * Gives values from the leaves of a checkpoint at a sequence. For each projection that is `behind`, the caller must
   * read the records and step them with {@link refold}. Until then its value is the initial value, or the value of its
   * dormant leaf.
   */
  restore(
    leaves: Subsystem.Leaves,
    sequence: number
  ): { readonly values: ProjectionValues; readonly behind: ReadonlyArray<Behind> } {
    const here = new Set(this.slots.map(({ name }) => name))
    const dormant = Object.entries(leaves)
      .filter(([name]) => !here.has(name))
      .map(([name, { through = sequence, value, version }]) => ({ name, version, value, through }))
      .toSorted((a, b) => (a.name < b.name ? -1 : 1))
    const starts = this.slots.map((slot) => startOf(slot, leaves, sequence))
    const behind = starts.flatMap(({ after, why }, slot): ReadonlyArray<Behind> => {
      const { name = "", projection } = this.slots[slot] ?? {}
      return why === undefined ? [] : [{ name, why, after, types: Object.keys(projection?.on ?? {}) }]
    })
    return { values: { own: starts.map(({ value }) => value), dormant }, behind }
  }
}

const leafOf = ({ name, projection: { schema, version } }: Slot, value: unknown): Subsystem.Leaf => {
  const encoded = Schema.encodeUnknownEither(schema)(value)
  if (encoded._tag === "Right") return { version, value: encoded.right }
  throw new ProjectionError({
    subsystem: name,
    cause: encoded.left,
    message: `the value of the projection of ${name} does not fit its schema: ${encoded.left.message}; repair its reducers`
  })
}

// The starting point of a projection: its value, the sequence of that value, and the reason to fold it on, if there is
// one.
const startOf = (
  { name, projection: { initial, schema, version } }: Slot,
  leaves: Subsystem.Leaves,
  sequence: number
): { readonly value: unknown; readonly after: number; readonly why?: Behind["why"] } => {
  const leaf = Object.hasOwn(leaves, name) ? leaves[name] : undefined
  if (leaf === undefined) return { value: initial, after: 0, why: "new" }
  if (leaf.version !== version) return { value: initial, after: 0, why: "version" }
  const decoded = Schema.decodeUnknownEither(schema)(leaf.value)
  if (decoded._tag === "Left") return { value: initial, after: 0, why: "unreadable" }
  const { through: after = sequence } = leaf
  return { value: decoded.right, after, ...(after < sequence ? { why: "dormant" as const } : {}) }
}
