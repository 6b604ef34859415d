/**
 * Kinds of events that a subsystem adds: fields, version, upcast and redaction.
 *
 * @since 0.1.0
 */
import { Schema } from "effect"
import type { BareType, SubsystemKind } from "./kinds.js"

/**
 * The JSON object of a body, without its type and version.
 *
 * @since 0.1.0
 * @category models
 */
export type Body = { readonly [key: string]: unknown }

/**
 * One kind of event.
 *
 * @since 0.1.0
 * @category models
 */
export interface Event<
  out Fields extends Schema.Struct.Fields = Schema.Struct.Fields,
  out Bare extends BareType | undefined = BareType | undefined
> {
  readonly fields: Fields
  /** The struct of the fields. */
  readonly schema: Schema.Schema.AnyNoContext
  /** Version of the body, stored as `v` from 2 on; a body without `v` has version 1. */
  readonly version: number
  /** Fields that exports, spans and viewers show as `[redacted]`. The journal holds them in clear. */
  readonly redact: ReadonlyArray<string>
  /** The name in the journal, if it is not `<subsystem>.<Kind>`. */
  readonly bare: Bare
  /** Functions by version `n`; each turns a body of version `n` into one of version `n + 1`. */
  readonly upcast: { readonly [version: number]: (body: Body) => Body }
}

/**
 * Description of a kind.
 *
 * @since 0.1.0
 * @category models
 */
export interface EventOptions<Fields extends Schema.Struct.Fields> {
  /** Fields with any names but `type` and `v`, and schemas with a JSON form. */
  readonly fields: Fields
  /** @default 1 */
  readonly version?: number
  readonly redact?: ReadonlyArray<keyof Fields & string>
  /** One function for each version before the current one. */
  readonly upcast?: Event["upcast"]
}

// A replay has no services, so it could not decode a field whose schema needs one.
type WithoutServices<Fields extends Schema.Struct.Fields> = [Schema.Struct.Context<Fields>] extends [never]
  ? unknown
  : { readonly fields: { readonly "a field requires a service; events are decoded without any": never } }

const make = <const Fields extends Schema.Struct.Fields, const Bare extends BareType | undefined>(
  { fields, redact = [], upcast = {}, version = 1 }: EventOptions<Fields>,
  bare: Bare
): Event<Fields, Bare> => ({
  fields,
  schema: structOf(fields),
  version,
  redact,
  bare,
  upcast
})

// The struct requires nothing: `WithoutServices` has checked it, but the compiler cannot see it of open type
// parameters.
const structOf = (fields: Schema.Struct.Fields): Schema.Schema.AnyNoContext =>
  Schema.Struct(fields) as Schema.Schema.All as Schema.Schema.AnyNoContext

/**
 * Describes a kind that is called `<subsystem>.<Kind>` in the journal.
 *
 * @since 0.1.0
 * @category constructors
 */
export const event = <const Fields extends Schema.Struct.Fields>(
  options: EventOptions<Fields> & WithoutServices<Fields>
): Event<Fields, undefined> => make(options, undefined)

/**
 * Describes a kind that keeps the bare name that it has in existing journals.
 *
 * @since 0.1.0
 * @category constructors
 */
export const bareEvent = <const Bare extends BareType, const Fields extends Schema.Struct.Fields>(
  bare: Bare,
  options: EventOptions<Fields> & WithoutServices<Fields>
): Event<Fields, Bare> => make(options, bare)

/**
 * The kinds of a subsystem by key.
 *
 * @since 0.1.0
 * @category models
 */
export interface Events {
  readonly [key: string]: Event
}

/**
 * The type of a kind as it stands in the journal: `spendcap.Capped`, or a bare name.
 *
 * @since 0.1.0
 * @category models
 */
export type TypeOf<Name extends string, Key extends string, E extends Event> = E["bare"] extends BareType
  ? E["bare"]
  : `${Name}.${Key}`

/**
 * One kind of a subsystem.
 *
 * @since 0.1.0
 * @category models
 */
export type KindAt<Name extends string, Es extends Events, Key extends keyof Es & string> = SubsystemKind & {
  readonly type: TypeOf<Name, Key, Es[Key]>
} & Schema.Struct.Type<Es[Key]["fields"]>

/**
 * The kinds of a subsystem, told apart by `type`.
 *
 * @since 0.1.0
 * @category models
 */
export type KindsOf<Name extends string, Es extends Events> = {
  readonly [Key in keyof Es & string]: KindAt<Name, Es, Key>
}[keyof Es & string]
