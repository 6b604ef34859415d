/** A small workspace with everything the survey looks for. */
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs"
import { dirname, join, relative } from "node:path"

const files: Readonly<Record<string, string>> = {
  "README.md":
    "# Tides\n\nTells when the water comes.\n\n## Install\n\n    npm install\n\n## Use\n\n### From a shell\n\n## Licence\n",
  "package.json": `${JSON.stringify({ name: "tides", version: "1.0.0", bin: { tides: "./src/cli.js" }, scripts: { test: "node --test" } }, undefined, 2)}\n`,
  ".gitignore": "build/\n*.log\n",
  "build/bundle.js": "// TODO: ignored files say nothing\n",
  "debug.log": "FIXME\n".repeat(50),
  "src/cli.js":
    'import { nextTide } from "./tide.js"\n\n// TODO: take the harbour from the arguments\nconsole.log(nextTide("Esbjerg"))\n',
  "src/tide.js":
    "export const nextTide = (harbour) => {\n  // FIXME: the moon is missing\n  return `${harbour}: soon`\n}\n",
  "src/moon/phase.js": "// TODO: eclipses\nexport const phase = (day) => (day % 29.53) / 29.53\n",
  "src/moon/table.csv": Array.from({ length: 200 }, (_, day) => `${day},${(day * 7) % 29}\n`).join(""),
  "test/tide.test.js": 'import test from "node:test"\n\ntest.todo("high water")\n',
  "docs/harbours.md": "# Harbours\n\n- Esbjerg\n- Büsum\n- Den Helder\n",
  "docs/notes/übersicht.txt": "Nordsee und Wattenmeer\n"
}

/** Writes the files into an empty directory. */
export const furnish = (workspace: string): void => {
  for (const [path, content] of Object.entries(files)) {
    mkdirSync(dirname(join(workspace, path)), { recursive: true })
    writeFileSync(join(workspace, path), content)
  }
}

/** Everything in a workspace, byte by byte: the path of each file and its lines, sorted by path. */
export const contents = (workspace: string): ReadonlyArray<string> =>
  readdirSync(workspace, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .toSorted()
    .flatMap((file) => {
      const path = relative(workspace, file)
      const lines = readFileSync(file, "latin1").split("\n")
      return [path, ...lines.map((line, index) => `${path}:${index + 1}: ${line}`)]
    })
