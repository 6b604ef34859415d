/**
 * The providers by their names.
 *
 * @since 0.1.0
 */
export * from "./layers/arcan/providers.js"
