/** Trials: an agent is killed a few times at random instants, resumed each time, and at last left to its end. */
import { mkdirSync, rmSync } from "node:fs"
import { join } from "node:path"
import { Cause, Effect, Random } from "effect"
import type { EventRecord, EventType } from "../../src/layers/aios/index.js"
import { type Complaints, lostEvents, readEvidence } from "./evidence.js"
import { type Kill, type Life, liveOnce } from "./lives.js"

/** Scenario of a trial: a program, the workspace it finds, and the checks of its trials. */
export interface Scenario {
  readonly name: string
  /** Arguments of `node`; the workspace and the data directory are added. */
  readonly command: ReadonlyArray<string>
  readonly furnish: (workspace: string) => void
  /** Events after which most kills come, if there are any, and for how long after each. */
  readonly moments?: ReadonlyArray<Moment>
  /** Arguments of `node` for a process that looks in after most kills, if there is one, and may be killed itself. */
  readonly visitor?: ReadonlyArray<string>
  /** Differences of a trial from what must hold, compared with an undisturbed one. */
  readonly judge: (trial: Trial, undisturbed: Trial) => Complaints
}

/** A type of events, and a time in milliseconds. */
export interface Moment {
  readonly type: EventType
  readonly spanMs: number
}

/** Result of a trial. */
export interface Trial {
  readonly workspace: string
  readonly lives: ReadonlyArray<Life>
  readonly records: ReadonlyArray<EventRecord>
}

/** Duration of an undisturbed life, in milliseconds and events. */
export interface Pace {
  /** From the spawn of the process to that of the agent. */
  readonly startMs: number
  /** From there to the end of the run. */
  readonly workMs: number
  readonly events: number
}

/**
 * Moment of a kill, as a fraction of what is left of the start, of the working time, or of the events, or of a moment.
 * Drawn before the trial, so that a seed stands for the same blows however fast the machine is.
 */
interface Blow {
  readonly during: "start" | "work" | "events" | "moment"
  readonly fraction: number
  /** Index of the moment, and how much of what is left has to come before it. */
  readonly moment: number
  readonly skipped: number
}

/** A blow against a life, and one against the visitor that comes next, if one does. */
interface Round {
  readonly blow: Blow
  readonly visit: { readonly blow: Blow | undefined } | undefined
}

const killsMax = 3

const drawBlow = (moments: number): Effect.Effect<Blow> =>
  Effect.gen(function* () {
    const isMoment = moments > 0 && (yield* Random.next) < 0.8
    const [choice, fraction] = [yield* Random.next, yield* Random.next]
    const [moment, skipped] = [Math.floor((yield* Random.next) * moments), yield* Random.next]
    return {
      during: isMoment ? "moment" : choice < 0.1 ? "start" : choice < 0.7 ? "work" : "events",
      fraction,
      moment,
      skipped
    }
  })

// A visitor does only what the last moment is about.
const drawVisit = (moments: number) =>
  Effect.gen(function* () {
    const [comes, choice, fraction] = [yield* Random.next, yield* Random.next, yield* Random.next]
    if (comes < 0.3) return undefined
    const blow = { fraction, moment: moments - 1, skipped: 0 }
    return { blow: choice < 0.3 ? undefined : ({ ...blow, during: choice < 0.6 ? "start" : "moment" } satisfies Blow) }
  })

const drawRounds = (seed: number, { moments = [], visitor }: Scenario): Effect.Effect<ReadonlyArray<Round>> =>
  Effect.gen(function* () {
    const kills = yield* Random.nextIntBetween(1, killsMax + 1)
    const round = Effect.gen(function* () {
      const blow = yield* drawBlow(moments.length)
      return { blow, visit: visitor === undefined ? undefined : yield* drawVisit(moments.length) }
    })
    return yield* Effect.replicateEffect(round, kills)
  }).pipe(Effect.withRandom(Random.make(seed)))

const durableIn = (lives: ReadonlyArray<Life>): number =>
  Math.max(0, ...lives.flatMap(({ words }) => words.map((word) => (word.word === "event" ? word.sequence : 0))))

const aim = (
  { during, fraction, moment, skipped }: Blow,
  { moments = [] }: Scenario,
  pace: Pace,
  durable: number
): Kill => {
  const left = Math.max(pace.events - durable, 0)
  switch (during) {
    case "start":
      return { after: "spawn", delayMs: fraction * pace.startMs }
    case "work":
      return { after: "ready", delayMs: (fraction * pace.workMs * left) / pace.events }
    case "events":
      return { after: "event", sequence: durable + 1 + Math.floor(fraction * left) }
    case "moment": {
      const { spanMs = 0, type = "" } = moments[moment] ?? {}
      return { after: "type", type, beyond: durable + Math.floor((skipped * left) / 2), delayMs: fraction * spanMs }
    }
  }
}

const begin = (scenario: Scenario, folder: string) =>
  Effect.sync(() => {
    const workspace = join(folder, "workspace")
    const dataDir = join(folder, "data")
    mkdirSync(workspace, { recursive: true })
    scenario.furnish(workspace)
    const start = (command: ReadonlyArray<string>) => (kill?: Kill) =>
      Effect.tap(liveOnce([...command, workspace, dataDir], kill), checkEnd)
    return { workspace, dataDir, live: start(scenario.command), visit: start(scenario.visitor ?? []) }
  })

// Checks also a life that ended before the kill came: a crash of its own must not pass for the end, nor a failure that
// was got over by a restart.
const checkEnd = ({ endMs, exitCode, killed, stderr }: Life): Effect.Effect<void> =>
  (killed || (exitCode === 0 && endMs !== undefined)) && stderr === ""
    ? Effect.void
    : Effect.dieMessage(`a life ${killed ? "was killed" : `ended with exit code ${exitCode}`} and had said: ${stderr}`)

/** A trial without a kill, and its pace. */
export const undisturbed = (scenario: Scenario, folder: string) =>
  Effect.gen(function* () {
    const { dataDir, live, workspace } = yield* begin(scenario, folder)
    const life = yield* live()
    const { complaints, records } = yield* readEvidence(dataDir)
    if (complaints.length > 0) return yield* Effect.dieMessage(`undisturbed: ${complaints.join("; ")}`)
    const { endMs = 0, readyMs = 0 } = life
    const pace: Pace = { startMs: readyMs, workMs: endMs - readyMs, events: records.length }
    const trial: Trial = { workspace, lives: [life], records }
    return { trial, pace }
  })

/** A trial with the blows that a seed stands for. Its folder is removed when nothing is wrong, and kept otherwise. */
export const disturbed = (
  scenario: Scenario,
  folder: string,
  seed: number,
  { pace, trial: reference }: { readonly trial: Trial; readonly pace: Pace }
) =>
  Effect.gen(function* () {
    const { dataDir, live, visit, workspace } = yield* begin(scenario, folder)
    const lives: Array<Life> = []
    const killFor = (blow: Blow | undefined) => blow && aim(blow, scenario, pace, durableIn(lives))
    for (const round of [...(yield* drawRounds(seed, scenario)), undefined]) {
      const life = yield* live(killFor(round?.blow))
      lives.push(life)
      if (!life.killed) break
      if (round?.visit !== undefined) lives.push(yield* visit(killFor(round.visit.blow)))
    }
    const { complaints, records } = yield* readEvidence(dataDir)
    const trial: Trial = { workspace, lives, records }
    const all = [...lostEvents(lives, records), ...scenario.judge(trial, reference), ...complaints]
    if (all.length > 0) return yield* Effect.dieMessage(`${all.join("\n")}\n${story(lives)}`)
    rmSync(folder, { recursive: true })
    return trial
  }).pipe(
    Effect.catchAllCause((cause) =>
      Effect.dieMessage(
        `${scenario.name} failed with seed ${seed}. Look into ${folder}; LIFE_CHAOS_SEED=${scenario.name}-${seed} ` +
          `tries it again.\n${Cause.pretty(cause)}`
      )
    )
  )

const story = (lives: ReadonlyArray<Life>): string =>
  lives
    .map(
      (life, index) =>
        `life ${index + 1} ${life.killed ? "was killed" : "came to its end"} after event ${durableIn([life])}`
    )
    .join("\n")
