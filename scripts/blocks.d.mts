/** A block of TypeScript in a page or a doc comment. */
export interface Block {
  readonly path: string
  /** The line of its first line of code. */
  readonly line: number
  /** `run` for a program, `test` for a file of vitest. */
  readonly use: "run" | "test" | undefined
  readonly code: string
  /** Output of the program, with `…` for any text. */
  readonly output: string | undefined
}
export declare const blocksOf: (path: string, text: string) => ReadonlyArray<Block>
export declare const matchesOutput: (expected: string, actual: string) => boolean
