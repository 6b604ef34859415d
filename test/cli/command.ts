/**
 * Runs the real command as a child process: compiled afresh, because compiling costs less than loading it a few times.
 */
import { spawn, spawnSync } from "node:child_process"
import { createHash } from "node:crypto"
import { copyFileSync, existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { createInterface } from "node:readline"
import type { Readable } from "node:stream"
import { fileURLToPath } from "node:url"
import { afterAll } from "vitest"

const root = fileURLToPath(new URL("../..", import.meta.url))

// Compiles into a folder where the packages are found, with package.json one above the compiled sources.
const compile = (): string => {
  mkdirSync(join(root, "node_modules/.cache"), { recursive: true })
  const home = mkdtempSync(join(root, "node_modules/.cache/life-cli-"))
  afterAll(() => rmSync(home, { recursive: true, force: true }))
  copyFileSync(join(root, "package.json"), join(home, "package.json"))
  const arguments_ = ["-p", join(root, "tsconfig.build.json"), "--outDir", join(home, "dist"), "--declaration", "false"]
  const { stderr, stdout } = spawnSync(
    process.execPath,
    [join(root, "node_modules/typescript/bin/tsc"), ...arguments_, "--declarationMap", "false"],
    { encoding: "utf8", timeout: 120_000 }
  )
  const compiled = join(home, "dist/cli/main.js")
  if (!existsSync(compiled)) throw new Error(`the command was not compiled: ${stdout}${stderr}`)
  return compiled
}

/** The compiled command. */
/** SHA-256 of a text, as `write_file` takes it. */
export const sha256Of = (text: string): string => createHash("sha256").update(text).digest("hex")

export const main = compile()

/** Result of a command. */
export interface Ended {
  readonly code: number | null
  readonly stdout: string
  readonly stderr: string
}

/** Settings that may differ from one command to the next. */
export interface Surroundings {
  readonly cwd?: string
  readonly env?: Readonly<Record<string, string>>
  readonly stdin?: string
  /** True if it runs on a terminal of its own, as for a person; then everything it writes is its standard output. */
  readonly terminal?: boolean
}

/** A command that runs. */
export interface Running {
  readonly pid: number
  readonly ended: Promise<Ended>
  readonly kill: (signal: NodeJS.Signals) => void
  /** Closes our end of its standard output. */
  readonly hangUp: () => void
  /** Types at its terminal. */
  readonly type: (keys: string) => void
  /** The first line of the standard output that a test accepts. */
  readonly line: (accepts: (line: string) => boolean) => Promise<string>
  /** The first line of the standard error that a test accepts. */
  readonly note: (accepts: (line: string) => boolean) => Promise<string>
}

// script(1) of util-linux gives a command a terminal, and passes its exit code on. The shell that script starts must be
// replaced by the command: dash would stay, get the Ctrl-C as well, and end with it.
const onTerminal = (words: ReadonlyArray<string>) => {
  const command = words.map((word) => `'${word.replaceAll("'", `'\\''`)}'`).join(" ")
  return ["script", "--quiet", "--return", "--flush", "--command", `exec ${command}`, "/dev/null"]
}

/** Starts `life` with these arguments. The environment has a key only if one is given. */
export const start = (
  args: ReadonlyArray<string>,
  { cwd, env = {}, stdin = "", terminal = false }: Surroundings = {}
): Running => {
  const {
    ANTHROPIC_API_KEY: _,
    OPENAI_API_KEY: _____,
    LIFE_LOG_LEVEL: __,
    LIFE_LOG_FORMAT: ____,
    npm_command: ___,
    ...inherited
  } = process.env
  const words = [process.execPath, main, ...args]
  const [program = "", ...rest] = terminal ? onTerminal(words) : words
  const child = spawn(program, rest, { cwd, env: { ...inherited, ...env } })
  let stdout = ""
  let stderr = ""
  child.stdout.setEncoding("utf8").on("data", (chunk: string) => {
    stdout += chunk
  })
  child.stderr.setEncoding("utf8").on("data", (chunk: string) => {
    stderr += chunk
  })
  const listen = (input: Readable) => {
    const lines: Array<string> = []
    const waiters = new Set<(line: string) => void>()
    createInterface({ input }).on("line", (line) => {
      lines.push(line)
      for (const waiter of waiters) waiter(line)
    })
    return (accepts: (line: string) => boolean) =>
      new Promise<string>((resolve, reject) => {
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
  child.stdin.on("error", () => {})
  if (!terminal) child.stdin.end(stdin)
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
    type: (keys) => void child.stdin.write(keys),
    line: listen(child.stdout),
    note: listen(child.stderr)
  }
}

/** Runs `life` to its end. */
export const life = (args: ReadonlyArray<string>, surroundings?: Surroundings): Promise<Ended> =>
  start(args, surroundings).ended

/** An event among the lines of `--json`. */
export const eventOf = (line: string): { readonly sequence: number; readonly kind: { readonly type: string } } =>
  JSON.parse(line)

/** True if a line of `--json` is an event of this type. */
export const isEvent =
  (type: string) =>
  (line: string): boolean =>
    eventOf(line).kind.type === type

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
