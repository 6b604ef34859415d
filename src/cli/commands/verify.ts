/**
 * `life verify`: proves that a journal is as it was written.
 *
 * @since 0.1.0
 */
import { Args, Command } from "@effect/cli"
import { Effect, Option } from "effect"
import { type Proof, prove } from "../../actors/index.js"
import type { Identity, Journal, SessionSummary } from "../../layers/aios/index.js"
import { FileIdentity } from "../../layers/anima/index.js"
import { type CliError, failure, unproven } from "../CliError.js"
import { dataDirOf, json, location, session } from "../options.js"
import { Output } from "../Output.js"
import { count } from "../render/text.js"
import { findSession, withJournal } from "../store.js"

const one = session.pipe(Args.optional, Args.map(Option.getOrUndefined))

/** The command. */
export const verify = Command.make("verify", { session: one, ...location, json }, (options) =>
  withJournal(options, (journal) =>
    Effect.gen(function* () {
      const { note } = yield* Output
      const dataDir = dataDirOf(options)
      const identity = Option.getOrUndefined(yield* FileIdentity.existing({ dataDir }))
      const sessions =
        options.session === undefined
          ? yield* journal.sessions
          : [yield* findSession(journal, options.session, options)]
      const verdicts = yield* Effect.forEach(sessions, (summary) =>
        // A session that cannot be read says nothing about the others.
        verdictOn(journal, identity, summary, options.json).pipe(
          Effect.catchTag("JournalError", ({ message }) => Effect.succeed(failure(message)))
        )
      )
      const gone = options.session === undefined ? yield* deleted(journal, sessions) : []
      const beside = yield* journal.verifyStore
      if (identity === undefined) {
        yield* note(
          `${dataDir} has no identity.key: digests and signatures fit each other, but the command cannot tell whose key ` +
            "signed them. Compare the key with one you know, or put a backup of identity.key in its place."
        )
      }
      if (identity !== undefined && sessions.length > 0 && (yield* journal.anchors()).length === 0) {
        yield* note(
          `${dataDir} has no journal.anchor with a head of a session, so an older copy cannot be told from this one`
        )
      }
      const flaws = [...gone, ...beside]
      if (flaws.length > 0) {
        const what = `the journal in ${dataDir} is not as it was written: ${flaws.join("; ")}. Restore a backup.`
        return yield* failure(what)
      }
      // The worst verdict is the one of the command.
      const worst = verdicts.flatMap((verdict) => verdict ?? []).toSorted((a, b) => a.exitCode - b.exitCode)[0]
      if (worst !== undefined) return yield* worst
    })
  )
).pipe(
  Command.withDescription(
    "Check digests, seals and signatures of a session, or of all. Exit codes: 0 proven to the end, 1 altered, 4 not " +
      "proven from some record on"
  )
)

const verdictOn = Effect.fnUntraced(function* (
  journal: typeof Journal.Service,
  identity: typeof Identity.Service | undefined,
  { branchId, head, sessionId }: SessionSummary,
  isJson: boolean
) {
  const { json: jsonLine, line } = yield* Output
  const proof = yield* prove(journal, FileIdentity.verify, { sessionId, branchId }, identity)
  const { checked, checkpoints, flaw, provenThrough, signedBy } = proof
  if (isJson) {
    const publicKey = identity?.publicKey ?? null
    yield* jsonLine(
      JSON.stringify({ sessionId, checked, checkpoints, provenThrough, publicKey, signedBy, flaw: flaw ?? null })
    )
  }
  const verdict = errorOf(sessionId, head, proof)
  if (verdict === undefined && !isJson) {
    const by = signedBy.length === 0 ? "" : ` signed by ${signedBy.join(" and ")}`
    yield* line(`${sessionId}: ${count(checked, "record")} intact and proven, ${count(checkpoints, "checkpoint")}${by}`)
  }
  return verdict
})

const errorOf = (sessionId: string, head: number, { checked, flaw, provenThrough }: Proof): CliError | undefined => {
  if (flaw !== undefined) {
    return failure(
      `the journal of ${sessionId} is not as it was written: sequence ${flaw.sequence}: ${flaw.message}. The digests of ` +
        `${count(checked, "record")} fit. Restore a backup; or, if you trust it as it is, \`life id adopt ${sessionId}\`.`
    )
  }
  if (provenThrough >= head) return undefined
  return unproven(
    `the journal of ${sessionId} is NOT SIGNED from ${provenThrough + 1} on: the digests of ${count(checked, "record")} ` +
      "fit each other, but no key vouches for the records from there, so another program may have written them."
  )
}

const deleted = (journal: typeof Journal.Service, sessions: ReadonlyArray<SessionSummary>) =>
  Effect.map(journal.anchors(), (anchors) => {
    const known = new Set(sessions.map(({ sessionId }) => sessionId))
    return anchors
      .filter(({ sessionId }) => !known.has(sessionId))
      .map(({ sequence, sessionId }) => `the session ${sessionId} with ${sequence} records is missing`)
  })
