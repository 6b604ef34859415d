/**
 * The corpus of attacks. Each file in `attacks/` exports one attack by default; `attacks.test.ts` runs them all.
 *
 * An attack succeeds if something happens that the rules forbid: `run` has to fail then.
 */
import { Effect, type Scope } from "effect"
import { mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { dirname, join } from "node:path"
import { ActorSystem } from "../../src/actors/index.js"
import {
  type EventKindOf,
  type EventType,
  isRawKind,
  type Json,
  type JournalError,
  Journal,
  mainBranch,
  type ModelRequest,
  type PolicySet,
  type PolicyTier
} from "../../src/layers/aios/index.js"
import { ScriptedModel } from "../../src/layers/arcan/index.js"
import type { Tool } from "../../src/layers/praxis/index.js"
import * as Life from "../../src/Life.js"

export interface Attack {
  /** A sentence that is true as long as the attack fails. */
  readonly holds: string
  readonly run: Effect.Effect<void, unknown, Scope.Scope>
}

export const attack = (holds: string, run: Attack["run"]): Attack => ({ holds, run })

/** Files by path. A value with `link` is a symlink. */
export type Files = { readonly [path: string]: string | { readonly link: string } }

/** A folder with some files, gone when the scope ends. */
export const folderWith = (files: Files) =>
  Effect.acquireRelease(
    Effect.sync(() => {
      const root = realpathSync(mkdtempSync(join(tmpdir(), "life-attack-")))
      for (const [path, content] of Object.entries(files)) {
        mkdirSync(dirname(join(root, path)), { recursive: true })
        if (typeof content === "string") writeFileSync(join(root, path), content)
        else symlinkSync(content.link, join(root, path))
      }
      return root
    }),
    (root) => Effect.sync(() => rmSync(root, { recursive: true, force: true }))
  )

export interface Attempt {
  readonly files?: Files
  /** One call for each turn of the model; a function is given the outputs so far. */
  readonly calls: ReadonlyArray<Call | ((outputs: ReadonlyArray<Json>) => Call)>
  readonly policy?: PolicySet | PolicyTier
  readonly tools?: ReadonlyArray<Tool.Tool>
  /** Done before the first answer to an approval; the answer is yes. @default no answer, and the call is denied */
  readonly beforeApproval?: (root: string) => void
}

export type Call = readonly [toolName: string, input: { readonly [key: string]: Json }]

export interface Outcome {
  readonly root: string
  readonly results: ReadonlyArray<EventKindOf<"ToolResult">>
  readonly asked: ReadonlyArray<EventKindOf<"ApprovalRequested">>
  /** Everything that was sent to the model, as JSON. */
  readonly sent: string
}

/** Runs a model that makes these calls in a folder with these files. The agent trusts itself from the start. */
export const attempt = ({ beforeApproval, calls, files = {}, policy, tools = [] }: Attempt) =>
  Effect.gen(function* () {
    const root = yield* folderWith(files)
    const requests: Array<ModelRequest> = []
    const scripted = ScriptedModel.layer((request, turn) => {
      requests.push(request)
      const next = calls[turn]
      if (next === undefined) return { content: "Done." }
      const outputs = request.messages.flatMap((message) =>
        message.role === "tool" ? message.results.map(({ output }) => output) : []
      )
      const [toolName, input] = typeof next === "function" ? next(outputs) : next
      return ScriptedModel.call(toolName, input)
    })
    const life = Life.layerMemory({
      workspace: root,
      provider: scripted,
      tools,
      thresholds: { exploreUncertainty: 1, verifySideEffectPressure: 1, errorStreakMax: 1_000 },
      approvalWarnings: false,
      approvalTimeoutMs: beforeApproval === undefined ? 1 : 60_000,
      ...(policy === undefined ? {} : { policy })
    })
    return yield* Effect.gen(function* () {
      const agent = yield* Effect.flatMap(ActorSystem, (system) => system.spawn({ name: "mallory" }))
      let isFirst = true
      yield* agent.run("Do as you like.", {
        outcome: true,
        budget: { errorBudgetRemaining: 1_000 },
        ...(beforeApproval !== undefined && {
          onApproval: () => {
            if (isFirst) beforeApproval(root)
            isFirst = false
            return { decision: "approve" as const, actor: "ada" }
          }
        })
      })
      const results = yield* kindsOf(agent.sessionId, "ToolResult")
      const asked = yield* kindsOf(agent.sessionId, "ApprovalRequested")
      return { root, results, asked, sent: JSON.stringify(requests) } satisfies Outcome
    }).pipe(Effect.provide(life))
  })

export const kindsOf = <T extends EventType>(
  sessionId: string,
  type: T
): Effect.Effect<ReadonlyArray<EventKindOf<T>>, JournalError, Journal> =>
  Effect.map(
    Effect.flatMap(Journal, (journal) => journal.read({ sessionId, branchId: mainBranch, types: [type] })),
    (all) => all.flatMap(({ kind }) => (!isRawKind(kind) && kind.type === type ? [kind as EventKindOf<T>] : []))
  )
