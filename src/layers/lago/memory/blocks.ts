/**
 * The context blocks of memory. The memories that are recalled when a run begins stay the same throughout the run.
 */
import type { Subsystem } from "../../aios/index.js"
import { limits } from "./limits.js"
import type { RecalledMemory } from "./schema.js"
import { type Memories, runTag } from "./projection.js"

/**
 * The blocks by id.
 */
export const blocks: Subsystem.ById<Subsystem.Block<Memories>> = {
  remembered: {
    tokensMax: limits.rememberedTokensMax,
    priority: 160,
    changes: "run",
    text: ({ own }) => listed("Your memories:", own.recalled?.filter(isIn("Memory")) ?? answersOf(own))
  },
  retrieved: {
    tokensMax: limits.retrievedTokensMax,
    priority: 120,
    changes: "run",
    text: ({ own }) =>
      listed("Other memories that may bear on the objective:", own.recalled?.filter(isIn("Retrieval")) ?? [])
  }
}

const isIn =
  (block: RecalledMemory["block"]) =>
  (memory: RecalledMemory): boolean =>
    memory.block === block

// A run that recalled nothing, or that an older version began, shows the answers of earlier runs, which do not change
// during the run.
const answersOf = ({ observations }: Memories): ReadonlyArray<Shown> =>
  observations
    .filter(({ tags }) => tags.includes(runTag))
    .map(({ memoryId, text }) => ({ memoryId, text, scope: "session" }))

type Shown = Pick<RecalledMemory, "memoryId" | "scope" | "text">

const listed = (head: string, memories: ReadonlyArray<Shown>): string | undefined =>
  memories.length === 0
    ? undefined
    : [
        head,
        ...memories.map(
          ({ memoryId, scope, text }) =>
            `- ${scope === "session" ? "" : `(${scope}) `}${indented(text)}${named(memoryId)}`
        )
      ].join("\n")

// A statement of several lines must not look like a block of the prompt.
const indented = (text: string): string => text.replaceAll(/\r\n|[\n\r\u2028\u2029]/g, "\n  ")

// Only a memory that can be superseded or forgotten needs its name.
const named = (memoryId: string): string => (memoryId.includes(".") ? ` [${memoryId}]` : "")
