/**
 * Parsers of the options of `life sim` that are more than plain words and numbers.
 *
 * @since 0.1.0
 */
import { Duration, Either } from "effect"
import { type Fault, faultNames } from "../../simulation/index.js"

/** Seeds from the first to the last, both included. */
export interface Range {
  readonly first: number
  readonly last: number
}

const wholeNumber = /^\d{1,16}$/

/** Reads a range of seeds: `20` is 1 to 20, `5..9` is 5 to 9. */
export const parseSeeds = (given: string): Either.Either<Range, string> => {
  const [from, to, ...others] = given.includes("..") ? given.split("..") : ["1", given]
  const [first, last] = [Number(from), Number(to)]
  const isRange = [from, to].every((part) => wholeNumber.test(part ?? "")) && others.length === 0
  if (!isRange || !Number.isSafeInteger(first) || !Number.isSafeInteger(last)) {
    return Either.left(
      `--seeds takes how many seeds to try, as 300, or a range of them, as 1..300, each from 0 to ` +
        `${Number.MAX_SAFE_INTEGER}, not ${JSON.stringify(given)}`
    )
  }
  if (last >= first) return Either.right({ first, last })
  return Either.left(
    given.includes("..")
      ? `--seeds ${given} ends before it begins: put the smaller seed first`
      : "--seeds 0 would try nothing: take at least 1"
  )
}

/** Faults that may strike. */
export type FaultChoice = "all" | ReadonlyArray<Fault>

const isFault = (name: string): name is Fault => faultNames.some((known) => known === name)

/** Reads `all`, `none`, or names with commas between them. */
export const parseFaults = (given: string): Either.Either<FaultChoice, string> => {
  if (given === "all") return Either.right("all")
  if (given === "none") return Either.right([])
  const names = given.split(",").map((name) => name.trim())
  const unknown = names.find((name) => !isFault(name))
  return unknown === undefined
    ? Either.right(names.filter(isFault))
    : Either.left(`there is no fault ${JSON.stringify(unknown)}: take all, none, or some of ${faultNames.join(", ")}`)
}

/** A choice as text that {@link parseFaults} reads. */
export const faultsText = (faults: FaultChoice): string =>
  faults === "all" ? "all" : faults.length === 0 ? "none" : faults.join(",")

const units = { ms: Duration.millis, s: Duration.seconds, m: Duration.minutes, h: Duration.hours } as const

/** Reads a duration such as `500ms`, `60s`, `1.5m` or `2h`. */
export const parseDuration = (given: string): Either.Either<Duration.Duration, string> => {
  const [, amount, unit] = /^(\d+(?:\.\d+)?)(ms|s|m|h)$/.exec(given) ?? []
  const make = Object.entries(units).find(([name]) => name === unit)?.[1]
  return make === undefined || !(Number(amount) > 0)
    ? Either.left(`--time-budget takes a time above 0 such as 500ms, 60s, 5m or 2h, not ${JSON.stringify(given)}`)
    : Either.right(make(Number(amount)))
}
