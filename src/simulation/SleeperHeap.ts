/**
 * Priority queue of sleepers: the next to wake comes first.
 *
 * It is a binary heap whose entries know their index, so that cancelling a sleep costs O(log n) as well: most sleeps of
 * a real program are time-outs that never fire.
 *
 * @since 0.1.0
 */

/**
 * A sleep. `at` is the virtual millisecond at which it ends; of two with the same `at`, the one that began first ends
 * first.
 */
export interface Sleeper {
  readonly at: number
  readonly order: number
  readonly wake: () => void
  /** Its index in the heap; -1 when it is not in the heap. */
  index: number
}

const before = (a: Sleeper, b: Sleeper): boolean => a.at < b.at || (a.at === b.at && a.order < b.order)

export class SleeperHeap {
  private readonly heap: Array<Sleeper> = []

  get size(): number {
    return this.heap.length
  }

  /** Virtual millisecond at which the next sleeper wakes. */
  get nextAt(): number | undefined {
    return this.heap[0]?.at
  }

  add(sleeper: Sleeper): void {
    this.heap.push(sleeper)
    this.up(sleeper, this.heap.length - 1)
  }

  /** Removes and gives the next sleeper to wake. */
  take(): Sleeper | undefined {
    const first = this.heap[0]
    if (first !== undefined) this.remove(first)
    return first
  }

  remove(sleeper: Sleeper): void {
    const { index } = sleeper
    if (index < 0) return
    sleeper.index = -1
    const last = this.heap.pop()
    if (last === undefined || last === sleeper) return
    this.up(last, index)
    this.down(last, last.index)
  }

  clear(): void {
    for (const sleeper of this.heap) sleeper.index = -1
    this.heap.length = 0
  }

  private put(sleeper: Sleeper, index: number): void {
    this.heap[index] = sleeper
    sleeper.index = index
  }

  private up(sleeper: Sleeper, index: number): void {
    while (index > 0) {
      const above = (index - 1) >> 1
      const parent = this.heap[above]
      if (parent === undefined || before(parent, sleeper)) break
      this.put(parent, index)
      index = above
    }
    this.put(sleeper, index)
  }

  private down(sleeper: Sleeper, index: number): void {
    while (true) {
      const left = 2 * index + 1
      const right = this.heap[left + 1]
      let child = this.heap[left]
      if (child === undefined) break
      if (right !== undefined && before(right, child)) child = right
      if (before(sleeper, child)) break
      const below = child.index
      this.put(child, index)
      index = below
    }
    this.put(sleeper, index)
  }
}
