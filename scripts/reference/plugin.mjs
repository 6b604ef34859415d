/**
 * Adds what TypeDoc cannot see of Effect's classes and schemas: the functions of a service, and the fields of events. A
 * class loses what it has from the schema or the tag that it extends: base types without a name, and their constructor.
 */
import { Converter, ReflectionKind, UnknownType } from "typedoc"
import ts from "typescript"

const code = (text) => ({ kind: "code", text: `\`\`\`ts\n${text}\n\`\`\`` })

/** The text of a node, without the indentation that it has in its file. */
const textOf = (node) => {
  const lines = node.getText().split("\n")
  const [, indent = ""] = /^( *)\S*$/.exec(lines.at(-1)) ?? []
  return lines.map((line) => (line.startsWith(indent) ? line.slice(indent.length) : line)).join("\n")
}

const append = (reflection, sentence, node) => {
  reflection.comment?.summary.push({ kind: "text", text: `\n\n${sentence}\n\n` }, code(textOf(node)))
}

/** The shape of a service: the second type argument of `Context.Tag("…")<Self, Shape>()`. */
const shapeOf = (declaration) => {
  const base = declaration.heritageClauses?.[0]?.types[0]?.expression
  return base && ts.isCallExpression(base) ? base.typeArguments?.[1] : undefined
}

const variable = (file, name) =>
  file.statements
    .filter(ts.isVariableStatement)
    .flatMap(({ declarationList }) => declarationList.declarations)
    .find((declaration) => declaration.name.getText() === name)

export const load = ({ converter }) => {
  converter.on(Converter.EVENT_RESOLVE_BEGIN, (context) => {
    const { project } = context
    // The name of a type says more than all of its fields.
    for (const parameter of project.getReflectionsByKind(ReflectionKind.Parameter)) {
      const node = context.getSymbolFromReflection(parameter)?.valueDeclaration?.type
      if (node && ts.isTypeReferenceNode(node) && parameter.type?.type !== "reference") {
        parameter.type = new UnknownType(node.getText())
      }
    }
    for (const reflection of project.getReflectionsByKind(ReflectionKind.Class)) {
      delete reflection.extendedTypes
      for (const child of reflection.children?.slice() ?? []) {
        if (child.kind === ReflectionKind.Constructor) project.removeReflection(child)
      }
      const [declaration] = context.getSymbolFromReflection(reflection)?.declarations ?? []
      const shape = declaration && ts.isClassDeclaration(declaration) ? shapeOf(declaration) : undefined
      if (shape !== undefined) append(reflection, "The service:", shape)
    }
    for (const reflection of project.getReflectionsByKind(ReflectionKind.TypeAlias)) {
      const [declaration] = context.getSymbolFromReflection(reflection)?.declarations ?? []
      const fields = reflection.name === "Kind" && declaration && variable(declaration.getSourceFile(), "fields")
      if (fields) append(reflection, "The types of events, and the schemas of their fields besides `type`:", fields)
    }
  })
}
