/** What becomes of the calls that wait for an approval, known to the process that asks and to whoever judges it. */

export type Fate = "approve" | "deny" | "timeout"

/** Every run asks for so many approvals. */
export const notesCount = 4

/** How long somebody thinks before the answer, in milliseconds. */
export const answerMs = 20

/** How long the tool waits before its effect, and again behind it, in milliseconds. */
export const waitMs = 20

/** How long a call waits where nobody answers, in milliseconds: less than a process takes to start. */
export const timeoutMs = 100

export const actor = "ada"

/** Why a call is denied. */
export const reasonFor = (callId: string): string => `there is no room for ${callId}`
