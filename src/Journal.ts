/**
 * The journal port: the only memory of an agent, and what a journal of your own needs.
 *
 * @since 0.1.0
 * @module
 */
export { replay, type Replay } from "./actors/replay.js"
export {
  agentActor,
  digestOf,
  genesisDigest,
  kindText,
  type NewEvent,
  timestampOf
} from "./layers/aios/events/EventRecord.js"
export {
  type Append,
  type Checkpoint,
  type Head,
  Journal,
  JournalError,
  mainBranch,
  type ReadQuery,
  SessionId,
  type SessionSummary,
  type StreamId,
  type Verification
} from "./layers/aios/ports/Journal.js"
