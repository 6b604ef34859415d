/**
 * Description of the sockets: every contribution with its subsystem and socket, in the order in which it is asked.
 */
import type { Subsystem } from "../../layers/aios/index.js"
import { contributionsOf } from "./Contribution.js"
import { inPromptOrder } from "./blocks.js"
import type { SocketEntry } from "./Sockets.js"

/**
 * Describes the sockets of a list of subsystems.
 */
export const describe = (list: ReadonlyArray<Subsystem.Any>): ReadonlyArray<SocketEntry> => {
  const entries = (
    socket: SocketEntry["socket"],
    pick: Parameters<typeof contributionsOf<unknown>>[1]
  ): ReadonlyArray<SocketEntry> =>
    contributionsOf(list, pick).map(({ rule, subsystem }) => ({ socket, rule, subsystem }))
  return [
    ...list.flatMap(({ name, parts: { projection } }): ReadonlyArray<SocketEntry> => {
      if (projection === undefined) return []
      const detail = `version ${projection.version}, folds ${Object.keys(projection.on).join(", ")}`
      return [{ socket: "fold", rule: name, subsystem: name, detail }]
    }),
    ...entries("perceive", ({ perceive }) => perceive),
    ...entries("recall", ({ orient }) => orient?.recall),
    ...inPromptOrder(contributionsOf(list, ({ orient }) => orient?.blocks)).map(
      ({ rule, run, subsystem }): SocketEntry => ({
        socket: "blocks",
        rule,
        subsystem,
        detail: `${run.tokensMax} tokens, priority ${run.priority}, changes with each ${run.changes}`
      })
    ),
    ...entries("decide", ({ decide }) => decide),
    ...list.flatMap(({ name, parts: { tools } }) =>
      tools.map(
        ({ definition }): SocketEntry => ({
          socket: "tools",
          rule: `${name}:${definition.name}`,
          subsystem: name
        })
      )
    ),
    ...entries("aroundModel", ({ act }) => act?.aroundModel),
    ...entries("aroundTool", ({ act }) => act?.aroundTool),
    ...entries("observe", ({ observe }) => observe),
    ...entries("learn", ({ learn }) => learn),
    ...entries("regulate", ({ regulate }) => regulate),
    ...entries("report", ({ report }) => report)
  ]
}
