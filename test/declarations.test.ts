/** Programs that use the package see its declarations, not its sources: they compile against the declarations, too. */
import { assert, describe, it } from "@effect/vitest"
import { spawnSync } from "node:child_process"
import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { fileURLToPath } from "node:url"

const root = fileURLToPath(new URL("..", import.meta.url))
// Below node_modules, where the dependencies of the package are found as they are from an installed package.
const folder = join(root, "node_modules/.cache/life-consumer")
const installed = join(folder, "node_modules/life-agent-os")

const tsc = (...args: ReadonlyArray<string>): string => {
  const { stderr, stdout } = spawnSync(process.execPath, [join(root, "node_modules/typescript/bin/tsc"), ...args], {
    cwd: folder,
    encoding: "utf8",
    timeout: 170_000
  })
  return `${stdout}${stderr}`
}

// The configuration of an embedder, except that the declarations of this package at least are checked as well.
const configuration = {
  compilerOptions: {
    target: "ES2022",
    lib: ["ES2023"],
    module: "NodeNext",
    moduleResolution: "NodeNext",
    strict: true,
    exactOptionalPropertyTypes: true,
    skipLibCheck: true,
    noEmit: true,
    types: ["node"],
    typeRoots: [join(root, "node_modules/@types")]
  },
  files: ["embedder.ts", "ports.ts"]
}

describe("the declarations", () => {
  it("the declarations give an embedding program the types of the sources", { timeout: 180_000 }, () => {
    rmSync(folder, { recursive: true, force: true })
    mkdirSync(installed, { recursive: true })
    writeFileSync(join(installed, "package.json"), readFileSync(join(root, "package.json")))
    const emit = ["--emitDeclarationOnly", "--declarationMap", "false", "--sourceMap", "false"]
    assert.strictEqual(tsc("-p", join(root, "tsconfig.build.json"), ...emit, "--outDir", join(installed, "dist")), "")

    writeFileSync(join(folder, "package.json"), JSON.stringify({ type: "module" }))
    writeFileSync(join(folder, "tsconfig.json"), JSON.stringify(configuration))
    for (const [name, source] of [
      ["embedder.ts", "examples/ports.ts"],
      ["ports.ts", "test/Life/ports.types.ts"]
    ] as const) {
      writeFileSync(join(folder, name), readFileSync(join(root, source)))
    }
    assert.strictEqual(tsc("-p", folder, "--pretty", "false"), "")
    // Declarations of other packages are left out, because we cannot mend them. A missing name in one makes its type
    // any.
    const checked = tsc("-p", folder, "--pretty", "false", "--skipLibCheck", "false").split("\n")
    assert.deepStrictEqual(
      checked.filter((line) => line.includes("life-agent-os/dist")),
      []
    )
    // A wrong consumer must be seen, so that the check above proves something.
    writeFileSync(
      join(folder, "ports.ts"),
      'import { Life } from "life-agent-os"\nexport const life: string = Life.layer()\n'
    )
    assert.match(tsc("-p", folder, "--pretty", "false"), /ports\.ts\(2,14\): error TS2322/)
  })
})
