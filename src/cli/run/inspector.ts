/**
 * `life run --inspect`: who watches the run.
 *
 * @since 0.1.0
 */
import { Effect, Layer } from "effect"
import { layerNoop, layerWebSocket } from "../../layers/vigil/inspector/index.js"
import type { Inspector, InspectorError } from "../../layers/aios/index.js"
import { type InspectorServerError, layerServer } from "../../server/inspector/index.js"
import { openBrowser } from "../browser.js"
import { Output } from "../Output.js"
import { Signals } from "../Signals.js"

/** What `--inspect` without a value stands for. */
export const ownPage = "page"

/** Writes `--inspect` out, because an option cannot have a value only sometimes. */
export const spellOut = (argv: ReadonlyArray<string>): ReadonlyArray<string> => {
  if (argv[2] !== "run") return argv
  const end = argv.indexOf("--")
  return argv.map((word, index) => (word === "--inspect" && (end < 0 || index < end) ? `--inspect=${ownPage}` : word))
}

/** Why a value of `--inspect` cannot be one, or `undefined`. */
export const problemOf = (value: string): string | undefined =>
  value === ownPage || /^wss?:\/\/\S+$/.test(value)
    ? undefined
    : `--inspect serves a page by itself; with a value, it takes the address of a WebSocket server such as ` +
      `--inspect=ws://127.0.0.1:8080, not ${JSON.stringify(value)}`

/**
 * A run beside its page. On a terminal the page outlives the run, which is over before anybody has opened it if the model
 * is quick, and can be replayed on it then; Ctrl-C ends it with the outcome of the run.
 */
export const besidePage = <A, E, R>(value: string | undefined, run: Effect.Effect<A, E, R>) =>
  Effect.gen(function* () {
    const { interactive, note } = yield* Output
    if (value !== ownPage || !interactive) return yield* run
    const exit = yield* Effect.exit(run)
    yield* note("the run is over, and its page stays for a replay; Ctrl-C ends it")
    yield* (yield* Signals).first
    return yield* exit
  })

/** The inspector of a run. The address of the page goes to the standard error, and to a browser when `open` says so. */
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
                Effect.flatMap(Output, ({ note }) => note(`watch the run at ${url}`)).pipe(
                  Effect.zipRight(open ? openBrowser(url) : Effect.void),
                  Effect.provide(context)
                )
            })
          )
        )
      : layerWebSocket({ url: value })
