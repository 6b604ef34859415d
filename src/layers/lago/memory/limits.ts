/**
 * Limits of memory.
 */

/**
 * The limits. `memory` asserts the relations between them.
 */
export const limits = {
  /** Observations a session carries until they are reflected upon, and answers of earlier runs. */
  observationsMax: 32,
  observationCharactersMax: 500,
  /** Number of errors in a row from which failures are remembered. */
  observedErrorsMin: 2,
  /** Observations that one tick leaves behind. */
  observationsPerTickMax: 4,
  reflectionCharactersMax: 2_000,
  /** Proposals of a session that wait for their commit; beyond the limit, the oldest is forgotten. */
  proposalsMax: 16,
  /** Entries of one proposal. */
  entriesMax: 16,
  /** One entry, UTF-8. */
  entryBytesMax: 65_536,
  /** Characters of one entry that an event holds; the whole of a longer entry is a blob. */
  inlineCharactersMax: 1_000,
  /** Tags of one entry, and the characters of one tag. */
  tagsMax: 8,
  tagCharactersMax: 64,
  /** Memories that a session keeps for itself; beyond the limit, the oldest is forgotten. */
  sessionMemoriesMax: 64,
  /** Shared memories of one scope that are looked at: the newest. */
  sharedMemoriesMax: 256,
  /** Memories that memory_query returns: the default, and the maximum. */
  queryDefault: 10,
  queryMax: 50,
  /** Size of the two context blocks. */
  rememberedTokensMax: 8_000,
  retrievedTokensMax: 6_000,
  /** Texts of other sessions that one event holds, as JSON. */
  recalledBytesMax: 131_072,
  /** Words of a query, or of an objective, that are looked for: the first ones. */
  queryWordsMax: 256,
  /** Characters of one memory that are looked through. */
  rankedCharactersMax: 8_000,
  /** Time to read what sessions share, with all retries. */
  sharedReadMs: 4_000,
  sharedRetriesMax: 2
} as const
