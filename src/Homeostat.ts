/**
 * The homeostat port: the gauges of an agent after each act.
 *
 * @since 0.1.0
 * @module
 */
export { Homeostat, type Measurement, type StepOutcome } from "./layers/aios/ports/Homeostat.js"
