/**
 * Summaries of a conversation's beginning: a summary by rule, and the request to a model for a summary.
 *
 * @since 0.1.0
 */
import {
  cutText,
  excerpt,
  type Json,
  Limits,
  type Message,
  type ModelRequest,
  type ToolCallRequest,
  type ToolResultMessage
} from "../../layers/aios/index.js"

/**
 * Input of a summary: the messages that are dropped, the summary before them, and the limit on the new summary.
 *
 * @since 0.1.0
 * @category models
 */
export interface Past {
  readonly messages: ReadonlyArray<Message>
  readonly earlier: string | undefined
  readonly objective: string | undefined
  readonly charactersMax: number
}

const opening = "[The beginning of this conversation was left out to make room. Its summary:]"
// The heading of summaries in journals of earlier versions begins in the same way.
const anyOpening = /^\[The beginning of this conversation was left out to make room\.[^\]]*\]/
const filesHead = "Files written: "

/**
 * A summary under a heading, so that the model does not take it for a message of a person.
 *
 * @since 0.1.0
 * @category constructors
 */
export const framed = (summary: string, charactersMax: number): string =>
  `${opening}\n${cutText(summary, charactersMax)}`

/**
 * A summary by rule: the answers, the written files, the outcomes of the calls, the failures, and the last results. The
 * same messages always give the same text.
 *
 * @since 0.1.0
 * @category constructors
 */
export const extract = ({ charactersMax, earlier, messages, objective }: Past): string => {
  const before = earlier?.replace(anyOpening, "").trim()
  const calls = pairs(messages)
  const said = messages.flatMap((message) => (message.role === "assistant" ? sentences(message.content) : []))
  const told = messages.flatMap((message) =>
    message.role === "user" && message.content !== objective ? [line(message.content)] : []
  )
  const failed = calls.filter(({ result }) => result.status !== "ok")
  const share = Math.floor(charactersMax / 6)
  return [
    section(filesHead.trim(), [[...new Set([...filesIn(before), ...calls.flatMap(written)])].join(", ")], share),
    section("Calls:", [tally(calls)], share),
    section("Said by others:", told.slice(-8), share),
    section("Decided and found:", said.slice(-12), share),
    section("Open points, calls that did not succeed:", failed.slice(-6).map(outcome), share),
    section("Last results:", calls.slice(-4).map(outcome), share),
    section("Before that:", before === undefined ? [] : [withoutFiles(before)], share)
  ]
    .filter((text) => text !== "")
    .join("\n")
}

/**
 * The request for a summary by the model itself.
 *
 * @since 0.1.0
 * @category constructors
 */
export const summaryRequest = (
  sessionId: string,
  { charactersMax, earlier, messages, objective }: Past,
  shownCharactersMax: number
): ModelRequest => {
  const shown = messages.map(rendered)
  // The newest part matters most.
  let size = 0
  let from = shown.length
  while (from > 0 && size + (shown[from - 1]?.length ?? 0) <= shownCharactersMax) size += shown[--from]?.length ?? 0
  const parts = [
    ...(objective === undefined ? [] : [`Objective:\n${excerpt(objective, Limits.summaryExcerptCharactersMax)}`]),
    ...(earlier === undefined ? [] : [`Summary of what came before:\n${earlier}`]),
    ...(from === 0 ? [] : [`[${from} older messages are not shown]`]),
    ...shown.slice(from)
  ]
  return {
    sessionId,
    system: instruction(charactersMax),
    messages: [{ role: "user", content: parts.join("\n\n") }],
    tools: []
  }
}

const instruction = (charactersMax: number): string =>
  `You summarise the beginning of an agent's conversation, so that the agent can go on without it. Keep what it needs: ` +
  `what was decided and why, facts that were found, files that were written or read with their paths, what failed, what ` +
  `is still open, and the newest results. Leave out what was superseded. Write plain statements, no preamble, and at most ` +
  `${charactersMax} characters.`

interface Pair {
  readonly call: ToolCallRequest
  readonly result: ToolResultMessage
}

// The results of a turn come directly after it; ids are unique within a turn only.
const pairs = (messages: ReadonlyArray<Message>): ReadonlyArray<Pair> =>
  messages.flatMap((message, index) => {
    const next = messages[index + 1]
    if (message.role !== "assistant" || next?.role !== "tool") return []
    return message.toolCalls.flatMap((call) => {
      const result = next.results.find(({ callId }) => callId === call.callId)
      return result === undefined ? [] : [{ call, result }]
    })
  })

const section = (head: string, items: ReadonlyArray<string>, charactersMax: number): string => {
  const text = items.filter((item) => item !== "")
  if (text.length === 0) return ""
  const body = text.length === 1 ? ` ${text[0]}` : text.map((item) => `\n- ${item}`).join("")
  return `${head}${cutText(body, charactersMax)}`
}

const tally = (calls: ReadonlyArray<Pair>): string => {
  const counts = new Map<string, number>()
  for (const { call, result } of calls) {
    const name = `${call.toolName} ${result.status}`
    counts.set(name, (counts.get(name) ?? 0) + 1)
  }
  return [...counts].map(([name, count]) => `${name} × ${count}`).join(", ")
}

const isRecord = (value: Json): value is { readonly [key: string]: Json } =>
  typeof value === "object" && value !== null && !Array.isArray(value)

const pathOf = (value: Json): string | undefined =>
  isRecord(value) && typeof value["path"] === "string" ? value["path"] : undefined

// A call that writes a file has an input with a path and a content.
const written = ({ call, result }: Pair): ReadonlyArray<string> => {
  const path = pathOf(call.input)
  return result.status === "ok" && path !== undefined && isRecord(call.input) && "content" in call.input ? [path] : []
}

const filesIn = (summary: string | undefined): ReadonlyArray<string> =>
  summary
    ?.split("\n")
    .find((each) => each.startsWith(filesHead))
    ?.slice(filesHead.length)
    .split(", ") ?? []

const withoutFiles = (summary: string): string =>
  summary
    .split("\n")
    .filter((each) => !each.startsWith(filesHead))
    .join("\n")

const line = (text: string): string => cutText(text.replace(/\s+/g, " ").trim(), 200)

const sentences = (text: string): ReadonlyArray<string> => {
  const short = line(text)
  return short === "" ? [] : [short]
}

const outcome = ({ call, result }: Pair): string =>
  line(`${call.toolName} ${JSON.stringify(call.input).slice(0, 80)} -> ${result.status}: ${shortOutput(result.output)}`)

const shortOutput = (output: Json): string =>
  (typeof output === "string" ? output : JSON.stringify(output)).slice(0, Limits.summaryExcerptCharactersMax)

const rendered = (message: Message): string => {
  const short = (text: string) => excerpt(text, Limits.summaryExcerptCharactersMax)
  switch (message.role) {
    case "user":
      return `User: ${short(message.content)}`
    case "assistant":
      return [
        `Agent: ${short(message.content)}`,
        ...message.toolCalls.map(({ input, toolName }) => `Calls ${toolName} with ${short(JSON.stringify(input))}`)
      ].join("\n")
    case "tool":
      return message.results
        .map(({ output, status, toolName }) => `${toolName} ${status}: ${short(shortText(output))}`)
        .join("\n")
  }
}

const shortText = (output: Json): string => (typeof output === "string" ? output : JSON.stringify(output))
