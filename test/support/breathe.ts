/**
 * A moment for the runner: a simulation holds the event loop, and a worker that does not answer for a minute is taken for
 * dead.
 */
import { setImmediate } from "node:timers/promises"

export const breathe = (): Promise<void> => setImmediate()
