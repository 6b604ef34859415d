/**
 * Asks the user on the terminal whether a call may run: once, always in the session, with other arguments, or not.
 *
 * @since 0.1.0
 */
import { Clock, Effect, Either } from "effect"
import type { ApprovalGrant } from "../../actors/index.js"
import type { EventKindOf, Json } from "../../layers/aios/index.js"
import { Output } from "../Output.js"
import { pairs, printable, seconds } from "../render/text.js"
import { Signals } from "../Signals.js"

/** Answer of the user: a grant, or a denial. */
export type Said = { readonly grant: Pick<ApprovalGrant, "scope" | "input"> } | "denied"

const argumentCharactersMax = 200

/**
 * Asks until the user answers. Gives `undefined` without an answer: at a signal, at the end of the input, or when the
 * approval expires. `problem` says what was wrong with the answer before.
 */
export const question = Effect.fnUntraced(function* (approval: EventKindOf<"ApprovalRequested">, problem?: string) {
  const { capability, dueAt, input, reason, risk, toolName } = approval
  const { ask, line, paint } = yield* Output
  const { first } = yield* Signals
  const leftMs = dueAt === undefined ? undefined : dueAt - (yield* Clock.currentTimeMillis)
  const tooLate = leftMs === undefined ? Effect.never : Effect.sleep(Math.max(leftMs, 0))
  const nobody = Effect.as(Effect.raceFirst(first, tooLate), undefined)
  const read = (text: string) => Effect.raceFirst(ask(text), nobody)

  const edited = Effect.gen(function* () {
    for (;;) {
      yield* line(`  now: ${printable(JSON.stringify(input))}`)
      const text = yield* read("  The arguments as JSON, on one line; nothing to go back:")
      if (text === undefined || text.trim() === "") return text
      const parsed = Either.try({ try: () => JSON.parse(text) as Json, catch: String })
      if (Either.isRight(parsed)) return { grant: { input: parsed.right } }
      yield* line(paint.red(`  That is no JSON: ${printable(parsed.left)}`))
    }
  })

  if (problem !== undefined) yield* line(paint.red(`  ${printable(problem)}`))
  const time = leftMs === undefined ? "" : `, ${seconds(Math.max(leftMs, 0))} left`
  const about = [
    `${paint.yellow("approval")}  ${printable(toolName)} wants ${printable(capability)} (risk ${risk}${time})`,
    ...(reason === undefined ? [] : [`  ${printable(reason)}`]),
    `  ${pairs(input, argumentCharactersMax)}`,
    "  Allow it? y: this one call, a: always in this session, e: with other arguments  [y/N/a/e]"
  ].join("\n")
  for (;;) {
    const said = (yield* read(about))?.trim().toLowerCase()
    if (said === undefined) return undefined
    if (/^y(es)?$/.test(said)) return { grant: {} }
    if (/^a(lways)?$/.test(said)) return { grant: { scope: "session" as const } }
    if (!/^e(dit)?$/.test(said)) return "denied" as const
    const changed = yield* edited
    if (typeof changed !== "string") return changed
  }
})
