import { Effect, Exit, Layer } from "effect"
import { createHash } from "node:crypto"
import { mkdtempSync, realpathSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { type Json, type ToolError, ToolHarness } from "../../../src/layers/aios/index.js"
import { Praxis, type Tool } from "../../../src/layers/praxis/index.js"

/** A directory that is gone when the scope closes. */
export const temporaryDirectory = Effect.acquireRelease(
  Effect.sync(() => realpathSync(mkdtempSync(join(tmpdir(), "life-praxis-")))),
  (path) => Effect.sync(() => rmSync(path, { recursive: true, force: true }))
)

export interface Hands {
  /** The workspace. */
  readonly root: string
  /** A directory beside it. */
  readonly outside: string
  readonly prepare: (
    toolName: string,
    input: Json
  ) => Effect.Effect<Effect.Effect.Success<ReturnType<(typeof ToolHarness.Service)["prepare"]>>, ToolError>
  /** Prepares and runs a call and gives its output. */
  readonly call: (toolName: string, input: Json) => Effect.Effect<Json, ToolError>
  readonly harness: typeof ToolHarness.Service
}

/** SHA-256 of a text, as `write_file` takes it. */
export const sha256 = (text: string | Buffer): string => createHash("sha256").update(text).digest("hex")

export const context = { sessionId: "session", runId: "run", callId: "call" }

/** A harness over a fresh workspace. */
export const makeHands = Effect.fnUntraced(function* (
  options: { readonly protectedPaths?: ReadonlyArray<string>; readonly tools?: ReadonlyArray<Tool.Tool> } = {}
) {
  const root = yield* temporaryDirectory
  const outside = yield* temporaryDirectory
  const layer = Praxis.layer({ workspace: root, protectedPaths: options.protectedPaths ?? [], tools: options.tools })
  const services = yield* Layer.build(layer)
  const harness = yield* Effect.provide(ToolHarness, services)
  const prepare: Hands["prepare"] = (toolName, input) => harness.prepare({ callId: "call", toolName, input })
  const call: Hands["call"] = (toolName, input) =>
    prepare(toolName, input).pipe(
      Effect.flatMap((prepared) => prepared.execute(context)),
      Effect.map(({ output }) => output)
    )
  return { root, outside, prepare, call, harness } satisfies Hands
})

/** The error of an effect that must fail. */
export const failure = <A>(effect: Effect.Effect<A, ToolError>): Effect.Effect<ToolError> =>
  Effect.flatMap(Effect.flip(effect).pipe(Effect.exit), (exit) =>
    Exit.isSuccess(exit) ? Effect.succeed(exit.value) : Effect.die(new Error("the call should have failed"))
  )
