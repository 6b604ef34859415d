/**
 * Every choice of a simulation, recorded so that it can be repeated, left out and made smaller.
 *
 * Each choice has a default: the first of the ready tasks, no fault. Only departures from the default are recorded, as
 * the name of the stream, the number of the draw in the stream, and the value. A run from a list of departures draws
 * nothing at random; an empty list gives the undisturbed run.
 *
 * @since 0.1.0
 */
import { type RandomStream, randomStream } from "./RandomStream.js"

/**
 * One choice that was not the default.
 *
 * @since 0.1.0
 * @category models
 */
export interface Departure {
  readonly stream: string
  /** Number of the draw in its stream, from 0. */
  readonly draw: number
  readonly value: number
}

/**
 * The choices of one stream.
 */
export interface Choices {
  /** An integer from 0 to `n - 1`; 0 is the default. */
  readonly below: (n: number) => number
  /** Draws true with this probability; false is the default. */
  readonly chance: (probability: number) => boolean
}

export class Decisions {
  readonly departures: Array<Departure> = []
  private readonly replayed: Map<string, Departure> | undefined
  private readonly used = new Set<Departure>()
  private readonly streams = new Map<string, Choices>()

  constructor(
    private readonly seed: number,
    private readonly replay?: ReadonlyArray<Departure>
  ) {
    this.replayed = replay && new Map(replay.map((departure) => [`${departure.stream}#${departure.draw}`, departure]))
  }

  /** The departures to replay that no choice has asked for. */
  get unused(): ReadonlyArray<Departure> {
    return this.replay?.filter((departure) => !this.used.has(departure)) ?? []
  }

  /** The choices of a name. The same name gives the same stream. */
  stream(name: string): Choices {
    const known = this.streams.get(name)
    if (known !== undefined) return known
    const random = randomStream(this.seed, name)
    let draws = 0
    const choose = (draw: (random: RandomStream) => number): number => {
      const index = draws++
      const given = this.replayed?.get(`${name}#${index}`)
      if (given !== undefined) this.used.add(given)
      const value = this.replayed === undefined ? draw(random) : (given?.value ?? 0)
      if (value !== 0) this.departures.push({ stream: name, draw: index, value })
      return value
    }
    const choices: Choices = {
      // A replayed value may lie beyond the end when an earlier choice was left out.
      below: (n) =>
        n <= 1
          ? 0
          : Math.min(
              choose((random) => random.below(n)),
              n - 1
            ),
      chance: (probability) => probability > 0 && choose((random) => (random.chance(probability) ? 1 : 0)) === 1
    }
    this.streams.set(name, choices)
    return choices
  }
}
