/** Trials: an agent is killed a few times at random instants, resumed each time, and at last left to its end. */
import { mkdirSync, rmSync } from "node:fs"
import { join } from "node:path"
import { Cause, Effect, Random } from "effect"
import type { EventRecord } from "../../src/layers/aios/index.js"
import { type Complaints, lostEvents, readEvidence } from "./evidence.js"
import { type Kill, type Life, liveOnce } from "./lives.js"

/** What is tried: a program, the workspace it finds, and what must be true of its trials. */
export interface Scenario {
  readonly name: string
  /** Arguments of `node`; the workspace and the data directory are added. */
  readonly command: ReadonlyArray<string>
  readonly furnish: (workspace: string) => void
  /** What is wrong with a trial, compared with an undisturbed one. */
  readonly judge: (trial: Trial, undisturbed: Trial) => Complaints
}

/** What came out of one. */
export interface Trial {
  readonly workspace: string
  readonly lives: ReadonlyArray<Life>
  readonly records: ReadonlyArray<EventRecord>
}

/** What an undisturbed life takes, in milliseconds and events. */
export interface Pace {
  /** From the spawn of the process to that of the agent. */
  readonly startMs: number
  /** From there to the end of the run. */
  readonly workMs: number
  readonly events: number
}

/**
 * When to kill, as a fraction of what is left of the start, of the working time, or of the events. Drawn before the
 * trial, so that a seed stands for the same blows however fast the machine is.
 */
interface Blow {
  readonly during: "start" | "work" | "events"
  readonly fraction: number
}

const killsMax = 3

const drawBlows = (seed: number): Effect.Effect<ReadonlyArray<Blow>> =>
  Effect.gen(function* () {
    const kills = yield* Random.nextIntBetween(1, killsMax + 1)
    const blow = Effect.gen(function* () {
      const [choice, fraction] = [yield* Random.next, yield* Random.next]
      return { during: choice < 0.1 ? "start" : choice < 0.7 ? "work" : "events", fraction } satisfies Blow
    })
    return yield* Effect.replicateEffect(blow, kills)
  }).pipe(Effect.withRandom(Random.make(seed)))

const durableIn = (lives: ReadonlyArray<Life>): number =>
  Math.max(0, ...lives.flatMap(({ words }) => words.map((word) => (word.word === "event" ? word.sequence : 0))))

const aim = ({ during, fraction }: Blow, pace: Pace, durable: number): Kill => {
  const left = Math.max(pace.events - durable, 0)
  switch (during) {
    case "start":
      return { after: "spawn", delayMs: fraction * pace.startMs }
    case "work":
      return { after: "ready", delayMs: (fraction * pace.workMs * left) / pace.events }
    case "events":
      return { after: "event", sequence: durable + 1 + Math.floor(fraction * left) }
  }
}

const begin = (scenario: Scenario, folder: string) =>
  Effect.sync(() => {
    const workspace = join(folder, "workspace")
    const dataDir = join(folder, "data")
    mkdirSync(workspace, { recursive: true })
    scenario.furnish(workspace)
    return { workspace, dataDir, live: (kill?: Kill) => liveOnce([...scenario.command, workspace, dataDir], kill) }
  })

// Also for a life that ended before the kill came: a crash of its own must not pass for the end, nor a failure that was
// got over by a restart.
const checkEnd = ({ endMs, exitCode, killed, stderr }: Life): Effect.Effect<void> =>
  (killed || (exitCode === 0 && endMs !== undefined)) && stderr === ""
    ? Effect.void
    : Effect.dieMessage(`a life ${killed ? "was killed" : `ended with exit code ${exitCode}`} and had said: ${stderr}`)

/** A trial without a kill, and its pace. */
export const undisturbed = (scenario: Scenario, folder: string) =>
  Effect.gen(function* () {
    const { dataDir, live, workspace } = yield* begin(scenario, folder)
    const life = yield* Effect.tap(live(), checkEnd)
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
    const { dataDir, live, workspace } = yield* begin(scenario, folder)
    const lives: Array<Life> = []
    for (const blow of [...(yield* drawBlows(seed)), undefined]) {
      const kill = blow === undefined ? undefined : aim(blow, pace, durableIn(lives))
      const life = yield* Effect.tap(live(kill), checkEnd)
      lives.push(life)
      if (!life.killed) break
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
