/**
 * Supervision: restarts of agents and of other programs after a failure, as in OTP.
 *
 * @since 0.1.0
 * @module
 */
export type { Program, ProgramOptions, ProgramStatus } from "./actors/supervision/Program.js"
export { ProgramError, SuperviseError } from "./actors/supervision/SuperviseError.js"
export type { RestartPolicy } from "./actors/supervision/Supervisor.js"
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
} from "./machines/supervisor.js"
