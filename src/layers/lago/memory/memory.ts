/**
 * The subsystem `memory`: what an agent knows beyond its conversation.
 *
 * @since 0.1.0
 */
import { type BlobStore, type Identity, type Ids, Subsystem } from "../../aios/index.js"
import { blocks } from "./blocks.js"
import { events } from "./events.js"
import { answer, observations, reflection } from "./learn.js"
import { limits } from "./limits.js"
import { projection } from "./projection.js"
import { recall } from "./recall.js"
import type { SharedMemories } from "./SharedMemories.js"
import { tools } from "./tools.js"

/**
 * Memory. An agent observes what it does, recalls what is known when a run begins, and has the tools `memory_query`,
 * `memory_propose`, `memory_commit` and `memory_forget`.
 *
 * @since 0.1.0
 * @category subsystems
 */
export const memory = Subsystem.closedOver<BlobStore | Identity | Ids | SharedMemories>()(
  Subsystem.make({
    name: "memory",
    events,
    projection,
    limits,
    relations: [
      ["queryDefault <= queryMax", ({ queryDefault, queryMax }) => queryDefault <= queryMax],
      [
        "inlineCharactersMax <= entryBytesMax",
        ({ entryBytesMax, inlineCharactersMax }) => inlineCharactersMax <= entryBytesMax
      ]
    ],
    orient: { recall: { known: recall }, blocks },
    act: { tools },
    learn: { reflection, observations, answer }
  })
)
