/**
 * The tools for what an agent knows: `memory_query`, `memory_propose`, `memory_commit` and `memory_forget`.
 *
 * The tools change nothing themselves. They return events, which the agent records together with the result of the
 * call: an interrupted call has changed nothing, and a recorded call has made its change once.
 */
import { Effect, Schema } from "effect"
import {
  type BlobError,
  BlobStore,
  type Capability,
  cutText,
  Ids,
  Limits,
  outputBudget,
  type Subsystem,
  ToolError
} from "../../aios/index.js"
import type { MemoryKind } from "./events.js"
import { known, wholeText } from "./known.js"
import { limits } from "./limits.js"
import { type MemoryEntry, MemoryScope, scopeOfId } from "./schema.js"
import type { Memories } from "./projection.js"
import { provenanceOf } from "./provenance.js"
import { rankMemories } from "./rank.js"

type MakeTool = Subsystem.MakeTool<Memories, MemoryKind>
type Output = Subsystem.Output<MemoryKind>

const scope = MemoryScope.annotations({
  description: "who knows it: session (this one), agent (yours, in every session), user, or org (every agent)"
})

const read = (memoryScope: MemoryScope): Capability => `memory:read:${memoryScope}`
const write = (memoryScope: MemoryScope): Capability => `memory:write:${memoryScope}`

const changes = { readOnly: false, destructive: false, idempotent: true, openWorld: false }

const refuse = (toolName: string, message: string) => new ToolError({ toolName, reason: "InvalidInput", message })

const newId = (memoryScope: MemoryScope) =>
  Effect.map(
    Effect.flatMap(Ids, ({ ulid }) => ulid),
    (id) => `${memoryScope}.${id}`
  )

// Gives the contents of a scope: `{ committed, proposals, reflection, observations }`. With a query, the best matches
// come first and the rest is left out; without one, the newest come first.
const query = (tool: MakeTool) =>
  tool({
    name: "memory_query",
    description:
      "Looks up what is remembered. With a query, finds what fits its words; without one, gives the newest. Proposals are " +
      "not recalled before memory_commit.",
    input: Schema.Struct({
      scope,
      query: Schema.optional(
        Schema.String.pipe(Schema.maxLength(Limits.messageCharactersMax)).annotations({
          description: "words to look for"
        })
      ),
      limit: Schema.optional(
        Schema.Int.pipe(Schema.between(1, limits.queryMax)).annotations({
          description: `how many, at most ${limits.queryMax}; default: ${limits.queryDefault}`
        })
      )
    }).annotations({ examples: [{ scope: "session", query: "deployment" }] }),
    annotations: { readOnly: true, destructive: false, idempotent: true, openWorld: false },
    capabilities: (input) => [read(input.scope)],
    execute: (input, { view }) =>
      Effect.gen(function* () {
        const found = yield* known("memory_query", view(), input.scope)
        const limit = input.limit ?? limits.queryDefault
        const pick = <A>(items: ReadonlyArray<A>, said: (item: A) => string): ReadonlyArray<A> =>
          (input.query === undefined ? items.toReversed() : rankMemories(input.query, items, said)).slice(0, limit)
        const fits = outputBudget()
        const committed = []
        let omitted = 0
        for (const { entries, memoryId } of pick(found.committed, ({ entries: all }) => all.map(words).join("\n"))) {
          const shown = { memoryId, entries: yield* Effect.forEach(entries, whole) }
          const short = { memoryId, entries: entries.map(beginning) }
          if (fits(shown)) committed.push(shown)
          else if (fits(short)) committed.push(short)
          else omitted++
        }
        const observations = pick(found.observations, words).map(({ memoryId, tags, text }) => ({
          memoryId,
          text,
          tags
        }))
        const proposals = found.proposals.map(({ entries, proposalId }) => ({
          proposalId,
          entries: entries.map(({ text }) => text)
        }))
        return {
          output: {
            committed,
            ...(omitted === 0
              ? {}
              : { omitted: `${omitted} memories were too long; ask for fewer with limit and query` }),
            proposals: proposals.filter(fits),
            ...(found.reflection === undefined ? {} : { reflection: found.reflection.text }),
            observations: observations.filter(fits)
          }
        } satisfies Output
      })
  })

const words = ({ tags, text }: { readonly text: string; readonly tags: ReadonlyArray<string> }): string =>
  [text, ...tags].join(" ")

// An entry whose blob cannot be read is given in part, and `cut` says why.
const whole = ({ content, tags, text: start }: MemoryEntry) =>
  content === undefined
    ? Effect.succeed({ text: start, tags })
    : Effect.match(wholeText(content), {
        onSuccess: (full) => ({ text: full, tags }),
        onFailure: ({ message }: BlobError) => ({ text: start, tags, cut: message })
      })

const beginning = ({ content, tags, text }: MemoryEntry) =>
  content === undefined ? { text, tags } : { text, tags, cut: "too long beside the others; ask for fewer with limit" }

// Records statements as a proposal, to be committed later: `{ proposalId, entries }`.
const propose = (tool: MakeTool) =>
  tool({
    name: "memory_propose",
    description:
      "Proposes statements to be remembered beyond this conversation. They are not recalled before memory_commit is called with " +
      "the proposalId.",
    input: Schema.Struct({
      scope,
      entries: Schema.Array(
        Schema.Struct({
          content: Schema.NonEmptyString.annotations({ description: "one statement that can be understood by itself" }),
          tags: Schema.optional(
            Schema.Array(Schema.NonEmptyString.pipe(Schema.maxLength(limits.tagCharactersMax))).pipe(
              Schema.maxItems(limits.tagsMax)
            )
          )
        })
      )
        .pipe(Schema.minItems(1), Schema.maxItems(limits.entriesMax))
        .annotations({ description: `1 to ${limits.entriesMax} statements` })
    }).annotations({
      examples: [{ scope: "session", entries: [{ content: "The tests need Node 20.", tags: ["build"] }] }]
    }),
    annotations: changes,
    capabilities: (input) => [write(input.scope)],
    execute: (input, { view }) =>
      Effect.gen(function* () {
        for (const [index, { content }] of input.entries.entries()) {
          const bytes = Buffer.byteLength(content)
          if (bytes <= limits.entryBytesMax) continue
          return yield* refuse(
            "memory_propose",
            `entry ${index + 1} has ${bytes} bytes; the limit is ${limits.entryBytesMax} bytes; write it to a file ` +
              "and remember where it is"
          )
        }
        const proposalId = yield* newId(input.scope)
        const entries = yield* Effect.forEach(input.entries, ({ content, tags = [] }) => inlined(content, tags))
        return {
          output: { proposalId, entries: entries.length },
          events: [
            { type: "MemoryProposed", scope: input.scope, proposalId, entries, provenance: provenanceOf(view()) }
          ]
        } satisfies Output
      })
  })

// A statement that is too long for an event becomes a blob, before the event that names it is made.
const inlined = (content: string, tags: ReadonlyArray<string>): Effect.Effect<MemoryEntry, ToolError, BlobStore> =>
  content.length <= limits.inlineCharactersMax
    ? Effect.succeed({ text: content, tags })
    : Effect.flatMap(BlobStore, (blobs) =>
        Effect.mapBoth(blobs.put(Buffer.from(content)), {
          onSuccess: (stored) => ({ text: cutText(content, limits.inlineCharactersMax), tags, content: stored }),
          onFailure: ({ message }) =>
            new ToolError({
              toolName: "memory_propose",
              reason: "Unavailable",
              message: `nothing was changed, because a long entry could not be kept: ${message}`
            })
        })
      )

// Commits a proposal in its scope, in the place of an older memory if one is named: `{ memoryId, committed }`.
const commit = (tool: MakeTool) =>
  tool({
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
    execute: ({ proposalId, supersedes }, { view }) =>
      Effect.gen(function* () {
        const memoryScope = scopeOfId(proposalId)
        const { committed, proposals } = yield* known("memory_commit", view(), memoryScope)
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
        const memoryId = yield* newId(memoryScope)
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
              ...(memoryScope === "agent" ? { owner: view().agent.name } : {}),
              ...(supersedes === undefined ? {} : { supersedes })
            }
          ]
        } satisfies Output
      })
  })

// Forgets a memory, an observation or a proposal: `{ memoryId, forgotten }`. The journal keeps the earlier events.
const forget = (tool: MakeTool) =>
  tool({
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
    execute: ({ memoryId, reason }, { view }) =>
      Effect.gen(function* () {
        const memoryScope = scopeOfId(memoryId)
        const { committed, observations, proposals, reflection } = yield* known("memory_forget", view(), memoryScope)
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
        } satisfies Output
      })
  })

/**
 * The tools of memory.
 */
export const tools = (tool: MakeTool) => [query(tool), propose(tool), commit(tool), forget(tool)]
