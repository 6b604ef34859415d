/**
 * Bounds of the file tools that no other part shares.
 *
 * @since 0.1.0
 */

/**
 * @since 0.1.0
 * @category constants
 */
export const bounds = {
  /** A path, UTF-8; what Linux calls PATH_MAX. */
  pathBytesMax: 4_096,
  /** Symlinks followed while one path is resolved; what Linux allows. */
  symlinksMax: 40,
  /** Read or written between two points where others may run. */
  chunkBytes: 1_048_576,
  /** Directory entries looked at between two points where others may run. */
  chunkEntries: 512,
  /** Steps of a search, a character times the size of the compiled expression, until others may run: 0.1 s at worst. */
  grepChunkSteps: 10_000_000,
  /** Steps that one line may take, which cannot be interrupted: 1 s at worst. */
  grepLineStepsMax: 100_000_000,
  /** A glob or regular expression. */
  patternCharactersMax: 1_024,
  /** Globs that one glob with braces stands for. */
  globAlternativesMax: 256,
  /** What a message says of an input that does not fit. */
  messageCharactersMax: 2_000,
  /** A .gitignore file; what lies behind is not read. */
  ignoreFileBytesMax: 65_536,
  /** Rules that apply to one directory, those of the directories above it included; the innermost are kept. */
  ignoreRulesMax: 1_024,
  /** How long a call may take, in milliseconds, unless the tool says otherwise. */
  toolTimeoutMsDefault: 30_000,
  grepTimeoutMs: 60_000
} as const
