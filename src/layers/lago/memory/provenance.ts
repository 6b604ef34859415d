/**
 * Provenance of an agent's present work.
 */
import type { Subsystem } from "../../aios/index.js"
import type { Provenance } from "./schema.js"
import type { Memories } from "./projection.js"

/**
 * Gives the events of the run, and the files it wrote as far as the agent remembers them.
 */
export const provenanceOf = ({ agent, own, sequence }: Subsystem.View<Memories>): Provenance => {
  const eventStart = agent.run?.objectiveSequence ?? sequence
  const files = new Map(
    own.observations
      .filter(({ provenance }) => provenance.eventStart >= eventStart)
      .flatMap(({ provenance }) => provenance.files.map((file) => [file.path, file] as const))
  )
  return { eventStart, eventEnd: sequence, files: [...files.values()] }
}
