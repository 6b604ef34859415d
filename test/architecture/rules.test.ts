/** Every architecture rule on a good and on a bad snippet, so that a rule that sees nothing fails. */
import { assert, describe, it } from "@effect/vitest"
import { undocumented } from "./exports.js"
import * as Rules from "./rules.js"
import { scan } from "./source.js"

const accepts = (rule: Rules.Rule, path: string, text: string) =>
  assert.deepStrictEqual(rule(scan(path, text)), [], `${path} should be accepted`)

const refuses = (rule: Rules.Rule, path: string, text: string, message: RegExp) => {
  const findings = rule(scan(path, text))
  assert.strictEqual(findings.length, 1, `${path} should have one finding, has: ${findings.join("; ")}`)
  assert.match(findings[0] ?? "", message)
}

describe("importDirection", () => {
  const imports = (path: string) => `import { x } from "${path}"\n`

  it("importDirection lets imports go down", () => {
    accepts(Rules.importDirection, "src/layers/lago/a.ts", imports("../aios/index.js") + imports("effect"))
    accepts(Rules.importDirection, "src/layers/aios/a.ts", imports("./b.js"))
    accepts(Rules.importDirection, "src/actors/tick/act.ts", imports("../../machines/index.js"))
    accepts(Rules.importDirection, "src/Life.ts", imports("./layers/lago/index.js") + imports("./actors/index.js"))
    accepts(Rules.importDirection, "src/cli/main.ts", imports("../simulation/index.js"))
    accepts(Rules.importDirection, "src/machines/agent.ts", imports("xstate") + imports("../layers/aios/index.js"))
    accepts(Rules.importDirection, "src/machines/agent.ts", imports("xstate") + 'import { Schema } from "effect"\n')
    accepts(Rules.importDirection, "src/index.ts", imports("./Life.js"))
    accepts(Rules.importDirection, "src/Inspector.ts", imports("./server/a.js") + imports("./layers/vigil/index.js"))
    accepts(Rules.importDirection, "src/cli/main.ts", imports("../Inspector.js"))
    accepts(Rules.importDirection, "src/layers/arcan/a.ts", imports("./a.json"))
  })

  it("importDirection refuses imports that go up or sideways", () => {
    refuses(
      Rules.importDirection,
      "src/layers/aios/a.ts",
      imports("../lago/index.js"),
      /aios may not import layers\/lago/
    )
    refuses(Rules.importDirection, "src/layers/lago/a.ts", imports("../praxis/index.js"), /may not import/)
    refuses(Rules.importDirection, "src/machines/agent.ts", imports("../actors/mailbox.js"), /may not import/)
    refuses(Rules.importDirection, "src/actors/a.ts", imports("../layers/lago/index.js"), /may not import/)
    refuses(Rules.importDirection, "src/Life.ts", imports("./simulation/index.js"), /may not import/)
    refuses(Rules.importDirection, "src/server/a.ts", imports("../cli/main.js"), /may not import/)
    refuses(Rules.importDirection, "src/server/a.ts", imports("../Inspector.js"), /may not import Inspector/)
    refuses(Rules.importDirection, "src/Inspector.ts", imports("./cli/main.js"), /may not import cli/)
    refuses(Rules.importDirection, "src/actors/a.ts", imports("../index.js"), /may not import index/)
  })

  it("importDirection refuses packages in machines, files outside the house and imports without .js", () => {
    refuses(Rules.importDirection, "src/machines/agent.ts", imports("effect"), /machines are pure/)
    refuses(Rules.importDirection, "src/utils/a.ts", imports("effect"), /no floor/)
    refuses(Rules.importDirection, "src/utils/b.ts", "export const b = 1", /no floor/)
    refuses(Rules.importDirection, "src/actors/a.ts", imports("../../test/a.js"), /out of the house/)
    refuses(Rules.importDirection, "src/actors/a.ts", imports("./b"), /\.js ending/)
    refuses(Rules.importDirection, "src/actors/a.ts", imports("./b.ts"), /\.js ending/)
    refuses(Rules.importDirection, "src/actors/a.ts", imports("../layers/lago/a.json"), /\.js ending/)
  })
})

describe("oneFace", () => {
  const imports = (path: string) => `import { x } from "${path}"\n`

  it("oneFace refuses an import that reaches into another floor, and accepts its index and its own floor", () => {
    refuses(Rules.oneFace, "src/cli/a.ts", imports("../layers/lago/Blob.js"), /inside another floor/)
    accepts(
      Rules.oneFace,
      "src/cli/a.ts",
      imports("../layers/lago/index.js") + imports("../Life.js") + imports("effect")
    )
    accepts(Rules.oneFace, "src/actors/tick/a.ts", imports("../b.js"))
  })
})

describe("circlesOf", () => {
  it("circlesOf finds circles over several files, type imports included, and none where imports go down", () => {
    const file = (path: string, ...targets: ReadonlyArray<string>) =>
      scan(path, targets.map((target) => `import type { x } from "${target}"\n`).join(""))
    assert.deepStrictEqual(
      Rules.circlesOf([
        file("src/a.ts", "./b.js", "./d.js"),
        file("src/b.ts", "./c.js"),
        file("src/c.ts", "./a.js"),
        file("src/d.ts", "effect")
      ]),
      [["src/a.ts", "src/b.ts", "src/c.ts"]]
    )
    assert.deepStrictEqual(Rules.circlesOf([file("src/a.ts", "./b.js"), file("src/b.ts")]), [])
  })
})

describe("longestChain", () => {
  it("longestChain finds the longest way from file to file, and leaves other files out", () => {
    const file = (path: string, ...targets: ReadonlyArray<string>) =>
      scan(path, targets.map((target) => `import type { x } from "${target}"\n`).join(""))
    assert.deepStrictEqual(
      Rules.longestChain([
        file("src/a.ts", "./c.js", "./b.js"),
        file("src/b.ts", "./c.js"),
        file("src/c.ts", "./elsewhere.js", "effect")
      ]),
      ["src/a.ts", "src/b.ts", "src/c.ts"]
    )
  })
})

describe("foreignTests", () => {
  const file = (path: string, ...targets: ReadonlyArray<string>) =>
    scan(path, targets.map((target) => `import { x } from "${target}"\n`).join(""))

  it("foreignTests accepts a test that uses its own folder, the contract, the machines and fakes", () => {
    const test = file(
      "test/layers/lago/a.test.ts",
      "../../../src/layers/lago/index.js",
      "../../../src/layers/aios/index.js",
      "../../../src/machines/index.js",
      "../../support/ports.js"
    )
    const ports = file("test/support/ports.ts", "../../src/layers/aios/index.js")
    assert.deepStrictEqual(Rules.foreignTests([test, ports]), [])
  })

  it("foreignTests finds another subsystem, also through support files, and ignores tests of higher floors", () => {
    const far = file("test/layers/lago/a.test.ts", "../../support/world.js", "../../../src/layers/vigil/index.js")
    const world = file("test/support/world.ts", "../../src/actors/ActorSystem.js", "./story.js")
    const story = file("test/support/story.ts", "./world.js")
    const high = file("test/actors/a.test.ts", "../support/world.js")
    const machine = file("test/machines/a.test.ts", "life-agent-os")
    assert.deepStrictEqual(Rules.foreignTests([far, world, story, high, machine]), [
      "test/layers/lago/a.test.ts:1: uses actors, layers/vigil; use the fakes of test/support/ports.ts, or move it up",
      "test/machines/a.test.ts:1: uses index; use the fakes of test/support/ports.ts, or move it up"
    ])
  })
})

describe("fileSize", () => {
  it("fileSize refuses the first line too many", () => {
    accepts(Rules.fileSize, "src/a.ts", "\n".repeat(Rules.linesMax - 1) + "x\n")
    refuses(Rules.fileSize, "src/a.ts", "\n".repeat(Rules.linesMax) + "x\n", /401 lines/)
  })
})

describe("escapesHaveReasons", () => {
  it("escapesHaveReasons refuses any and casts through unknown without a comment beside them", () => {
    refuses(Rules.escapesHaveReasons, "src/a.ts", "const a: Array<any> = []", /the type any/)
    refuses(Rules.escapesHaveReasons, "src/a.ts", "const a = b as any", /the type any/)
    refuses(Rules.escapesHaveReasons, "src/a.ts", "/** A. */\nlet a: any = b", /the type any/)
    refuses(Rules.escapesHaveReasons, "src/a.ts", "const a = b as unknown as C", /cast through unknown/)
    accepts(Rules.escapesHaveReasons, "src/a.ts", "const a = b as any // the driver types this as unknown[]")
    accepts(Rules.escapesHaveReasons, "src/a.ts", "// the driver's type is wrong\nconst a = b as unknown as C")
    accepts(Rules.escapesHaveReasons, "src/a.ts", 'x.any(1); /* any */ const a = "any"; Schema.Any; { any: 1 }')
  })

  it("escapesHaveReasons refuses directives without a reason", () => {
    refuses(Rules.escapesHaveReasons, "src/a.ts", "// @ts-ignore\na()", /@ts-ignore without a reason/)
    refuses(Rules.escapesHaveReasons, "src/a.ts", "a() // oxlint-disable-line no-console", /oxlint-disable/)
    accepts(Rules.escapesHaveReasons, "src/a.ts", "// oxlint-disable-next-line no-console -- the last resort\na()")
    accepts(Rules.escapesHaveReasons, "src/a.ts", "// the overload is missing upstream\n// @ts-expect-error\na()")
  })
})

describe("nothingLeftOver", () => {
  it("nothingLeftOver refuses markers and stand-ins, and accepts speaking of them", () => {
    refuses(Rules.nothingLeftOver, "src/a.ts", "// TODO: later", /TODO/)
    refuses(Rules.nothingLeftOver, "src/a.ts", "/**\n * FIXME this\n */", /^src\/a\.ts:2: "FIXME"/)
    refuses(Rules.nothingLeftOver, "src/a.ts", "// a stub for now", /stub/)
    refuses(Rules.nothingLeftOver, "src/a.ts", 'throw new Error("not implemented")', /not implemented/)
    accepts(Rules.nothingLeftOver, "src/a.ts", '/** Lists the TODO and FIXME markers. */\nconst a = "TODO|FIXME"')
  })
})

describe("portableEffect", () => {
  it("portableEffect refuses forms that Effect 4 drops", () => {
    refuses(Rules.portableEffect, "src/a.ts", 'class A extends Effect.Service<A>()("a", {}) {}', /Effect\.Service/)
    refuses(Rules.portableEffect, "src/a.ts", 'class A extends Effect.Tag("a")<A, {}>() {}', /Effect\.Tag/)
    refuses(Rules.portableEffect, "src/a.ts", "FiberRef.get(a)", /FiberRef/)
    refuses(Rules.portableEffect, "src/a.ts", "a.pipe(Effect.catchAll(f))", /catchAll/)
    accepts(
      Rules.portableEffect,
      "src/a.ts",
      'a.pipe(Effect.catchTag("X", f), Effect.catchAllCause(g)) // Effect.Service'
    )
  })
})

describe("headComment", () => {
  it("headComment wants a comment of the file's own", () => {
    accepts(Rules.headComment, "src/a.ts", '/** What it is for. */\nimport "x"\n')
    accepts(
      Rules.headComment,
      "src/cli/main.ts",
      "#!/usr/bin/env node\n/** The command. */\n\n/** A. */\nconst a = 1\n"
    )
    refuses(Rules.headComment, "src/a.ts", 'import "x"\n/** A. */\nconst a = 1\n', /open the file/)
    refuses(Rules.headComment, "src/a.ts", "/** A. */\nexport const a = 1\n", /open the file/)
  })
})

describe("vocabularyOnce", () => {
  const modes = `const modes = ["Explore", "Execute", "Verify", "Recover", "AskHuman", "Sleep"]`

  it("vocabularyOnce refuses a second list of the modes, and accepts naming some of them", () => {
    refuses(Rules.vocabularyOnce, "src/actors/a.ts", modes, /operatingModes/)
    refuses(Rules.vocabularyOnce, "src/actors/a.ts", modes.replaceAll(",", " |"), /operatingModes/)
    accepts(Rules.vocabularyOnce, "src/machines/agent.ts", modes)
    accepts(Rules.vocabularyOnce, "src/actors/a.ts", modes.replaceAll(",", "].concat("))
    accepts(Rules.vocabularyOnce, "src/actors/a.ts", 'if (mode === "Sleep" || mode === "Verify") {}')
  })
})

describe("undocumented", () => {
  const check = (files: Record<string, string>) =>
    undocumented(new Map(Object.entries(files).map(([path, text]) => [path, scan(path, text)])), "src/index.ts")

  it("undocumented follows re-exports to the declarations and reports those without tags", () => {
    assert.deepStrictEqual(
      check({
        "src/index.ts": 'export * from "./a.js"\nexport { d as e } from "./b.js"\nexport type { Z } from "effect"\n',
        "src/a.ts":
          "/** A.\n * @since 0.1.0\n * @category models\n */\nexport const a = 1\nexport const b = 2\nconst c = 3\n",
        "src/b.ts": "/** D. @since 0.1.0 */\nconst d = 1\nexport { d }\nexport const hidden = 2\n"
      }),
      [
        "src/a.ts:6: b is public: give it a doc comment with @since and @category",
        "src/b.ts:2: d is public: give it a doc comment with @since and @category"
      ]
    )
  })

  it("undocumented follows a name through two barrels", () => {
    assert.deepStrictEqual(
      check({
        "src/index.ts": 'export { x } from "./mid.js"\n',
        "src/mid.ts": 'export { y as x, other } from "./end.js"\n',
        "src/end.ts": "export const y = 1\nexport const other = 2\n"
      }),
      ["src/end.ts:1: y is public: give it a doc comment with @since and @category"]
    )
  })

  it("undocumented reports a re-export from nowhere", () => {
    assert.deepStrictEqual(check({ "src/index.ts": 'export * from "./gone.js"\n' }), [
      "src/gone.ts:1: is exported from but does not exist"
    ])
  })
})
