/**
 * The fold from the records of a session to its state, to the projections of its subsystems, and to a view of its run.
 *
 * @since 0.1.0
 * @module
 */
export {
  type Behind,
  type DormantLeaf,
  endOf,
  type Folded,
  type FoldEvent,
  KindCodec,
  ProjectionError,
  Projections,
  type ProjectionValues,
  type Restored,
  type RunView,
  SessionFold,
  sessionFold,
  spentOf,
  viewAfter,
  viewFrom
} from "./machines/index.js"
