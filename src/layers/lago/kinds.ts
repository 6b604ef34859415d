/**
 * The dictionary of event kinds: a small number in a row stands for the type, and for the body when it is constant.
 */
import { Effect } from "effect"
import { decodeKind, type EventKind, JournalError, type RawKind, typeOf } from "../aios/index.js"
import type { Database } from "./Database.js"
import { unknownCode } from "./schema.js"

/**
 * One entry. `constant` is there when the rows of this kind store no body.
 */
export interface Entry {
  readonly code: number
  readonly type: string
  readonly constant: { readonly text: string; readonly kind: EventKind | RawKind } | undefined
}

/**
 * The dictionary, read once when a journal opens.
 */
export interface Kinds {
  readonly byCode: ReadonlyMap<number, Entry>
  /** Gives the code for a body: the code of the constant body, else of the type, else of unknown types. */
  readonly codeOf: (type: string, text: string) => number
  /** Gives every code of the given types. */
  readonly codesOf: (types: ReadonlyArray<string>) => ReadonlyArray<number>
}

/**
 * Reads the dictionary.
 */
export const load = (database: Database): Effect.Effect<Kinds, JournalError> =>
  Effect.flatMap(
    database.run<{ readonly code: number; readonly type: string; readonly body: string | null }>(
      "SELECT code, type, body FROM kinds ORDER BY code"
    ),
    (rows) => {
      const entries = rows.map(
        ({ body, code, type }): Entry => ({
          code,
          type,
          constant: body === null ? undefined : { text: body, kind: decodeKind(body) }
        })
      )
      // Digests do not cover the dictionary, and reads by type rely on it.
      const altered = entries.find(({ code, constant, type }) =>
        code === unknownCode ? type !== "" || constant !== undefined : constant && typeOf(constant.kind) !== type
      )
      if (altered !== undefined) {
        return new JournalError({
          reason: "Corrupt",
          message: `${database.file}: the kind ${altered.code} was altered in the dictionary. Put a backup in its place.`
        })
      }
      const byText = new Map<string, number>()
      const byType = new Map<string, number>()
      for (const { code, constant, type } of entries) {
        if (constant === undefined) byType.set(type, code)
        else byText.set(constant.text, code)
      }
      const longest = Math.max(0, ...[...byText.keys()].map((text) => text.length))
      return Effect.succeed({
        byCode: new Map(entries.map((entry) => [entry.code, entry])),
        codeOf: (type, text) =>
          (text.length <= longest ? byText.get(text) : undefined) ?? byType.get(type) ?? unknownCode,
        codesOf: (types) => entries.filter((entry) => types.includes(entry.type)).map((entry) => entry.code)
      })
    }
  )
