/**
 * `life run --inspect`: the inspector of the run.
 *
 * @since 0.1.0
 */
import { Effect, Layer } from "effect"
import { layerNoop, layerWebSocket } from "../../layers/vigil/inspector/index.js"
import type { Inspector, InspectorError } from "../../layers/aios/index.js"
import { type InspectorServerError, layerServer } from "../../server/inspector/index.js"
import { openBrowser } from "../browser.js"
import { Output } from "../Output.js"
import { exact, line } from "../render/line.js"
import { Signals } from "../Signals.js"

/** The value that `--inspect` without a value stands for. */
export const ownPage = "page"

/** Gives `--inspect` its value {@link ownPage}, because @effect/cli has no options with an optional value. */
export const spellOut = (argv: ReadonlyArray<string>): ReadonlyArray<string> => {
  if (argv[2] !== "run") return argv
  const end = argv.indexOf("--")
  return argv.map((word, index) => (word === "--inspect" && (end < 0 || index < end) ? `--inspect=${ownPage}` : word))
}

/** Reason why a value of `--inspect` is invalid; `undefined` if it is valid. */
export const problemOf = (value: string): string | undefined =>
  value === ownPage || /^wss?:\/\/\S+$/.test(value)
    ? undefined
    : `--inspect serves a page by itself; with a value, it takes the address of a WebSocket server such as ` +
      `--inspect=ws://127.0.0.1:8080, not ${JSON.stringify(value)}`

/**
 * A run beside its page. On a terminal the page stays after the run, because a quick run is over before the user has
 * opened the page, which can still replay it. Ctrl-C ends the page with the outcome of the run.
 */
export const besidePage = <A, E, R>(value: string | undefined, run: Effect.Effect<A, E, R>) =>
  Effect.gen(function* () {
    const { interactive, note } = yield* Output
    if (value !== ownPage || !interactive) return yield* run
    const exit = yield* Effect.exit(run)
    yield* note("the run is over, and its page stays for a replay; Ctrl-C ends the command")
    yield* (yield* Signals).first
    return yield* exit
  })

/** The inspector of a run. Notes the address of the page on the standard error, and opens the page if `open` is set. */
export const inspectorOf = (
  value: string | undefined,
  dataDir: string,
  open: boolean
): Layer.Layer<Inspector, InspectorError | InspectorServerError, Output> =>
  value === undefined
    ? layerNoop
    : value === ownPage
      ? Layer.unwrapEffect(
          Effect.map(Effect.context<Output>(), (context) =>
            layerServer({
              dataDir,
              onListening: ({ url }) =>
                Effect.flatMap(Output, ({ note }) => note(line`watch the run at ${exact(url)}`)).pipe(
                  Effect.zipRight(open ? openBrowser(url) : Effect.void),
                  Effect.provide(context)
                )
            })
          )
        )
      : layerWebSocket({ url: value })
