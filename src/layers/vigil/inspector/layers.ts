/**
 * Inspectors that need no network: one that discards, a list, and several at once.
 *
 * @since 0.1.0
 */
import { Context, Effect, Layer } from "effect"
import { type Inspection, Inspector, Limits } from "../../aios/index.js"

/**
 * Discards every message. This inspector is the default when no layer gives another one.
 *
 * @since 0.1.0
 * @category layers
 */
export const layerNoop: Layer.Layer<Inspector> = Layer.succeed(Inspector, { watching: false, publish: () => {} })

/**
 * Puts every message into a list of the caller, the newest last. A full list loses its oldest message for each new one.
 *
 * @since 0.1.0
 * @category layers
 * @example
 * ```ts
 * import { Effect, Layer } from "effect"
 * import { ActorSystem, Inspector, Life } from "life-agent-os"
 *
 * const messages: Array<Inspector.Inspection> = []
 * const life = Life.layerMemory().pipe(Layer.provide(Inspector.layerMemory(messages)))
 *
 * const program = Effect.gen(function* () {
 *   const system = yield* ActorSystem.ActorSystem
 *   const agent = yield* system.spawn({ name: "scribe" })
 *   yield* agent.run("Survey this folder")
 *   return messages.map(({ sessionId, type }) => `${sessionId} ${type}`)
 * }).pipe(Effect.provide(life))
 * ```
 */
export const layerMemory = (
  messages: Array<Inspection>,
  messagesMax: number = Limits.inspectorBufferMessagesMax
): Layer.Layer<Inspector> =>
  Layer.succeed(Inspector, {
    watching: true,
    publish: (inspection) => {
      if (messages.push(inspection) > messagesMax) messages.shift()
    }
  })

/**
 * Merges several inspectors. Each gets every message, even when another one throws.
 *
 * @since 0.1.0
 * @category combinators
 */
export const merge = <E, R>(...layers: ReadonlyArray<Layer.Layer<Inspector, E, R>>): Layer.Layer<Inspector, E, R> =>
  Layer.scoped(
    Inspector,
    Effect.map(
      Effect.forEach(layers, (layer) => Effect.map(Layer.build(layer), (context) => Context.get(context, Inspector))),
      (inspectors) => ({
        get watching() {
          return inspectors.some(({ watching }) => watching)
        },
        publish: (inspection: Inspection) => publishAll(inspectors, inspection)
      })
    )
  )

const publishAll = ([first, ...others]: ReadonlyArray<typeof Inspector.Service>, inspection: Inspection): void => {
  try {
    if (first?.watching) first.publish(inspection)
  } finally {
    if (others.length > 0) publishAll(others, inspection)
  }
}
