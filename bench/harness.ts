/**
 * Shared parts of all benchmarks here: interleaved rounds, medians, a directory on a real disk, and the way figures are
 * printed. bench/README.md describes the protocol.
 */
import { mkdirSync, mkdtempSync, rmSync } from "node:fs"
import { join } from "node:path"
import { fileURLToPath } from "node:url"

/** Bound that a figure has to reach: for its value, or for its ratio to the floor of the same run. */
export type Target = `${"ratio" | "value"} ${"<=" | ">="} ${number}`

/** One measured number; `ratio` is `value / floor`, and `met` says whether `target` holds. */
export interface Figure {
  readonly name: string
  readonly value: number
  readonly unit: string
  readonly floor?: number
  readonly ratio?: number
  readonly target?: Target
  readonly met?: boolean
}

/** The middle of a list of numbers (the mean of the two middle ones when their count is even). */
export const median = (samples: ReadonlyArray<number>): number => {
  const sorted = samples.toSorted((a, b) => a - b)
  const upper = sorted[Math.floor(sorted.length / 2)]
  const lower = sorted[Math.ceil(sorted.length / 2) - 1]
  if (upper === undefined || lower === undefined) throw new Error("median of no samples: run at least one round")
  return (lower + upper) / 2
}

/**
 * `--quick`: one short round, only to see that everything runs and measures what it says. Its figures have no target.
 */
export const quick = process.argv.includes("--quick")

/** `--cpu`: the clock counts the processor time of this process, for machines with busy cores. */
const countsProcessorTime = process.argv.includes("--cpu")

/** Milliseconds since the process began. */
export const now = (): number => {
  if (!countsProcessorTime) return performance.now()
  const { system, user } = process.cpuUsage()
  return (user + system) / 1_000
}

/** The milliseconds one call takes. */
export const milliseconds = async (run: () => unknown): Promise<number> => {
  const start = now()
  await run()
  return now() - start
}

/**
 * Runs every contender once per round, alternating the order, and gives the median of each.
 *
 * Interleaving makes a ratio trustworthy: a slow minute of the machine hits all contenders alike.
 * One round before the counted ones warms up the compiler and the caches. With `--quick` there is one round, counted.
 */
export const interleave = async <Name extends string>(
  rounds: number,
  contenders: Record<Name, () => Promise<number>>
): Promise<Record<Name, number>> => {
  const names = Object.keys(contenders) as Array<Name> // Object.keys forgets the key type
  const samples = new Map(names.map((name) => [name, [] as Array<number>]))
  for (let round = quick ? rounds : 0; round <= rounds; round++) {
    for (const name of round % 2 === 0 ? names : names.toReversed()) {
      const sample = await contenders[name]()
      if (round > 0) samples.get(name)?.push(sample)
    }
  }
  const medians = names.map((name) => [name, median(samples.get(name) ?? [])])
  return Object.fromEntries(medians) as Record<Name, number> // Object.fromEntries forgets the key type, too
}

/** Fills in `ratio` and `met` of a figure that has a floor and a target. */
export const judge = (figure: Figure): Figure => {
  const ratio = figure.ratio ?? (figure.floor === undefined ? undefined : figure.value / figure.floor)
  const judged = ratio === undefined ? figure : { ...figure, ratio }
  if (figure.target === undefined) return judged
  const [subject, relation, limit] = figure.target.split(" ")
  const actual = subject === "ratio" ? ratio : figure.value
  if (actual === undefined) throw new Error(`"${figure.name}" has the target "${figure.target}" but no floor`)
  return { ...judged, met: relation === "<=" ? actual <= Number(limit) : actual >= Number(limit) }
}

const rounded = (value: number | undefined): string =>
  value === undefined ? "" : value.toLocaleString("en", { maximumSignificantDigits: 4 })

/** The figures as an aligned plain-text table. */
export const table = (figures: ReadonlyArray<Figure>): string => {
  const rows = figures.map((figure) => [
    figure.name,
    `${rounded(figure.value)} ${figure.unit}`,
    rounded(figure.floor),
    figure.ratio === undefined ? "" : figure.ratio.toFixed(2),
    figure.target ?? "",
    figure.met === undefined ? "" : figure.met ? "yes" : "NO"
  ])
  const all = [["name", "median", "floor", "ratio", "target", "met?"], ...rows]
  const widths = [0, 1, 2, 3, 4, 5].map((column) => Math.max(...all.map((row) => row[column]?.length ?? 0)))
  return all
    .map((row) =>
      row
        .map((cell, column) => cell.padEnd(widths[column] ?? 0))
        .join("  ")
        .trimEnd()
    )
    .join("\n")
}

/** Prints figures: with `--json` one JSON object per line and nothing else, otherwise a table. */
export const report = (figures: ReadonlyArray<Figure>): void => {
  const judged = figures.map(({ target, ...figure }) =>
    judge(quick || target === undefined ? figure : { ...figure, target })
  )
  console.log(
    process.argv.includes("--json") ? judged.map((figure) => JSON.stringify(figure)).join("\n") : table(judged)
  )
}

/** Folder of the benchmarks' files: `LIFE_BENCH_DIR`, or a folder of the checkout, because /tmp may be memory. */
export const benchRoot = (): string => {
  const root = process.env["LIFE_BENCH_DIR"] ?? fileURLToPath(new URL("../node_modules/.cache/bench", import.meta.url))
  mkdirSync(root, { recursive: true })
  return root
}

/** Runs `use` with a fresh directory on the benchmark disk and removes it afterwards. */
export const withTempDirectory = async <A>(use: (directory: string) => Promise<A>): Promise<A> => {
  const directory = mkdtempSync(join(benchRoot(), "run-"))
  try {
    return await use(directory)
  } finally {
    rmSync(directory, { recursive: true, force: true })
  }
}

/** Bytes of heap in use after a collection; needs `node --expose-gc`, which `npm run bench` passes. */
export const heapBytes = (): number => {
  if (globalThis.gc === undefined) throw new Error("run this benchmark with node --expose-gc --import tsx")
  globalThis.gc()
  globalThis.gc()
  return process.memoryUsage().heapUsed
}
