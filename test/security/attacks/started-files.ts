import { assert } from "@effect/vitest"
import { Effect } from "effect"
import { existsSync } from "node:fs"
import { join } from "node:path"
import { pathScope } from "../../../src/layers/aios/index.js"
import { attack, attempt } from "../attack.js"

const paths = [
  ".bashrc",
  "home/.zshenv",
  ".ssh/authorized_keys",
  ".config/life/life.toml",
  ".config/autostart/x.desktop",
  ".git/hooks/pre-commit",
  ".gitattributes",
  ".GitHub/workflows/ci.yml",
  ".gitlab-ci.yml",
  ".husky/pre-commit",
  ".vscode/tasks.json",
  ".envrc",
  ".env",
  "sub/AGENTS.md",
  "Claude.md",
  "life.toml",
  "packages/a/package.json",
  ".npmrc",
  "etc/cron.d/job",
  ".cursor/rules/a.mdc",
  ".pre-commit-config.yaml",
  "lib/sitecustomize.py",
  "evil/HEAD",
  ".\u00dfh/authorized_keys",
  "pac\u00adkage.json",
  ".env\ufe0f",
  ".clinerules/a.md",
  "a.code-workspace",
  ".yarn/releases/yarn.cjs"
]

export default attack(
  "a new file that something runs or obeys is not written without a person",
  Effect.forEach(paths, (path) =>
    Effect.gen(function* () {
      const { asked, results, root } = yield* attempt({ calls: [["write_file", { path, content: "evil" }]] })
      assert.isFalse(existsSync(join(root, path)), path)
      assert.notStrictEqual(results[0]?.status, "ok", path)
      // Nothing below .git is written at all.
      if (!path.startsWith(".git/")) assert.include(asked[0]?.capabilities ?? [], `exec:file:${pathScope(path)}`)
    })
  )
)
