/**
 * `life run --inspect`: who watches the run.
 *
 * @since 0.1.0
 */
import { Effect, Layer } from "effect"
import type { InspectorError } from "../../layers/aios/index.js"
import { layerNoop, layerWebSocket } from "../../layers/vigil/inspector/index.js"
import type { Inspector } from "../../layers/aios/Inspector.js"
import { type InspectorServerError, layerServer } from "../../server/inspector/index.js"
import { Output } from "../Output.js"

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

/** The inspector of a run. The address of the page goes to the standard error. */
export const inspectorOf = (
  value: string | undefined,
  dataDir: string
): Layer.Layer<Inspector, InspectorError | InspectorServerError, Output> =>
  value === undefined
    ? layerNoop
    : value === ownPage
      ? Layer.unwrapEffect(
          Effect.map(Output, ({ note }) =>
            layerServer({ dataDir, onListening: ({ url }) => note(`watch the run at ${url}`) })
          )
        )
      : layerWebSocket({ url: value })
