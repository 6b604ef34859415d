/**
 * The tools of an agent, the boundary around the file tools, and the rules that hold for every call.
 *
 * @since 0.1.0
 */
import { Effect, Layer } from "effect"
import {
  contained,
  isToolEvent,
  kindFlaw,
  namesThereAre,
  type PreparedCall,
  type ToolCallRequest,
  type ToolContext,
  ToolError,
  ToolHarness,
  type ToolOutput,
  toolRun,
  withExample
} from "../aios/index.js"
import type { SensitiveFile } from "./boundary/sensitive.js"
import * as Tool from "./Tool.js"
import { glob } from "./tools/glob.js"
import { grep } from "./tools/grep.js"
import { listDir } from "./tools/listDir.js"
import { readFile } from "./tools/readFile.js"
import { writeFile } from "./tools/writeFile.js"
import * as Workspace from "./Workspace.js"

/**
 * Options of the tool harness.
 *
 * @since 0.1.0
 * @category models
 */
export interface Options<T extends Tool.Tool<unknown> = Tool.Tool> {
  /** The directory the file tools work in and never leave. */
  readonly workspace: string
  /** Paths that the file tools never read, write or list: absolute, or from the workspace root. */
  readonly protectedPaths: ReadonlyArray<string>
  /** Files that need an approval by default, beside those of {@link sensitiveFiles}. @default none */
  readonly sensitiveFiles?: ReadonlyArray<SensitiveFile> | undefined
  /**
   * Accepts as workspace the home directory, a directory above it, the root of the file system, or the directory of
   * another user.
   *
   * @default false
   */
  readonly wideWorkspace?: boolean | undefined
  /** Tools beside the five built-in ones for files. @default none */
  readonly tools?: ReadonlyArray<T> | undefined
  /** Names of built-in tools to leave out, for example to replace one by another of the same name. @default none */
  readonly without?: ReadonlyArray<string> | undefined
}

/**
 * Checks that a directory can be a workspace, with no effect on it.
 *
 * @since 0.1.0
 * @category combinators
 */
export const checkWorkspace = (root: string, wide: boolean): Effect.Effect<void, Workspace.WorkspaceError> =>
  Effect.asVoid(Workspace.make({ root, protectedPaths: [], wide }))

/**
 * Errors that keep the tools from being offered.
 *
 * @since 0.1.0
 * @category errors
 */
export type PraxisError = Workspace.WorkspaceError | Tool.ToolDefinitionError

/**
 * Tool harness with the tools for files and the tools of the caller.
 *
 * @since 0.1.0
 * @category layers
 * @example
 * ```ts
 * import { Praxis } from "life-agent-os"
 *
 * export const tools = Praxis.layer({ workspace: ".", protectedPaths: [".life"] })
 * ```
 */
export const layer = <T extends Tool.Tool<unknown> = Tool.Tool>(
  options: Options<T>
): Layer.Layer<ToolHarness, PraxisError, Tool.Requirements<T>> =>
  Layer.effect(
    ToolHarness,
    Effect.gen(function* () {
      const workspace = yield* Workspace.make({ ...options, root: options.workspace, wide: options.wideWorkspace })
      const fileTools = [readFile, listDir, glob, grep, writeFile].map((tool) => tool(workspace))
      const { tools = [], without = [] } = options
      yield* checkWithout(without, toolNames)
      const builtIn = fileTools.filter(({ definition }) => !without.includes(definition.name))
      return yield* harnessOf<Tool.Tool | T>([...builtIn, ...tools])
    })
  )

/**
 * Names of the built-in tools.
 *
 * @since 0.1.0
 * @category constants
 */
export const toolNames: ReadonlyArray<string> = ["read_file", "list_dir", "glob", "grep", "write_file"]

/**
 * Checks the names of tools to leave out. Fails with the reason `UnknownName` for the first name that is not built in,
 * and suggests one that is.
 *
 * @since 0.1.0
 * @category combinators
 */
export const checkWithout = (
  without: ReadonlyArray<string>,
  builtIn: ReadonlyArray<string>
): Effect.Effect<void, Tool.ToolDefinitionError> => {
  const toolName = without.find((name) => !builtIn.includes(name))
  if (toolName === undefined) return Effect.void
  const message = `no built-in tool is called ${JSON.stringify(toolName)}; ${namesThereAre(toolName, builtIn)}`
  return new Tool.ToolDefinitionError({ toolName, reason: "UnknownName", message })
}

/**
 * Tool harness with the tools of the caller and none for files, for agents without a workspace.
 *
 * @since 0.1.0
 * @category layers
 */
export const layerWithoutFiles = <T extends Tool.Tool<unknown> = Tool.Tool>(
  tools: ReadonlyArray<T> = []
): Layer.Layer<ToolHarness, Tool.ToolDefinitionError, Tool.Requirements<T>> =>
  Layer.effect(ToolHarness, harnessOf<Tool.Tool | T>(tools))

const harnessOf = <T extends Tool.Tool<unknown>>(
  tools: ReadonlyArray<T>
): Effect.Effect<typeof ToolHarness.Service, Tool.ToolDefinitionError, Tool.Requirements<T>> =>
  Effect.gen(function* () {
    const services = yield* Effect.context<Tool.Requirements<T>>()
    yield* Tool.check(tools)
    const byName = new Map<string, Tool.Tool<unknown>>(tools.map((tool) => [tool.definition.name, tool]))
    const names = [...byName.keys()].toSorted()

    const prepare = Effect.fnUntraced(function* (call: ToolCallRequest) {
      const tool = byName.get(call.toolName)
      if (tool === undefined) return yield* unknownTool(call.toolName, names)
      if (call.malformed !== undefined) return yield* malformedInput(tool, call.malformed)
      const { definition } = tool
      // The array of tools hides from the compiler that they need nothing but `services`.
      const planned = Effect.provide(tool.plan(call.input), services) as Effect.Effect<
        Tool.Invocation<unknown>,
        ToolError
      >
      const plan = yield* contained(definition.name, planned)
      const execute = (context: ToolContext) => {
        const run = Effect.provide(
          Effect.suspend(() => plan.execute(context)),
          services
        )
        return toolRun(definition, Effect.tap(run as Effect.Effect<ToolOutput, ToolError>, checkEvents))
      }
      const { capabilities, concerns = [] } = plan
      return { definition, capabilities, concerns, execute } satisfies PreparedCall
    })

    return {
      definitions: [...byName.values()].map((tool) => tool.definition).toSorted((a, b) => (a.name < b.name ? -1 : 1)),
      prepare
    }
  })

// A tool that was not type-checked may give anything. The defect fails the call.
const checkEvents = ({ events = [] }: ToolOutput): Effect.Effect<void> => {
  const flaw = events.flatMap((event) =>
    isToolEvent(event) ? (kindFlaw(event) ?? []) : `${String(event)} is not Custom`
  )[0]
  return flaw === undefined ? Effect.void : Effect.dieMessage(`an event of it does not fit: ${flaw}`)
}

const unknownTool = (toolName: string, names: ReadonlyArray<string>): ToolError => {
  // Models write tool names in the case that other harnesses use.
  const alike = names.filter((name) => name.toLowerCase() === toolName.toLowerCase())
  const advice = alike.length === 1 ? `did you mean ${alike[0]}? There` : "there"
  const message = `there is no tool "${toolName}"; ${advice} are ${names.join(", ")}`
  return new ToolError({ toolName, reason: "NotFound", message })
}

const malformedInput = ({ definition, example }: Tool.Tool<unknown>, text: string): ToolError => {
  let problem = "it was not an object"
  try {
    JSON.parse(text)
  } catch (cause) {
    problem = String(cause)
  }
  const message = withExample(`the input could not be read as JSON (${problem}); send one JSON object`, example)
  return new ToolError({ toolName: definition.name, reason: "InvalidInput", message })
}

export { type SensitiveFile, sensitiveFiles, sensitivePaths } from "./boundary/sensitive.js"
export { instructions } from "./instructions.js"
