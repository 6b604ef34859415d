/**
 * Packs what is published: a folder with the files that package.json names and a manifest for an installation,
 * without the scripts and tools of this checkout.
 *
 *   npm run pack [-- FOLDER]     FOLDER for the tarball; default: the current folder
 *   npm run pack -- --check      packs into a temporary folder, and checks the package with publint and attw
 *
 * To publish, give the tarball to `npm publish`.
 */
import { spawnSync } from "node:child_process"
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join, resolve } from "node:path"
import { fileURLToPath } from "node:url"

const root = fileURLToPath(new URL("..", import.meta.url))

const output = (command, arguments_, cwd = root) => {
  const { error, status, stdout } = spawnSync(command, arguments_, {
    cwd,
    encoding: "utf8",
    stdio: ["ignore", "pipe", "inherit"]
  })
  if (status !== 0) {
    throw new Error(`${command} ${arguments_.join(" ")} ended with ${error?.message ?? status}:\n${stdout ?? ""}`)
  }
  return stdout.trim()
}

// The package page resolves the links of the README against it.
const repository = () => {
  const { status, stdout } = spawnSync("git", ["remote", "get-url", "origin"], { cwd: root, encoding: "utf8" })
  const [, path] = /^(?:git@|https:\/\/)github\.com[:/](.+?)(?:\.git)?\s*$/.exec(stdout ?? "") ?? []
  if (status === 0 && path !== undefined) return { repository: `github:${path}` }
  console.warn(
    "The remote origin is no repository of GitHub: the links of the README will not work on the package page."
  )
  return {}
}

/** The manifest as it is published. */
export const published = ({ allowScripts: _, devDependencies: __, scripts: ___, ...manifest }) => ({
  ...manifest,
  ...repository()
})

/** Packs the checkout as it is built, and answers with the path of the tarball. */
export const pack = (destination) => {
  const manifest = JSON.parse(readFileSync(join(root, "package.json"), "utf8"))
  const stage = join(root, "node_modules/.cache/package")
  rmSync(stage, { recursive: true, force: true })
  mkdirSync(stage, { recursive: true })
  for (const name of manifest.files) cpSync(join(root, name), join(stage, name), { recursive: true })
  writeFileSync(join(stage, "package.json"), `${JSON.stringify(published(manifest), null, 2)}\n`)
  const [{ filename }] = JSON.parse(output("npm", ["pack", "--json", "--pack-destination", destination], stage))
  return join(destination, filename)
}

/** Checks the package as its users get it. It has ES modules only, so attw leaves out older ways of resolution. */
const check = () => {
  const folder = mkdtempSync(join(tmpdir(), "life-pack-"))
  try {
    const tarball = pack(folder)
    output("npx", ["--yes", "publint@0.3.25", tarball, "--strict"])
    output("npx", ["--yes", "@arethetypeswrong/cli@0.18.5", tarball, "--profile", "esm-only"])
    console.log("publint and attw found nothing")
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  output(process.execPath, [join(root, "scripts/build.mjs")])
  if (process.argv[2] === "--check") check()
  else console.log(pack(resolve(process.argv[2] ?? ".")))
}
