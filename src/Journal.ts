/**
 * The journal port: the only memory of an agent, and what a journal of your own needs.
 *
 * @since 0.1.0
 * @module
 */
export { replay, type Replay } from "./actors/index.js"
export {
  agentActor,
  type Append,
  type Checkpoint,
  digestOf,
  genesisDigest,
  type Head,
  Journal,
  JournalError,
  kindText,
  mainBranch,
  type NewEvent,
  type ReadQuery,
  SessionId,
  type SessionSummary,
  type StreamId,
  timestampOf,
  type Verification
} from "./layers/aios/index.js"
