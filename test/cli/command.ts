/** Runs the real command as a child process. */
import { spawn } from "node:child_process"
import { createRequire } from "node:module"
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { createInterface } from "node:readline"
import { fileURLToPath, pathToFileURL } from "node:url"

const main = fileURLToPath(new URL("../../src/cli/main.ts", import.meta.url))
const loader = pathToFileURL(createRequire(import.meta.url).resolve("tsx")).href

/** How a command ended. */
export interface Ended {
  readonly code: number | null
  readonly stdout: string
  readonly stderr: string
}

/** What may be different from one command to the next. */
export interface Surroundings {
  readonly cwd?: string
  readonly env?: Readonly<Record<string, string>>
  readonly stdin?: string
}

/** A command that runs. */
export interface Running {
  readonly pid: number
  readonly ended: Promise<Ended>
  readonly kill: (signal: NodeJS.Signals) => void
  /** Closes our end of its standard output. */
  readonly hangUp: () => void
  /** The first line of the standard output that a test accepts. */
  readonly line: (accepts: (line: string) => boolean) => Promise<string>
}

/** Starts `life` with these arguments. The environment has no key unless it is given. */
export const start = (args: ReadonlyArray<string>, { cwd, env = {}, stdin = "" }: Surroundings = {}): Running => {
  const { ANTHROPIC_API_KEY: _, LIFE_LOG_LEVEL: __, npm_command: ___, ...inherited } = process.env
  const child = spawn(process.execPath, ["--import", loader, main, ...args], { cwd, env: { ...inherited, ...env } })
  const waiters = new Set<(line: string) => void>()
  let stdout = ""
  let stderr = ""
  const lines: Array<string> = []
  child.stdout.setEncoding("utf8").on("data", (chunk: string) => {
    stdout += chunk
  })
  child.stderr.setEncoding("utf8").on("data", (chunk: string) => {
    stderr += chunk
  })
  createInterface({ input: child.stdout }).on("line", (line) => {
    lines.push(line)
    for (const waiter of waiters) waiter(line)
  })
  child.stdin.on("error", () => {})
  child.stdin.end(stdin)
  const ended = new Promise<Ended>((resolve) => {
    child.on("close", (code) => resolve({ code, stdout, stderr }))
  })
  return {
    pid: child.pid ?? 0,
    ended,
    kill: (signal) => {
      child.kill(signal)
    },
    hangUp: () => child.stdout.destroy(),
    line: (accepts) =>
      new Promise((resolve, reject) => {
        const take = (line: string) => {
          if (!accepts(line)) return
          waiters.delete(take)
          resolve(line)
        }
        waiters.add(take)
        for (const line of lines) take(line)
        void ended.then(({ code, stderr }) => reject(new Error(`no such line before the end (${code}): ${stderr}`)))
      })
  }
}

/** Runs `life` to its end. */
export const life = (args: ReadonlyArray<string>, surroundings?: Surroundings): Promise<Ended> =>
  start(args, surroundings).ended

/** An event among the lines of `--json`. */
export const eventOf = (line: string): { readonly sequence: number; readonly kind: { readonly type: string } } =>
  JSON.parse(line)

/** Whether a line of `--json` is an event of this type. */
export const isEvent = (type: string) => (line: string): boolean => eventOf(line).kind.type === type

/** A small workspace, and a data directory outside of it that does not exist yet. */
export const workspace = () => {
  const root = mkdtempSync(join(tmpdir(), "life-cli-"))
  const tree = join(root, "tree")
  mkdirSync(join(tree, "src"), { recursive: true })
  writeFileSync(join(tree, "README.md"), "# Small\n\n## How it is used\n")
  writeFileSync(join(tree, "src/index.ts"), "// TODO: add two\nexport const one = 1\n")
  const data = join(root, "data")
  return {
    root,
    tree,
    data,
    report: join(tree, "life-report.md"),
    at: ["--workspace", tree, "--data-dir", data] as const,
    [Symbol.dispose]: () => rmSync(root, { recursive: true, force: true })
  }
}
