/**
 * The fold from the records of a session to its state, to the projections of its subsystems, and to a view of its run.
 *
 * @since 0.1.0
 * @module
 */
export type { FoldEvent } from "./machines/Reducers.js"
export { endOf, type RunView, spentOf, viewAfter, viewFrom } from "./machines/RunView.js"
export { type Folded, type Restored, SessionFold, sessionFold } from "./machines/SessionFold.js"
export { KindCodec } from "./machines/kindCodec.js"
export {
  type Behind,
  type DormantLeaf,
  ProjectionError,
  Projections,
  type ProjectionValues
} from "./machines/projections.js"
