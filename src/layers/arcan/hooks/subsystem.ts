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
 * Makes one subsystem of all hooks. Standing first in a list, the hooks are asked before every other middleware, and see
 * what all of it made of an answer or an output.
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
    // Each hook has a time of its own, before and after. The socket would leave a late one out, and a late hook refuses.
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

// Events of subsystems are stored already, and in a form that only their owner reads.
const seen = (output: Json, { events, ...done }: Subsystem.Done): ToolOutput => ({
  output,
  ...done,
  ...(events && { events: events.filter((kind) => kind.type !== "Raw") })
})
