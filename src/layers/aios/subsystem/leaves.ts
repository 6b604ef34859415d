/**
 * Leaves of a session's state: the projections in a checkpoint, and the state hash over them.
 *
 * INVARIANTS
 * - Format 2 is a root over the hash of the kernel's state and one hash for each leaf, so that a projection that
 *   changed, or is missing, touches its own leaf only.
 * - Format 1, of journals from before leaves existed, is the hash of the kernel's state alone, including the values
 *   that projections have taken over since (`formerly` of a projection).
 * - Canonical JSON sorts names, so the hash does not depend on the order of subsystems.
 *
 * @since 0.1.0
 */
import { hashOf } from "../events/EventRecord.js"

/**
 * The value of one projection in its encoded form.
 *
 * @since 0.1.0
 * @category models
 */
export interface Leaf {
  readonly version: number
  /** A JSON value. */
  readonly value: unknown
  /** Sequence of a dormant leaf; absent for a leaf as of the checkpoint. */
  readonly through?: number
}

/**
 * Leaves by the name of their subsystem.
 *
 * @since 0.1.0
 * @category models
 */
export interface Leaves {
  readonly [name: string]: Leaf
}

/**
 * A state as checkpoints hold it.
 *
 * @since 0.1.0
 * @category models
 */
export interface SessionState {
  /** The kernel's state, a JSON value. */
  readonly kernel: unknown
  readonly leaves: Leaves
}

/**
 * Gives the lowercase hex SHA-256 of one leaf. A proof about one projection does not need the values of the others.
 *
 * @since 0.1.0
 * @category hashing
 */
export const leafHash = (name: string, leaf: Leaf): string => hashOf({ name, ...leaf })

/**
 * The lowercase hex SHA-256 of a state in format 2.
 *
 * @since 0.1.0
 * @category hashing
 */
export const stateHash = ({ kernel, leaves }: SessionState): string =>
  rootHash(kernel, Object.fromEntries(Object.entries(leaves).map(([name, leaf]) => [name, leafHash(name, leaf)])))

/**
 * Gives the {@link stateHash} from the hashes of the leaves, without their values.
 *
 * @since 0.1.0
 * @category hashing
 */
export const rootHash = (kernel: unknown, projections: { readonly [name: string]: string }): string =>
  hashOf({ format: 2, kernel: hashOf(kernel), projections })

/**
 * The JSON value that stands in a checkpoint.
 *
 * @since 0.1.0
 * @category encoding
 */
export const checkpointState = ({ kernel, leaves }: SessionState): unknown => ({
  format: 2,
  kernel,
  projections: leaves
})

/**
 * Gives the state in a checkpoint of either format. The kernel's state is not checked; it has no field `format`.
 *
 * @since 0.1.0
 * @category decoding
 */
export const sessionState = (checkpoint: unknown): SessionState =>
  isFormat2(checkpoint)
    ? { kernel: checkpoint.kernel, leaves: checkpoint.projections }
    : { kernel: checkpoint, leaves: {} }

const isFormat2 = (value: unknown): value is { readonly kernel: unknown; readonly projections: Leaves } =>
  typeof value === "object" &&
  value !== null &&
  "format" in value &&
  value.format === 2 &&
  "kernel" in value &&
  "projections" in value &&
  typeof value.projections === "object" &&
  value.projections !== null &&
  Object.values(value.projections).every(isLeaf)

const isLeaf = (leaf: unknown): boolean =>
  typeof leaf === "object" && leaf !== null && "version" in leaf && typeof leaf.version === "number"
