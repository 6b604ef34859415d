/**
 * A model that answers from a recorded session.
 *
 * @since 0.1.0
 * @module
 */
export * from "./layers/arcan/ReplayModel.js"
