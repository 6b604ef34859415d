/**
 * Limits of memory.
 */

/**
 * The limits, and between them the relations that `memory` asserts.
 */
export const limits = {
  /** Observations a session carries until they are reflected upon, and answers of earlier runs. */
  observationsMax: 32,
  observationCharactersMax: 500,
  /** Errors in a row from which on failures are remembered. */
  observedErrorsMin: 2,
  /** Observations that one tick leaves behind. */
  observationsPerTickMax: 4,
  reflectionCharactersMax: 2_000,
  /** Proposals of a session that wait for their commit; then the oldest is forgotten. */
  proposalsMax: 16,
  /** Entries of one proposal. */
  entriesMax: 16,
  /** One entry, UTF-8. */
  entryBytesMax: 65_536,
  /** Of one entry, what an event holds; the whole of a longer one is a blob. */
  inlineCharactersMax: 1_000,
  /** Tags of one entry, and the characters of one tag. */
  tagsMax: 8,
  tagCharactersMax: 64,
  /** Memories that a session keeps for itself; then the oldest is forgotten. */
  sessionMemoriesMax: 64,
  /** Of the memories that sessions share, how many of one scope are looked at; the newest. */
  sharedMemoriesMax: 256,
  /** Memories that memory_query hands back, unless it is asked for another number, and at most. */
  queryDefault: 10,
  queryMax: 50,
  /** Size of the two context blocks. */
  rememberedTokensMax: 8_000,
  retrievedTokensMax: 6_000,
  /** Texts of other sessions that one event holds, as JSON. */
  recalledBytesMax: 131_072,
  /** Words of a query, or of an objective, that are looked for; the first. */
  queryWordsMax: 256,
  /** Characters of one memory that are looked through. */
  rankedCharactersMax: 8_000,
  /** Time to read what sessions share, with all retries. */
  sharedReadMs: 4_000,
  sharedRetriesMax: 2
} as const
