/**
 * The output of `life sim` about its seeds.
 *
 * @since 0.1.0
 */
import type { EventRecord } from "../../layers/aios/index.js"
import type { Fault, History, Simulation, Violation } from "../../simulation/index.js"
import { suggestion } from "../options.js"
import { recordLine } from "../render/record.js"
import { line, type Line, red } from "../render/line.js"
import { count, seconds } from "../render/text.js"
import { type FaultChoice, faultsText, type Range } from "./parse.js"

/** Size of the world of each seed, and the faults in it. */
export interface Setting {
  readonly agents: number
  readonly ticks: number
  readonly faults: FaultChoice
}

/** Result of one seed. The value of its program is not used. */
export type SeedResult = Simulation.SimulationResult<unknown, unknown>

/** Results of all seeds so far. */
export class Tally {
  seeds = 0
  events = 0
  virtualMs = 0
  readonly failed: Array<number> = []
  private readonly fired = new Map<string, number>()

  add({ events, faults, seed, violations, virtualMs }: SeedResult): void {
    this.seeds++
    this.events += events
    this.virtualMs += virtualMs
    if (violations.length > 0) this.failed.push(seed)
    for (const [fault, times] of Object.entries(faults)) this.fired.set(fault, (this.fired.get(fault) ?? 0) + times)
  }

  /** Faults that some seed had switched on and that never struck. */
  get neverFired(): ReadonlyArray<string> {
    return [...this.fired].flatMap(([fault, times]) => (times === 0 ? [fault] : [])).toSorted()
  }
}

/** One line of `--json`. */
export const jsonLine = ({ digest, events, faults, seed, violations, virtualMs }: SeedResult): string =>
  JSON.stringify({ seed, digest, events, virtualMs, faults, violations } satisfies {
    readonly faults: { readonly [fault in Fault]?: number }
    readonly [field: string]: unknown
  })

const barWidth = 24

/** The progress of a sweep as one line. */
export const progressLine = ({ failed, seeds }: Tally, { first, last }: Range, elapsedMs: number): string => {
  const total = last - first + 1
  const done = Math.floor((seeds / total) * barWidth)
  const bar = "#".repeat(done).padEnd(barWidth, "-")
  const bad = failed.length === 0 ? "no violations" : `${count(failed.length, "seed")} with violations`
  return `[${bar}] ${seeds}/${total} seeds, ${bad}, ${seconds(elapsedMs)}`
}

/** The command that runs a seed again. */
export const replayCommand = (seed: number, { agents, faults, ticks }: Setting): string =>
  suggestion(`sim --seed ${seed} --agents ${agents} --ticks ${ticks} --faults ${faultsText(faults)} --trace`, {
    workspace: undefined,
    dataDir: undefined
  })

const lastEvents = 12
const sessionWidth = 9

/** The violations of a seed, the events before them, and the command that runs the seed again. */
export const failureLines = (result: SeedResult, setting: Setting): ReadonlyArray<Line> => {
  const concerned = result.violations.find(({ sessionId }) => sessionId !== undefined)
  return [
    red(`seed ${result.seed}: ${count(result.violations.length, "violation")}`),
    ...result.violations.map(violationLine),
    `last events of ${concerned?.sessionId ?? "all sessions"}:`,
    ...recordsBefore(result.history, concerned).map(
      (record) => line`${record.sessionId.padEnd(sessionWidth)} ${recordLine(record)}`
    ),
    `replay: ${replayCommand(result.seed, setting)}`
  ]
}

const violationLine = ({ invariant, message, sequence, sessionId }: Violation): string => {
  const where = [sessionId, sequence].filter((part) => part !== undefined).join(" at ")
  // A message may contain a stack; only --json prints all of it.
  const [what = ""] = message.split("\n")
  return `  ${invariant}: ${what}${where === "" ? "" : ` (${where})`}`
}

const recordsBefore = (history: History, concerned: Violation | undefined): ReadonlyArray<EventRecord> => {
  const session = concerned?.sessionId === undefined ? undefined : history.session(concerned.sessionId)
  if (session !== undefined) return session.records.slice(0, concerned?.sequence).slice(-lastEvents)
  return history.sessions
    .flatMap(({ records }) => records.slice(-lastEvents))
    .toSorted((a, b) => (a.timestamp < b.timestamp ? -1 : a.timestamp > b.timestamp ? 1 : 0))
    .slice(-lastEvents)
}

const dayMs = 86_400_000

/** The summary at the end of a sweep. */
export const summaryLines = (
  tally: Tally,
  { agents, faults, ticks }: Setting,
  elapsedMs: number
): ReadonlyArray<string> => {
  const verdict = tally.failed.length === 0 ? "no violations" : `violations in ${count(tally.failed.length, "seed")}`
  const days = ((tally.virtualMs * agents) / dayMs).toFixed(1)
  return [
    `${count(tally.seeds, "seed")}, ${count(agents, "agent")}, ${count(ticks, "tick")}, ` +
      `faults ${faultsText(faults)}: ${verdict}`,
    `${count(tally.events, "event")}, ${days} agent-days, ${seconds(elapsedMs)}`,
    ...(tally.neverFired.length === 0 ? [] : [`enabled but never fired: ${tally.neverFired.join(", ")}`])
  ]
}
