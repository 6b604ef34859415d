/** Fates of the calls that wait for an approval, known to the process that asks and to the judge. */

export type Fate = "approve" | "deny" | "timeout"

/** Number of approvals that every run asks for. */
export const notesCount = 4

/** Time a person thinks before the answer, in milliseconds. */
export const answerMs = 20

/** Time the tool waits before its effect, and again after it, in milliseconds. */
export const waitMs = 20

/** Time a call waits for an answer that never comes, in milliseconds: less than a process takes to start. */
export const timeoutMs = 100

export const actor = "ada"

/** Reason for which a call is denied. */
export const reasonFor = (callId: string): string => `there is no room for ${callId}`
