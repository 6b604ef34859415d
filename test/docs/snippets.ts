/** Type-checks the TypeScript blocks of doc comments and Markdown in one compiler run. */
import { spawnSync } from "node:child_process"
import { mkdirSync, rmSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import type { Block } from "../../scripts/blocks.mjs"

// Examples show values without using them, so unused names are fine here.
const configuration = {
  extends: "../../../tsconfig.json",
  compilerOptions: {
    noUnusedLocals: false,
    noUnusedParameters: false,
    noEmit: true
  },
  include: [],
  files: [] as ReadonlyArray<string>
}

/**
 * Type-checks snippets and gives the compiler's findings, in terms of the files they come from.
 *
 * @param folder below `node_modules/.cache`, so that it stays out of version control and of other compiler runs
 */
export const typeCheck = (root: string, folder: string, snippets: ReadonlyArray<Block>): ReadonlyArray<string> => {
  const directory = join(root, "node_modules/.cache", folder)
  rmSync(directory, { recursive: true, force: true })
  mkdirSync(directory, { recursive: true })
  const names = snippets.map((_, index) => `snippet${index}.ts`)
  for (const [index, { code }] of snippets.entries()) writeFileSync(join(directory, `snippet${index}.ts`), code)
  writeFileSync(join(directory, "package.json"), JSON.stringify({ type: "module" }))
  writeFileSync(join(directory, "tsconfig.json"), JSON.stringify({ ...configuration, files: names }))
  const tsc = join(root, "node_modules/typescript/bin/tsc")
  const run = spawnSync(process.execPath, [tsc, "-p", directory, "--pretty", "false"], {
    cwd: directory,
    encoding: "utf8",
    timeout: 120_000
  })
  const findings = run.stdout.split("\n").flatMap((message) => {
    // The compiler names a file by its whole path where node_modules is a link.
    const [, index, line, rest] = /^(?:.*\/)?snippet(\d+)\.ts\((\d+),\d+\): (.*)$/.exec(message) ?? []
    const snippet = snippets[Number(index)]
    return snippet === undefined ? [] : [`${snippet.path}:${snippet.line + Number(line) - 1}: ${rest}`]
  })
  // An error outside the snippets (a broken source file, a bad configuration) must not pass for success.
  return findings.length > 0 || run.status === 0
    ? findings
    : [`${run.stdout}${run.stderr}` || "the compiler did not run"]
}
