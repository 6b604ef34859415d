/**
 * The port to what sessions share.
 */
import { Context, type Effect } from "effect"
import type { JournalError } from "../../aios/index.js"
import type { CommittedMemory } from "./schema.js"

/**
 * The memories that sessions share. They are events of the sessions that committed them; whoever keeps the journal finds
 * them without reading every session.
 *
 * @since 0.1.0
 * @category services
 */
export class SharedMemories extends Context.Tag("life-agent-os/SharedMemories")<
  SharedMemories,
  {
    /**
     * What sessions share with those of an agent of this name, and nobody has forgotten or superseded; the oldest first, of
     * each scope the newest 256, whichever session committed them.
     */
    readonly knownTo: (owner: string) => Effect.Effect<ReadonlyArray<CommittedMemory>, JournalError>
  }
>() {}
