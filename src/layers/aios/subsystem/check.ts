/**
 * The rules for a list of subsystems.
 *
 * @since 0.1.0
 */
import type { Any } from "./Subsystem.js"

/**
 * Gives every problem of a list at once, without building anything; none for subsystems that fit together. `toolNames`
 * are the names of tools that no subsystem brings.
 *
 * @since 0.1.0
 * @category combinators
 */
export const check = (list: ReadonlyArray<Any>, toolNames: ReadonlyArray<string> = []): ReadonlyArray<string> => {
  const problems: Array<string> = []
  const owners = new Map<string, string | undefined>(toolNames.map((name) => [`tool ${name}`, undefined]))
  const claim = (what: string, subsystem: string) => {
    if (!owners.has(what)) return void owners.set(what, subsystem)
    const other = owners.get(what)
    problems.push(
      other === subsystem
        ? `${subsystem} has the ${what} twice; rename one`
        : `${other ?? "the tool harness"} and ${subsystem} both have the ${what}; rename one, or leave one out`
    )
  }
  const names = new Set<string>()
  for (const { name, parts } of list) {
    if (names.has(name)) {
      problems.push(`two subsystems are called ${name}; leave one out, a default one with \`without: ["${name}"]\``)
      continue
    }
    names.add(name)
    for (const type of parts.types.values()) claim(`kind ${type}`, name)
    for (const { definition } of parts.tools) claim(`tool ${definition.name}`, name)
  }
  return problems
}
