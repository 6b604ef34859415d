/**
 * Supervision: restarts of agents and of other programs after a failure, as in OTP.
 *
 * @since 0.1.0
 * @module
 */
export {
  type Program,
  ProgramError,
  type ProgramOptions,
  type ProgramStatus,
  type RestartPolicy,
  SuperviseError
} from "./actors/index.js"
export {
  defaultSupervision as defaults,
  type Restart,
  type RestartOrder,
  type RestartStrategy,
  type SupervisionOptions as Options,
  supervisorMachine,
  type SupervisorContext as Context,
  type SupervisorEvent as Event,
  type SupervisorSnapshot as Snapshot
} from "./machines/index.js"
