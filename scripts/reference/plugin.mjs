/**
 * Leaves out of a class what it has from the schema or the tag that it extends: base types without a name, and their
 * constructor.
 */
import { Converter, ReflectionKind } from "typedoc"

export const load = ({ converter }) => {
  converter.on(Converter.EVENT_RESOLVE_BEGIN, ({ project }) => {
    for (const reflection of project.getReflectionsByKind(ReflectionKind.Class)) {
      delete reflection.extendedTypes
      for (const child of reflection.children ?? []) {
        if (child.kind === ReflectionKind.Constructor) project.removeReflection(child)
      }
    }
  })
}
