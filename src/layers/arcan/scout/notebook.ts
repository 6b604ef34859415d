/**
 * The knowledge of the scout: the calls it made in this run, and their results.
 */
import { Either } from "effect"
import {
  canonicalJson,
  type Json,
  type Message,
  type ModelRequest,
  type ToolCallRequest,
  type ToolResultMessage
} from "../../aios/index.js"
import { cut } from "./markdown.js"

/** A call the scout makes at most once in a run. */
export interface Step<A> {
  readonly toolName: string
  readonly input: { readonly [key: string]: Json }
  /** Reads the tool's output; the left side says what is wrong with it. */
  readonly decode: (output: Json) => Either.Either<A, string>
}

/** The current run, read back from the conversation. */
export interface Notebook {
  readonly objective: string
  /** Number of the assistant's turns in the whole conversation; makes call ids unique in a session. */
  readonly turn: number
  readonly offered: ReadonlySet<string>
  /** Results by {@link stepKey}; `undefined` for a call without a result so far. */
  readonly results: ReadonlyMap<string, ToolResultMessage | undefined>
}

// The content is not part of the key, because the scout writes a file only once in a run.
const stepKey = ({ input, toolName }: { readonly toolName: string; readonly input: Json }): string =>
  `${toolName} ${canonicalJson(isRecord(input) ? { ...input, content: null } : input)}`

const isRecord = (value: Json): value is { readonly [key: string]: Json } =>
  typeof value === "object" && value !== null && !Array.isArray(value)

const callsOf = (message: Message): ReadonlyArray<ToolCallRequest> =>
  message.role === "assistant" ? message.toolCalls : []

const resultsOf = (message: Message): ReadonlyArray<ToolResultMessage> =>
  message.role === "tool" ? message.results : []

/** Reads the conversation from the last user message on. */
export const openNotebook = (request: ModelRequest): Notebook => {
  const start = request.messages.findLastIndex((message) => message.role === "user")
  const first = request.messages[start]
  const run = request.messages.slice(start + 1)
  const results = new Map(run.flatMap(resultsOf).map((result) => [result.callId, result]))
  return {
    objective: first?.role === "user" ? first.content.trim() : "",
    turn: request.messages.filter((message) => message.role === "assistant").length,
    offered: new Set(request.tools.map((tool) => tool.name)),
    results: new Map(run.flatMap(callsOf).map((call) => [stepKey(call), results.get(call.callId)]))
  }
}

/** Says whether the scout still has to make a step. */
export const isOpen = (notebook: Notebook, step: Step<unknown>): boolean =>
  notebook.offered.has(step.toolName) && !notebook.results.has(stepKey(step))

/** Outcome of a step: its output, or the reason why there is none; `undefined` for a step that was not tried yet. */
export const outcome = <A>(notebook: Notebook, step: Step<A>): Either.Either<A, string> | undefined => {
  if (isOpen(notebook, step)) return undefined
  const key = stepKey(step)
  const result = notebook.results.get(key)
  if (result === undefined) {
    return Either.left(notebook.results.has(key) ? "no result came back" : "there is no such tool")
  }
  return result.status === "ok" ? step.decode(result.output) : Either.left(`${result.status}: ${words(result.output)}`)
}

/** The output of a step, or `undefined` when there is none. */
export const output = <A>(notebook: Notebook, step: Step<A>): A | undefined => {
  const found = outcome(notebook, step)
  return found !== undefined && Either.isRight(found) ? found.right : undefined
}

const words = (output: Json): string => {
  const message = isRecord(output) && "message" in output ? output["message"] : output
  return cut(typeof message === "string" ? message : canonicalJson(output), 300)
}
