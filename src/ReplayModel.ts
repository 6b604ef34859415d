/**
 * A model that answers from a recorded session.
 *
 * @since 0.1.0
 */
export * from "./layers/arcan/ReplayModel.js"
