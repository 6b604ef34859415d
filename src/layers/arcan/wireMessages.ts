/**
 * The conversation in a form that the API of every provider accepts. All providers share it.
 *
 * The journal names calls by ids of its own, and a journal of an earlier version by the ids of any provider. An API
 * demands only that a call and its result have the same id and that no two calls of a request have the same one.
 *
 * @since 0.1.0
 */
import { hashOf, type Message, timeOfUlid, type ToolCallRequest, type ToolResultMessage } from "../aios/index.js"

/** Ids of other providers that an API accepts as well. */
export const acceptedIds = {
  anthropic: /^[a-zA-Z0-9_-]{1,64}$/,
  openai: /^[\x21-\x7e]{1,40}$/
} as const

/**
 * Gives messages with call ids and tool names that an API accepts. The same conversation always gets the same ids, also
 * when it has grown, so that providers can cache it.
 */
export const wireMessages = (messages: ReadonlyArray<Message>, accepted: RegExp): ReadonlyArray<Message> => {
  const unused = unusedIds(accepted)
  // Results follow directly after the turn that asked for them, so the ids of one turn are enough.
  let ids = new Map<string, string>()
  const callOf = (call: ToolCallRequest): ToolCallRequest => {
    const id = unused(call.callId)
    ids.set(call.callId, id)
    return { ...call, callId: id, toolName: nameOf(call.toolName) }
  }
  const resultOf = (result: ToolResultMessage): ToolResultMessage => ({
    ...result,
    callId: ids.get(result.callId) ?? unused(result.callId)
  })
  return messages.map((message): Message => {
    switch (message.role) {
      case "user":
        return message
      case "assistant":
        ids = new Map()
        return message.toolCalls.length === 0 ? message : { ...message, toolCalls: message.toolCalls.map(callOf) }
      case "tool":
        return { ...message, results: message.results.map(resultOf) }
    }
  })
}

// Mistral's servers take ids of nine letters and digits only, and so does every other server.
const idLength = 9

// Makes ids that a request has not used yet. The last characters of a ULID are random. The id of a provider, in a journal
// of an earlier version, stays if it can. Some providers gave each call the same id, so the uses of an id are counted.
const unusedIds = (accepted: RegExp): ((callId: string) => string) => {
  const used = new Set<string>()
  const uses = new Map<string, number>()
  return (callId) => {
    const short = timeOfUlid(callId) === undefined ? callId : callId.slice(-idLength)
    let count = uses.get(callId) ?? 0
    let id = accepted.test(short) ? short : hashOf(callId).slice(0, idLength)
    while (used.has(id)) id = hashOf([callId, ++count]).slice(0, idLength)
    uses.set(callId, count)
    used.add(id)
    return id
  }
}

// A name that the model has invented may be one that its own API refuses when it comes back.
const nameLength = 64
const nameOf = (name: string): string => name.replace(/[^a-zA-Z0-9_-]/g, "_").slice(0, nameLength) || "unknown"
