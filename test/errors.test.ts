/** Every public error has a stable code, and docs/errors.md a section for each code. */
import { assert, describe, expectTypeOf, it } from "@effect/vitest"
import type { Effect } from "effect"
import { readFileSync } from "node:fs"
import { fileURLToPath } from "node:url"
import * as root from "../src/index.js"
import * as simulation from "../src/simulation/index.js"
import { readTree } from "./architecture/source.js"

type ErrorClass = (new (
  fields: { readonly reason?: string },
  unchecked: boolean
) => Error & { readonly code: unknown }) & {
  readonly fields: { readonly reason?: { readonly literals: ReadonlyArray<string> } }
}

const isErrorClass = (value: unknown): value is ErrorClass =>
  typeof value === "function" && value.prototype instanceof Error && "fields" in value

/** The tagged errors that an entry point of the package exports, under any namespace. */
const exported = (module: object): ReadonlyArray<ErrorClass> =>
  Object.values(module).flatMap((value: unknown) => {
    if (isErrorClass(value)) return [value]
    const isNamespace = typeof value === "object" && value !== null && Symbol.toStringTag in value
    return isNamespace && value[Symbol.toStringTag] === "Module" ? exported(value) : []
  })

const classes = new Map([root, simulation].flatMap(exported).map((each) => [each.name, each]))

const codesOf = (Class: ErrorClass): ReadonlyArray<unknown> =>
  (Class.fields.reason?.literals ?? [undefined]).map(
    (reason) => new Class(reason === undefined ? {} : { reason }, true).code
  )

const repository = fileURLToPath(new URL("..", import.meta.url))
const page = readFileSync(`${repository}/docs/errors.md`, "utf8")

/** From the name of a class to the codes below it, as the page has them. */
const sections = new Map(
  page
    .split(/^## /m)
    .slice(1)
    .map((section): readonly [string, ReadonlyArray<unknown>] => [
      section.split("\n")[0] ?? "",
      [...section.matchAll(/^### (.*)$/gm)].map(([, code]) => code)
    ])
)

// Error of the inspector's HTTP API, which leaves the process as a status and a text.
const internal = new Set(["HistoryError"])

describe("the errors", () => {
  it("the errors have the codes that docs/errors.md explains, a section each, in the order of the reasons", () => {
    const inSource = [...classes].map(([name, each]) => [name, codesOf(each)] as const)
    assert.isAbove(inSource.length, 20)
    assert.deepStrictEqual(new Map(inSource), sections)
  })

  it("the errors have codes of their own, which begin with LIFE_", () => {
    const codes = [...classes.values()].flatMap(codesOf)
    assert.deepStrictEqual(codes, [...new Set(codes)])
    for (const code of codes) assert.match(String(code), /^LIFE(_[A-Z]+)+$/)
  })

  it("the errors are explained in at least a sentence", () => {
    const empty = page.split(/^### /m).filter((section) => section.split("\n").slice(1).join("").trim().length < 20)
    assert.deepStrictEqual(empty, [])
  })

  it("every Schema.TaggedError of src is exported by an entry point of the package", () => {
    const declared = readTree(repository, "src").flatMap(({ code }) =>
      [...code.matchAll(/class (\w+) extends Schema\.TaggedError\b/g)].map(([, name = ""]) => name)
    )
    assert.deepStrictEqual(
      declared.filter((name) => !internal.has(name)).toSorted(),
      [...classes.keys()].toSorted(),
      "export the class, or name it in this test and say why it is internal"
    )
  })
})

type ErrorOf<F> = F extends (...args: never) => infer E
  ? ErrorOf<E>
  : F extends Effect.Effect<unknown, infer E, unknown>
    ? E
    : never

describe("an operation on an agent", () => {
  it("an operation on an agent fails with its own errors only, by its type", () => {
    type Failing<E> = E | root.Journal.JournalError
    expectTypeOf<ErrorOf<root.Agent.Agent["tell"]>>().toEqualTypeOf<Failing<root.Agent.MessageError>>()
    expectTypeOf<ErrorOf<root.Agent.Agent["run"]>>().toEqualTypeOf<
      Failing<root.Agent.MessageError | root.Agent.RunError>
    >()
    expectTypeOf<ErrorOf<root.Agent.Agent["outcome"]>>().toEqualTypeOf<Failing<root.Agent.RunError>>()
    expectTypeOf<ErrorOf<root.Agent.Agent["cancel"]>>().toEqualTypeOf<Failing<root.Agent.RunError>>()
    expectTypeOf<ErrorOf<root.Agent.Agent["approve"]>>().toEqualTypeOf<Failing<root.Approval.ApprovalError>>()
    expectTypeOf<ErrorOf<root.Agent.Agent["deny"]>>().toEqualTypeOf<Failing<root.Approval.ApprovalError>>()
    expectTypeOf<ErrorOf<root.Agent.Agent["stop"]>>().toEqualTypeOf<root.Journal.JournalError>()
    expectTypeOf<ErrorOf<root.ActorSystem.ActorSystem["Type"]["spawn"]>>().toEqualTypeOf<
      Failing<root.ActorSystem.SpawnError>
    >()
    expectTypeOf<ErrorOf<root.ActorSystem.ActorSystem["Type"]["get"]>>().toEqualTypeOf<
      Failing<root.ActorSystem.LookupError>
    >()
    expectTypeOf<
      ErrorOf<root.ActorSystem.ActorSystem["Type"]["supervise"]>
    >().toEqualTypeOf<root.Supervision.SuperviseError>()
  })
})
