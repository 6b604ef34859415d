/**
 * Subsystem of hooks: middleware around model turns and tool calls, and a reporter.
 *
 * @since 0.1.0
 */
import { Effect } from "effect"
import { type Json, Model, Subsystem, type ToolOutput } from "../../aios/index.js"
import type { Hooks } from "./Hook.js"
import { aroundCall, aroundTurn } from "./around.js"
import { HookLimits } from "./limits.js"
import { HookQueue, queueOf } from "./queue.js"

/**
 * Makes one subsystem of all hooks. If this subsystem is the first in a list, its hooks are asked before any other
 * middleware, and see an answer or an output after all other middleware has changed it.
 *
 * @since 0.1.0
 * @category constructors
 * @example
 * ```ts
 * import { Effect } from "effect"
 * import { Hooks } from "life-agent-os"
 *
 * export const hooks = Hooks.subsystem([{ name: "log", runEnd: ({ reason }) => Effect.log(`the run ended: ${reason}`) }])
 * ```
 */
export const subsystem = (hooks: ReadonlyArray<Hooks>) => {
  const ofModels = hooks.filter(({ afterModel, beforeModel }) => afterModel ?? beforeModel)
  const ofTools = hooks.filter(({ afterTool, beforeTool }) => afterTool ?? beforeTool)
  return Subsystem.make({
    name: "hooks",
    limits: HookLimits,
    // Each hook has its own time limit, before and after. The socket's limit is longer, because the socket would skip a
    // late contribution, but a late hook refuses.
    contributionMsMax: (2 * hooks.length + 1) * HookLimits.hookMsMax,
    act: {
      aroundModel:
        ofModels.length === 0
          ? {}
          : { turn: (request, next) => Effect.flatMap(Model, (model) => aroundTurn(ofModels, model, request, next)) },
      aroundTool:
        ofTools.length === 0
          ? {}
          : {
              call: ({ callId, definition, input }, next, { agent, sessionId }, done) =>
                Effect.map(
                  aroundCall(
                    ofTools,
                    { sessionId, runId: agent.run?.runId ?? "", callId, toolName: definition.name, input },
                    Effect.map(next, (output) => seen(output, done()))
                  ),
                  ({ output }) => ({ output })
                )
            }
    },
    report: { queue: (committed) => Effect.flatMap(HookQueue, ({ tell }) => tell(committed)) },
    layer: queueOf(hooks)
  })
}

// The socket has already stored the events of subsystems, in a form that only their owner reads.
const seen = (output: Json, { events, ...done }: Subsystem.Done): ToolOutput => ({
  output,
  ...done,
  ...(events && { events: events.filter((kind) => kind.type !== "Raw") })
})
