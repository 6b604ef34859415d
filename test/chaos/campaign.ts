/** A campaign: trials of one scenario, two at a time, until enough kills have hit. */
import { assert } from "@effect/vitest"
import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { Effect } from "effect"
import type { Life } from "./lives.js"
import { disturbed, type Scenario, undisturbed } from "./trial.js"

const [chosenName = "", chosenSeed] = (process.env["LIFE_CHAOS_SEED"] ?? "").split("-")

/** True if LIFE_CHAOS_SEED=<name>-<seed> asks for one trial only. */
export const isSingle = chosenSeed !== undefined

/** True if LIFE_CHAOS_SEED asks for a trial of another scenario. */
export const isLeftOut = (name: string): boolean => chosenName !== "" && chosenName !== name

/** As many trials at a time as a small machine has cores. */
const concurrency = 2

const count = (lives: ReadonlyArray<Life>) => {
  const killed = lives.filter((life) => life.killed)
  const inside = killed.filter(({ endMs, readyMs }) => readyMs !== undefined && endMs === undefined)
  return { kills: killed.length, inside: inside.length }
}

// A campaign gives up after this many times the kills it needs.
const effortMax = 4

/**
 * Tries seed after seed and prints what was done; dies with the first trial in which something is wrong. Goes on for a
 * while when there have been enough kills, but not all instants were hit.
 */
export const campaign = (scenario: Scenario, killsMin: number, isComplete: () => boolean = () => true) =>
  Effect.gen(function* () {
    const firstSeed = chosenSeed === undefined ? Math.floor(Math.random() * 1e9) : Number(chosenSeed)
    assert.isTrue(Number.isSafeInteger(firstSeed), "LIFE_CHAOS_SEED has to be <name>-<seed>")
    const folder = mkdtempSync(join(tmpdir(), `life-chaos-${scenario.name}-`))
    // The first life leaves the code cache behind.
    yield* undisturbed(scenario, join(folder, "first"))
    // The two run side by side like the trials, so that the pace is that of the trials.
    const [reference, twin] = yield* Effect.all(
      [undisturbed(scenario, join(folder, "undisturbed")), undisturbed(scenario, join(folder, "twin"))],
      { concurrency }
    )
    assert.deepStrictEqual(scenario.judge(twin.trial, reference.trial), [])
    const startedAt = performance.now()
    const lives: Array<Life> = []
    let nextSeed = firstSeed
    const isEnough = (kills: number) => kills >= (isComplete() ? killsMin : effortMax * killsMin)
    const lane = Effect.whileLoop({
      while: () => (isSingle ? nextSeed === firstSeed : !isEnough(count(lives).kills)),
      body: () => {
        const seed = nextSeed++
        return disturbed(scenario, join(folder, `case-${seed}`), seed, reference)
      },
      step: (trial) => lives.push(...trial.lives)
    })
    yield* Effect.replicateEffect(lane, concurrency, { concurrency, discard: true })
    rmSync(folder, { recursive: true })
    const { inside, kills } = count(lives)
    const trials = nextSeed - firstSeed
    console.log(
      `chaos ${scenario.name}: seeds ${firstSeed} to ${nextSeed - 1}, ${kills} kills, ` +
        `${Math.round((100 * inside) / Math.max(kills, 1))} % of them inside the working time, ` +
        `${Math.round((performance.now() - startedAt) / trials)} ms a trial`
    )
  })
