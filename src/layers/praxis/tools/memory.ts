/**
 * The tools for what an agent knows: `memory_query`, `memory_propose`, `memory_commit` and `memory_forget`.
 *
 * They change nothing themselves. What is to change they say in events, which the agent records together with the result
 * of the call: a call that was cut off has changed nothing, and one that is recorded has changed it once.
 *
 * @since 0.1.0
 */
import { Effect, Schema } from "effect"
import {
  type Capability,
  Limits,
  type MemoryAccess,
  MemoryScope,
  rankMemories,
  type ScopeMemories,
  scopeOfId,
  type ToolContext,
  ToolError,
  type ToolOutput
} from "../../aios/index.js"
import { outputBudget } from "../outputBudget.js"
import * as Tool from "../Tool.js"

const scope = MemoryScope.annotations({
  description: "who knows it: session (this one), agent (yours, in every session), user, or org (everybody)"
})

const read = (memoryScope: MemoryScope): Capability => `memory:read:${memoryScope}`
const write = (memoryScope: MemoryScope): Capability => `memory:write:${memoryScope}`

const changes = { readOnly: false, destructive: false, idempotent: true, openWorld: false }

const refuse = (toolName: string, message: string) => new ToolError({ toolName, reason: "InvalidInput", message })

const accessOf = (toolName: string, { memory }: ToolContext): Effect.Effect<MemoryAccess, ToolError> =>
  memory === undefined
    ? new ToolError({ toolName, reason: "Unavailable", message: "nothing is remembered here; do without it" })
    : Effect.succeed(memory)

const lookAt = (
  toolName: string,
  access: MemoryAccess,
  memoryScope: MemoryScope
): Effect.Effect<ScopeMemories, ToolError> =>
  Effect.mapError(
    access.scope(memoryScope),
    ({ message }) =>
      new ToolError({ toolName, reason: "Unavailable", message: `memory cannot be read now: ${message}` })
  )

/**
 * `memory_query`: what is known in a scope: `{ committed, proposals, reflection, observations }`. With a query, what
 * fits it best comes first and the rest is left out; without one, the newest comes first.
 *
 * @since 0.1.0
 * @category constructors
 */
export const memoryQuery: Tool.Tool = Tool.make({
  name: "memory_query",
  description:
    "Looks up what is remembered. With a query, finds what fits its words; without one, gives the newest. Proposals are " +
    "not known to anybody yet.",
  input: Schema.Struct({
    scope,
    query: Schema.optional(
      Schema.String.pipe(Schema.maxLength(Limits.messageCharactersMax)).annotations({
        description: "words to look for"
      })
    ),
    limit: Schema.optional(
      Schema.Int.pipe(Schema.between(1, Limits.memoryQueryMax)).annotations({
        description: `how many, at most ${Limits.memoryQueryMax}; ${Limits.memoryQueryDefault} unless given`
      })
    )
  }).annotations({ examples: [{ scope: "session", query: "deployment" }] }),
  annotations: { readOnly: true, destructive: false, idempotent: true, openWorld: false },
  capabilities: (input) => [read(input.scope)],
  execute: (input, context) =>
    Effect.gen(function* () {
      const access = yield* accessOf("memory_query", context)
      const known = yield* lookAt("memory_query", access, input.scope)
      const limit = input.limit ?? Limits.memoryQueryDefault
      const pick = <A>(items: ReadonlyArray<A>, text: (item: A) => string): ReadonlyArray<A> =>
        (input.query === undefined ? items.toReversed() : rankMemories(input.query, items, text)).slice(0, limit)
      const fits = outputBudget()
      const committed = []
      for (const { entries, memoryId } of pick(known.committed, ({ entries: all }) => all.map(said).join("\n"))) {
        const shown = { memoryId, entries: yield* Effect.forEach(entries, (entry) => whole(access, entry)) }
        if (!fits(shown)) break
        committed.push(shown)
      }
      const observations = pick(known.observations, said).map(({ memoryId, tags, text }) => ({ memoryId, text, tags }))
      const proposals = known.proposals.map(({ entries, proposalId }) => ({
        proposalId,
        entries: entries.map(({ text }) => text)
      }))
      return {
        output: {
          committed,
          proposals: proposals.filter(fits),
          ...(known.reflection === undefined ? {} : { reflection: known.reflection.text }),
          observations: observations.filter(fits)
        }
      } satisfies ToolOutput
    })
})

const said = ({ tags, text }: { readonly text: string; readonly tags: ReadonlyArray<string> }): string =>
  [text, ...tags].join(" ")

// What cannot be found in whole is given in part, and says so.
const whole = (access: MemoryAccess, { content, tags, text }: ScopeMemories["committed"][number]["entries"][number]) =>
  content === undefined
    ? Effect.succeed({ text, tags })
    : Effect.match(access.text(content), {
        onSuccess: (full) => ({ text: full, tags }),
        onFailure: ({ message }) => ({ text, tags, cut: message })
      })

/**
 * `memory_propose`: puts statements forward, to be committed once they have stood: `{ proposalId, entries }`.
 *
 * @since 0.1.0
 * @category constructors
 */
export const memoryPropose: Tool.Tool = Tool.make({
  name: "memory_propose",
  description:
    "Proposes statements to be remembered beyond this conversation. Nobody knows them before memory_commit was called with " +
    "the proposalId.",
  input: Schema.Struct({
    scope,
    entries: Schema.Array(
      Schema.Struct({
        content: Schema.NonEmptyString.annotations({ description: "one statement that can be understood by itself" }),
        tags: Schema.optional(
          Schema.Array(Schema.NonEmptyString.pipe(Schema.maxLength(Limits.memoryTagCharactersMax))).pipe(
            Schema.maxItems(Limits.memoryTagsMax)
          )
        )
      })
    )
      .pipe(Schema.minItems(1), Schema.maxItems(Limits.memoryEntriesMax))
      .annotations({ description: `1 to ${Limits.memoryEntriesMax} statements` })
  }).annotations({
    examples: [{ scope: "session", entries: [{ content: "The tests need Node 20.", tags: ["build"] }] }]
  }),
  annotations: changes,
  capabilities: (input) => [write(input.scope)],
  execute: (input, context) =>
    Effect.gen(function* () {
      const access = yield* accessOf("memory_propose", context)
      for (const [index, { content }] of input.entries.entries()) {
        const bytes = Buffer.byteLength(content)
        if (bytes > Limits.memoryEntryBytesMax) {
          return yield* refuse(
            "memory_propose",
            `entry ${index + 1} has ${bytes} bytes, and ${Limits.memoryEntryBytesMax} are the most; write it to a file and ` +
              "remember where it is"
          )
        }
      }
      const proposalId = `${input.scope}.${access.newId()}`
      return {
        output: { proposalId, entries: input.entries.length },
        events: [
          {
            type: "MemoryProposed",
            scope: input.scope,
            proposalId,
            entries: input.entries.map(({ content, tags = [] }) => ({ text: content, tags })),
            provenance: access.provenance
          }
        ]
      } satisfies ToolOutput
    })
})

/**
 * `memory_commit`: makes a proposal known in its scope, in the place of an older memory if one is named:
 * `{ memoryId, committed }`.
 *
 * @since 0.1.0
 * @category constructors
 */
export const memoryCommit: Tool.Tool = Tool.make({
  name: "memory_commit",
  description: "Makes a proposal known in its scope. With supersedes, it takes the place of that memory.",
  input: Schema.Struct({
    proposalId: Schema.NonEmptyString.annotations({ description: "as memory_propose gave it" }),
    supersedes: Schema.optional(
      Schema.NonEmptyString.annotations({ description: "the memoryId of an older memory of the same scope" })
    )
  }).annotations({ examples: [{ proposalId: "session.01ARZ3NDEKTSV4RRFFQ69G5FAV" }] }),
  annotations: changes,
  capabilities: ({ proposalId }) => [write(scopeOfId(proposalId))],
  execute: ({ proposalId, supersedes }, context) =>
    Effect.gen(function* () {
      const access = yield* accessOf("memory_commit", context)
      const memoryScope = scopeOfId(proposalId)
      const { committed, proposals } = yield* lookAt("memory_commit", access, memoryScope)
      const proposal = proposals.find((each) => each.proposalId === proposalId)
      if (proposal === undefined) {
        const open = proposals.map((each) => each.proposalId).join(", ")
        return yield* refuse(
          "memory_commit",
          `there is no proposal "${proposalId}" that waits for its commit; ` +
            (open === "" ? "make one with memory_propose" : `those of this scope are ${open}`)
        )
      }
      if (supersedes !== undefined && !committed.some(({ memoryId }) => memoryId === supersedes)) {
        return yield* refuse(
          "memory_commit",
          `there is no memory "${supersedes}" in the scope ${memoryScope}; memory_query shows what there is`
        )
      }
      const memoryId = `${memoryScope}.${access.newId()}`
      return {
        output: { memoryId, committed: true },
        events: [
          {
            type: "MemoryCommitted",
            scope: memoryScope,
            memoryId,
            proposalId,
            entries: proposal.entries,
            provenance: proposal.provenance,
            ...(memoryScope === "agent" ? { owner: access.owner } : {}),
            ...(supersedes === undefined ? {} : { supersedes })
          }
        ]
      } satisfies ToolOutput
    })
})

/**
 * `memory_forget`: what was known is known no more: `{ memoryId, forgotten }`. The journal keeps that it was.
 *
 * @since 0.1.0
 * @category constructors
 */
export const memoryForget: Tool.Tool = Tool.make({
  name: "memory_forget",
  description: "Forgets a memory, an observation or a proposal, for example because it was wrong or is out of date.",
  input: Schema.Struct({
    memoryId: Schema.NonEmptyString.annotations({ description: "as memory_query gave it" }),
    reason: Schema.NonEmptyString.pipe(Schema.maxLength(Limits.messageCharactersMax)).annotations({
      description: "why it should not be known any more"
    })
  }).annotations({ examples: [{ memoryId: "session.01ARZ3NDEKTSV4RRFFQ69G5FAV", reason: "the port has changed" }] }),
  annotations: { ...changes, destructive: true },
  capabilities: ({ memoryId }) => [write(scopeOfId(memoryId))],
  execute: ({ memoryId, reason }, context) =>
    Effect.gen(function* () {
      const access = yield* accessOf("memory_forget", context)
      const memoryScope = scopeOfId(memoryId)
      const { committed, observations, proposals, reflection } = yield* lookAt("memory_forget", access, memoryScope)
      const ids = [
        ...committed.map((each) => each.memoryId),
        ...observations.map((each) => each.memoryId),
        ...proposals.map((each) => each.proposalId),
        reflection?.memoryId
      ]
      if (!ids.includes(memoryId)) {
        return yield* refuse("memory_forget", `there is no memory "${memoryId}"; memory_query shows what there is`)
      }
      return {
        output: { memoryId, forgotten: true },
        events: [{ type: "MemoryTombstoned", scope: memoryScope, memoryId, reason }]
      } satisfies ToolOutput
    })
})

/**
 * All of them.
 *
 * @since 0.1.0
 * @category constants
 */
export const memoryTools: ReadonlyArray<Tool.Tool> = [memoryQuery, memoryPropose, memoryCommit, memoryForget]
