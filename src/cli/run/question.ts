/**
 * Asks the user on the terminal whether a call may run: once, always in the session, with other arguments, or not. The
 * user sees the whole call, a page at a time.
 *
 * @since 0.1.0
 */
import { Clock, Effect, Either } from "effect"
import type { ApprovalGrant } from "../../actors/index.js"
import { cutText, type EventKindOf, type Json, masked, maskJson } from "../../layers/aios/index.js"
import { Output } from "../Output.js"
import { callLines } from "../render/call.js"
import { exact, line as text, red, yellow } from "../render/line.js"
import { count, seconds } from "../render/text.js"
import { Signals } from "../Signals.js"
import { replacedText } from "./replaced.js"

/** Answer of the user: a grant, or a denial. */
export type Said = { readonly grant: Pick<ApprovalGrant, "scope" | "input"> } | "denied"

const pageLines = 40
const editedCharactersMax = 2_000

/**
 * Asks until the user answers. Gives `undefined` without an answer: at a signal, at the end of the input, or when the
 * approval expires. `problem` says what was wrong with the answer before.
 */
export const question = Effect.fnUntraced(function* (
  workspace: string,
  approval: EventKindOf<"ApprovalRequested">,
  problem?: string
) {
  const { capability, capabilities = [capability], dueAt, input, reason, risk, toolName } = approval
  const { ask, line, showsSecrets } = yield* Output
  const { first } = yield* Signals
  const leftMs = dueAt === undefined ? undefined : dueAt - (yield* Clock.currentTimeMillis)
  const tooLate = leftMs === undefined ? Effect.never : Effect.sleep(Math.max(leftMs, 0))
  const nobody = Effect.as(Effect.raceFirst(first, tooLate), undefined)
  const read = (asked: string) => Effect.raceFirst(ask(asked), nobody)

  const edited = Effect.gen(function* () {
    const shown = JSON.stringify(showsSecrets ? input : maskJson(input))
    for (;;) {
      yield* line(text`  now: ${exact(cutText(shown, editedCharactersMax))}`)
      const typed = yield* read("  The arguments as JSON, on one line; nothing to go back:")
      if (typed === undefined || typed.trim() === "") return typed
      const parsed = Either.try({ try: () => JSON.parse(typed) as Json, catch: String })
      if (Either.isLeft(parsed)) yield* line(red(`  That is no JSON: ${parsed.left}`))
      else if (shown.includes(masked) && typed.includes(masked))
        yield* line(red(`  ${masked} stands for a secret: write the secret, or run the command with --show-secrets`))
      else return { grant: { input: parsed.right } }
    }
  })

  if (problem !== undefined) yield* line(red(`  ${problem}`))
  const time = leftMs === undefined ? "" : `, ${seconds(Math.max(leftMs, 0))} left`
  yield* line(text`${yellow("approval")}  ${toolName} wants ${capabilities.join(", ")} (risk ${risk}${time})`)
  if (reason !== undefined) yield* line(`  ${reason}`)
  const rest = [...callLines({ input, replaced: replacedText(workspace, capability), showsSecrets })]
  const page = Effect.suspend(() => Effect.forEach(rest.splice(0, pageLines), line, { discard: true }))
  yield* page
  for (;;) {
    if (rest.length > 0) yield* line(yellow(`  … ${count(rest.length, "more line")} of this call; m shows them`))
    const more = rest.length > 0 ? ", m: more of the call" : ""
    const asked = `  Allow it? y: this one call, a: always in this session, e: with other arguments${more}  [y/N/a/e]`
    const said = (yield* read(asked))?.trim().toLowerCase()
    if (said === undefined) return undefined
    if (/^y(es)?$/.test(said)) return { grant: {} }
    if (/^a(lways)?$/.test(said)) return { grant: { scope: "session" as const } }
    if (rest.length > 0 && /^m(ore)?$/.test(said)) {
      yield* page
      continue
    }
    if (!/^e(dit)?$/.test(said)) return "denied" as const
    const changed = yield* edited
    if (typeof changed !== "string") return changed
  }
})
