/**
 * Invariants of modes. They judge by executions and records, and not by the state that the fold gives.
 *
 * @since 0.1.0
 */
import { type EventRecord, Limits } from "../../layers/aios/index.js"
import type { Invariant } from "./Invariant.js"

const modesHaveTeeth: Invariant = {
  name: "nothing is changed in any mode but Execute",
  onExecution: ({ callId, mode, readOnly, toolName }) =>
    readOnly || mode === "Execute" ? undefined : `${toolName} (${callId}) ran in ${mode}`
}

const tickIsBounded: Invariant = {
  name: "a tick carries out no more calls and changes than the thresholds allow, but for those a person approved",
  onExecution: ({ callId, readOnly, sessionId, tick }, history) => {
    const { callsPerTickMax, changesPerTickMax } = history.thresholds
    const asked = new Set<string>()
    for (const { kind } of history.session(sessionId)?.records ?? []) {
      if (kind.type === "ApprovalRequested") asked.add(kind.callId)
    }
    if (asked.has(callId)) return undefined
    const ran = history.executionsOf(sessionId).filter((other) => other.tick === tick && !asked.has(other.callId))
    const calls = new Set(ran.map((other) => other.callId)).size
    if (calls > callsPerTickMax) return `${calls} calls ran in tick ${tick}`
    const changes = new Set(ran.flatMap((other) => (other.readOnly ? [] : [other.callId]))).size
    return !readOnly && changes > changesPerTickMax ? `${changes} changes were made in tick ${tick}` : undefined
  }
}

const checksArePaid: Invariant = {
  name: "Execute is entered only when no check is owed, or for what a person approved",
  onRecord: ({ kind }, { records }) => {
    if (kind.type !== "ModeChanged" || kind.to !== "Execute" || kind.rule === "granted") return undefined
    const owed = changesOwed(records)
    return owed.length === 0 ? undefined : `${owed.join(", ")} must be read first`
  }
}

// A change that names no file.
const unnamed = "a change"

// Gives the changes that no call has read, if the agent entered Verify after the first of them.
const changesOwed = (records: ReadonlyArray<EventRecord>): ReadonlyArray<string> => {
  let owed = false
  let unread = new Map<string, boolean>()
  const left = () => [...unread].slice(1 - Limits.unverifiedChangesMax).flatMap(([path, is]) => (is ? [path] : []))
  for (const { kind } of records) {
    if (kind.type === "ModeChanged" && kind.to === "Verify") owed = left().length > 0
    if (kind.type !== "ToolResult") continue
    const { changes, reads } = kind
    for (const path of changes?.length === 0 ? [unnamed] : (changes ?? [])) {
      // The newest changes stand last: of many changes, the agent no longer keeps the oldest apart.
      unread.delete(path)
      unread.set(path, true)
    }
    if (changes === undefined && reads !== undefined) {
      unread = new Map([...unread].map(([path, is]) => [path, is && path !== unnamed && !reads.includes(path)]))
    }
    owed &&= left().length > 0
  }
  return owed ? left() : []
}

/**
 * The invariants of modes.
 */
export const modeInvariants: ReadonlyArray<Invariant> = [modesHaveTeeth, tickIsBounded, checksArePaid]
