/** The real linter with the real configuration, on one file in a folder of its own. */
import { spawnSync } from "node:child_process"
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { dirname, join } from "node:path"
import { fileURLToPath } from "node:url"

const root = fileURLToPath(new URL("../..", import.meta.url))

/** Lints one file and gives the messages that match, as `line: message`. `message` captures what is given. */
export const lint = (path: string, code: string, message: RegExp): ReadonlyArray<string> => {
  const directory = mkdtempSync(join(tmpdir(), "life-lint-"))
  try {
    cpSync(join(root, ".oxlintrc.json"), join(directory, ".oxlintrc.json"))
    cpSync(join(root, "scripts/lint"), join(directory, "scripts/lint"), { recursive: true })
    mkdirSync(dirname(join(directory, path)), { recursive: true })
    writeFileSync(join(directory, path), code)
    const oxlint = join(root, "node_modules/oxlint/bin/oxlint")
    const run = spawnSync(process.execPath, [oxlint, "--format", "unix", path], {
      cwd: directory,
      encoding: "utf8",
      timeout: 60_000
    })
    return run.stdout
      .split("\n")
      .flatMap((line) => {
        const [, at, said = ""] = /:(\d+):\d+: (.*)/.exec(line) ?? []
        const found = message.exec(said)?.[1]
        return at === undefined || found === undefined ? [] : [`${at}: ${found}`]
      })
      .toSorted((a, b) => Number.parseInt(a, 10) - Number.parseInt(b, 10))
  } finally {
    rmSync(directory, { recursive: true, force: true })
  }
}
