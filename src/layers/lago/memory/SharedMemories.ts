/**
 * The port to the memories that sessions share.
 */
import { Context, type Effect } from "effect"
import type { JournalError } from "../../aios/index.js"
import type { CommittedMemory } from "./schema.js"

/**
 * The memories that sessions share. They are events of the sessions that committed them; the store of the journal finds
 * them without reading every session.
 *
 * @since 0.1.0
 * @category services
 */
export class SharedMemories extends Context.Tag("life-agent-os/SharedMemories")<
  SharedMemories,
  {
    /**
     * Reads the memories that sessions share with the sessions of an agent of this name, without forgotten and
     * superseded ones. Gives the newest 256 of each scope over all sessions, the oldest first, and leaves out each that
     * the key behind `seal` does not vouch for.
     */
    readonly knownTo: (
      owner: string,
      seal: (text: string) => string
    ) => Effect.Effect<ReadonlyArray<CommittedMemory>, JournalError>
  }
>() {}
