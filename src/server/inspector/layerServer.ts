/**
 * An inspector that serves a page.
 *
 * @since 0.1.0
 */
import { Effect, Layer, Option } from "effect"
import { Inspector, Journal, Redactor } from "../../layers/aios/index.js"
import { type InspectorAddress, serve, type ServerOptions } from "./InspectorServer.js"
import type { InspectorServerError } from "./InspectorServerError.js"
import { journalHistory } from "./journalHistory.js"
import { lateHistory } from "./lateHistory.js"
import { Relay } from "./relay.js"
import { relayHistory } from "./relayHistory.js"

/**
 * Options of an inspector with a page. Each has a default.
 *
 * @since 0.1.0
 * @category models
 */
export interface LayerServerOptions extends ServerOptions {
  /**
   * The data directory of the agents: past sessions and replay come from its journal. Without a directory they come
   * from the `Journal` of the context if there is one, and otherwise from the latest messages. @default none
   */
  readonly dataDir?: string
  /** Takes the address of the page. @default logs the address */
  readonly onListening?: (address: InspectorAddress) => Effect.Effect<void>
}

/**
 * Serves a page on 127.0.0.1 that shows any number of viewers what the agents do. The address carries a token; the
 * server refuses a request without it. No agent ever waits for a viewer.
 *
 * Fails with `PortInUse`, `PortInvalid` or `PortDenied` when it cannot listen, and with `AssetMissing` when the package
 * is not complete.
 *
 * @since 0.1.0
 * @category layers
 * @example
 * ```ts
 * import { Effect, Layer } from "effect"
 * import { Inspector, Life } from "life-agent-os"
 *
 * const inspector = Inspector.layerServer({
 *   dataDir: ".life",
 *   onListening: ({ url }) => Effect.log(`watch at ${url}`)
 * })
 * export const life = Life.layer({ dataDir: ".life" }).pipe(Layer.provide(inspector))
 * ```
 */
export const layerServer = (options: LayerServerOptions = {}): Layer.Layer<Inspector, InspectorServerError> =>
  Layer.scoped(
    Inspector,
    Effect.gen(function* () {
      const relay = new Relay()
      const redact = yield* Redactor
      const journal = yield* Effect.serviceOption(Journal)
      const history =
        options.dataDir !== undefined
          ? yield* lateHistory(options.dataDir, redact)
          : Option.match(journal, {
              onNone: () => relayHistory(relay),
              onSome: (service) => journalHistory(service, redact)
            })
      const address = yield* serve(relay, history, options)
      yield* options.onListening?.(address) ?? Effect.logInfo(`the inspector's page is at ${address.url}`)
      return { watching: true, publish: (inspection) => relay.publish(inspection) }
    })
  )
