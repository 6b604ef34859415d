/**
 * Conversion of a schema to the plain JSON Schema that model providers accept.
 *
 * @since 0.1.0
 */
import { JSONSchema, type Schema, SchemaAST } from "effect"

/**
 * A part of a JSON Schema.
 *
 * @since 0.1.0
 * @category models
 */
export type JsonSchema = { readonly [key: string]: unknown }

const isObject = (value: unknown): value is JsonSchema =>
  typeof value === "object" && value !== null && !Array.isArray(value)

const isEmptyStruct = (ast: SchemaAST.AST): boolean =>
  SchemaAST.isTypeLiteral(ast) && ast.propertySignatures.length === 0 && ast.indexSignatures.length === 0

const definitionPrefix = "#/$defs/"
const leftOut = new Set(["$schema", "$defs", "title", "examples"])

/**
 * Gives the JSON Schema of an object, such as a tool's input or an answer: `{ type: "object", properties, required,
 * additionalProperties: false }`, where a record has the schema of its values in place of `false`. Every definition is inlined, and titles are left out. Gives `undefined` for a schema
 * that does not describe an object.
 *
 * Throws when a part of the schema has no JSON form.
 *
 * @since 0.1.0
 * @category encoding
 */
export const objectJsonSchema = <A, I>(input: Schema.Schema<A, I>): JsonSchema | undefined => {
  // Effect's schema of a struct without fields accepts arrays; providers require an object.
  if (isEmptyStruct(input.ast)) return { type: "object", properties: {}, required: [], additionalProperties: false }
  const made: unknown = JSON.parse(JSON.stringify(JSONSchema.make(input)))
  if (!isObject(made)) return undefined
  const definitions = isObject(made["$defs"]) ? made["$defs"] : {}
  const plain = inline(made, definitions, [])
  if (!isObject(plain) || plain["type"] !== "object") return undefined
  return {
    ...plain,
    properties: plain["properties"] ?? {},
    required: plain["required"] ?? [],
    // An object with keys of any name says of what kind their values are.
    additionalProperties: plain["additionalProperties"] ?? false
  }
}

// A definition inside itself becomes a schema of any value, because the input is checked against Effect's schema
// anyway.
const inline = (value: unknown, definitions: JsonSchema, inside: ReadonlyArray<string>): unknown => {
  if (Array.isArray(value)) return value.map((item) => inline(item, definitions, inside))
  if (!isObject(value)) return value
  const { $ref: reference, ...rest } = value
  const name = typeof reference === "string" ? decodeURIComponent(reference.slice(definitionPrefix.length)) : undefined
  if (name !== undefined && inside.includes(name)) return {}
  const target = name === undefined ? {} : inline(definitions[name], definitions, [...inside, name])
  return { ...(isObject(target) ? target : {}), ...mapProperties(rest, definitions, inside) }
}

// A key under `properties` is the name of an input field, and a field may be called "title".
const mapProperties = (value: JsonSchema, definitions: JsonSchema, inside: ReadonlyArray<string>): JsonSchema =>
  Object.fromEntries(
    Object.entries(value)
      .filter(([key]) => !leftOut.has(key))
      .map(([key, part]) => [
        key,
        key === "properties" && isObject(part)
          ? Object.fromEntries(
              Object.entries(part).map(([name, schema]) => [name, inline(schema, definitions, inside)])
            )
          : inline(part, definitions, inside)
      ])
  )
