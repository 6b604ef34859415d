/**
 * `life id`: shows the key of a data directory, puts a lost one back, or has a key vouch for sessions.
 *
 * @since 0.1.0
 */
import { Args, Command } from "@effect/cli"
import { Effect, Either, Layer, Option } from "effect"
import { readFileSync } from "node:fs"
import { adopt as adoptSession } from "../../actors/index.js"
import { Ids, Identity, Journal, mainBranch } from "../../layers/aios/index.js"
import { FileIdentity } from "../../layers/anima/index.js"
import { SqliteJournal } from "../../layers/lago/index.js"
import { failure, usage } from "../CliError.js"
import { dataDirOf, flag, json, location, session, word } from "../options.js"
import { Output } from "../Output.js"
import { findSession, withJournal } from "../store.js"

const show = Command.make("show", { ...location, json }, (options) =>
  Effect.gen(function* () {
    const { json: jsonLine, line } = yield* Output
    const dataDir = dataDirOf(options)
    const identity = Option.getOrUndefined(yield* FileIdentity.existing({ dataDir }))
    if (identity === undefined) return yield* failure(`${dataDir} has no key; the first \`life run\` makes one`)
    const { publicKey } = identity
    yield* options.json
      ? jsonLine(JSON.stringify({ dataDir, publicKey }))
      : line(`${publicKey}  ${dataDir}/identity.key`)
  })
).pipe(Command.withDescription("Show the public key of a data directory"))

const recover = Command.make(
  "recover",
  { file: word("file", "A copy of the lost identity.key"), ...location },
  ({ file, ...options }) =>
    Effect.gen(function* () {
      const { line } = yield* Output
      const text = yield* Effect.try({
        try: () => readFileSync(file, "utf8"),
        catch: (cause) => failure(`${file} cannot be read (${String(cause)})`)
      })
      const { publicKey } = yield* FileIdentity.recover({ dataDir: dataDirOf(options), text })
      yield* line(`the key ${publicKey} is back; \`life verify\` tells whether it is the one that wrote the journal`)
    })
).pipe(Command.withDescription("Put a copy of a lost key back"))

const adopt = Command.make(
  "adopt",
  {
    session: session.pipe(Args.optional, Args.map(Option.getOrUndefined)),
    all: flag("all", "Adopt every session, with a new key if there is none"),
    ...location
  },
  ({ all, session: sessionId, ...options }) =>
    Effect.gen(function* () {
      if (all === (sessionId !== undefined)) {
        return yield* usage("name the session to adopt, or adopt all of them with --all")
      }
      const dataDir = dataDirOf(options)
      // There must be a journal before a key is made for it.
      yield* withJournal(options, () => Effect.void)
      const found = yield* FileIdentity.existing({ dataDir })
      const identity = Option.isSome(found) ? found.value : yield* FileIdentity.replaceLost({ dataDir })
      yield* Effect.gen(function* () {
        const ports = { journal: yield* Journal, identity: yield* Identity, ids: yield* Ids }
        const { line } = yield* Output
        const { sessions } = ports.journal
        const chosen =
          sessionId === undefined ? yield* sessions : [yield* findSession(ports.journal, sessionId, options)]
        const refused: Array<string> = []
        for (const { head, sessionId } of chosen) {
          // A session that cannot be adopted says nothing about the others.
          const adopted = yield* Effect.either(adoptSession(ports, { sessionId, branchId: mainBranch }))
          if (Either.isLeft(adopted)) refused.push(adopted.left.message)
          else yield* line(`${sessionId}: the key ${identity.publicKey} vouches for ${head} records as they are`)
        }
        if (refused.length > 0) return yield* failure(refused.join(" "))
      }).pipe(
        Effect.provide(Layer.mergeAll(SqliteJournal.layer({ dataDir }), Layer.succeed(Identity, identity), Ids.layer))
      )
    })
).pipe(Command.withDescription("Have the key vouch for a session as it is, after a look at it; makes a lost key anew"))

/** The command. */
export const id = Command.make("id").pipe(
  Command.withDescription("Show, recover or replace the key that a data directory signs with"),
  Command.withSubcommands([show, recover, adopt])
)
