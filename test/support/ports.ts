/**
 * Fakes of the ports, so that a subsystem is tested without another one.
 *
 * The contract brings `Ids.layerSeeded` itself, and a test of a subsystem uses its own layers as they are.
 */
import { Effect, Layer } from "effect"
import {
  type Capability,
  type Json,
  type ToolAnnotations,
  type ToolContext,
  ToolError,
  ToolHarness,
  type ToolOutput
} from "../../src/layers/aios/index.js"

export interface TestTool {
  readonly annotations?: Partial<ToolAnnotations>
  readonly capabilities?: ReadonlyArray<Capability> | ((input: Json) => ReadonlyArray<Capability>)
  /** The error of a malformed input, if there is one. */
  readonly check?: (input: Json) => ToolError | undefined
  /** The files that each run reports as written. */
  readonly files?: ToolOutput["files"]
  readonly run?: (input: Json, context: ToolContext) => Effect.Effect<Json, ToolError>
}

export const reader: TestTool = { annotations: { readOnly: true, idempotent: true } }

export const writer: TestTool = {
  annotations: { idempotent: true, destructive: true },
  capabilities: ["fs:write:/out"]
}

/** Changes something; a second run changes more. */
export const sender: TestTool = { capabilities: ["fs:write:/sent"] }

/** Changes something, and its annotations deny it. */
export const pretender: TestTool = { ...sender, annotations: { readOnly: true } }

export const harness = (tools: { readonly [name: string]: TestTool }): Layer.Layer<ToolHarness> => {
  const definitions = Object.entries(tools).map(([name, tool]) => ({
    name,
    description: name,
    inputSchema: { type: "object" },
    annotations: { readOnly: false, destructive: false, idempotent: false, openWorld: false, ...tool.annotations },
    timeoutMs: 30_000
  }))
  return Layer.succeed(ToolHarness, {
    definitions,
    prepare: (call) => {
      const tool = tools[call.toolName]
      const definition = definitions.find(({ name }) => name === call.toolName)
      if (tool === undefined || definition === undefined) {
        return new ToolError({
          toolName: call.toolName,
          reason: "NotFound",
          message: `there is no tool ${call.toolName}`
        })
      }
      const misfit = tool.check?.(call.input)
      if (misfit !== undefined) return misfit
      const { capabilities = [] } = tool
      return call.malformed !== undefined
        ? new ToolError({ toolName: call.toolName, reason: "InvalidInput", message: "the input is not JSON" })
        : Effect.succeed({
            definition,
            capabilities: typeof capabilities === "function" ? capabilities(call.input) : capabilities,
            execute: (context) =>
              Effect.map(tool.run?.(call.input, context) ?? Effect.succeed("ok"), (output) => ({
                output,
                ...(tool.files === undefined ? {} : { files: tool.files })
              }))
          })
    }
  })
}
