/**
 * A moment for the runner: a simulation holds the event loop, and the runner takes a worker that does not answer for a
 * minute for dead.
 */
import { setImmediate } from "node:timers/promises"

export const breathe = (): Promise<void> => setImmediate()
