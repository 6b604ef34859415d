import { assert, describe, it } from "@effect/vitest"
import { existsSync, readFileSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { afterEach, beforeEach } from "vitest"
import * as Script from "../support/anthropicServer.js"
import * as OpenAi from "../support/openAiServer.js"
import { eventOf, isEvent, life, start, workspace } from "./command.js"

let place: ReturnType<typeof workspace>
beforeEach(() => {
  place = workspace()
})
afterEach(() => place[Symbol.dispose]())

const linesOf = (text: string): ReadonlyArray<string> => text.split("\n").filter((line) => line !== "")

describe("life run", () => {
  it("life run surveys the workspace without a key and says where everything is", { timeout: 60_000 }, async () => {
    const { code, stdout, stderr } = await life(["run", "--session", "first", ...place.at])
    assert.strictEqual(stderr, "")
    assert.strictEqual(code, 0)
    assert.match(readFileSync(place.report, "utf8"), /src\/index\.ts:1/)
    assert.match(stdout, /provider +scout \(.*ANTHROPIC_API_KEY is not set\)/)
    assert.match(stdout, /perceive orient decide act\(tools\) observe learn regulate report/)
    assert.match(stdout, /ok +write_file path=life-report\.md/)
    assert.match(stdout, /mode +Explore -> Execute: /)
    assert.include(stdout, `wrote       ${place.report}`)
    assert.include(stdout, "unverified  /life-report.md")
    assert.include(stdout, `journal     ${place.data}`)
    assert.include(stdout, `life log first --data-dir ${place.data}`)
  })

  it("life run prints nothing but events with --json, every one of them once", { timeout: 60_000 }, async () => {
    const { code, stdout } = await life(["run", "--json", "--session", "s", ...place.at])
    assert.strictEqual(code, 0)
    const sequences = linesOf(stdout).map((line) => eventOf(line).sequence)
    const stored = await life(["log", "s", "--json", ...place.at])
    assert.strictEqual(stdout, stored.stdout)
    assert.deepStrictEqual(
      sequences,
      sequences.map((_, index) => index + 1)
    )
  })

  it("life run replaces its report, and nothing else without an approval", { timeout: 120_000 }, async () => {
    writeFileSync(place.report, "an older report")
    const asked = await life(["run", ...place.at])
    assert.strictEqual(asked.code, 0, asked.stderr)
    assert.match(asked.stdout, /approved by cli: the objective names life-report\.md as the report/)

    writeFileSync(place.report, "something else by now")
    const waiting = await life(["run", "Look around", "--session", "w", ...place.at])
    assert.strictEqual(waiting.code, 3)
    assert.include(waiting.stderr, "write_file wants fs:overwrite:/life-report.md (risk high)")
    assert.include(waiting.stderr, `life run --session w --resume --yes --data-dir ${place.data}`)
    assert.strictEqual(readFileSync(place.report, "utf8"), "something else by now")

    const busy = await life(["run", "Something new", "--session", "w", ...place.at])
    assert.strictEqual(busy.code, 1)
    assert.match(busy.stderr, /busy.*--resume/)

    const stillWaiting = await life(["run", "--resume", ...place.at])
    assert.strictEqual(stillWaiting.code, 3, stillWaiting.stderr)

    const resumed = await life(["run", "--session", "w", "--resume", "--yes", ...place.at])
    assert.strictEqual(resumed.code, 0, resumed.stderr)
    assert.match(resumed.stdout, /approved by cli: --yes/)
    assert.match(readFileSync(place.report, "utf8"), /^# Workspace report/)
  })

  it("life run writes the report where --report says", { timeout: 60_000 }, async () => {
    const { code, stderr } = await life(["run", "--report", "docs/found.md", ...place.at])
    assert.strictEqual(code, 0, stderr)
    assert.isTrue(existsSync(join(place.tree, "docs/found.md")))
    assert.isFalse(existsSync(place.report))
    const outside = await life(["run", "--report", "../found.md", ...place.at])
    assert.strictEqual(outside.code, 2)
  })

  it("life run, killed in the middle and resumed, ends with the same report", { timeout: 120_000 }, async () => {
    using other = workspace()
    assert.strictEqual((await life(["run", ...other.at])).code, 0)
    const running = start(["run", "--session", "k", "--json", ...place.at])
    await running.line(isEvent("ToolCall"))
    running.kill("SIGKILL")
    assert.strictEqual((await running.ended).code, null)
    const resumed = await life(["run", "--resume", "--json", ...place.at])
    assert.strictEqual(resumed.code, 0, resumed.stderr)
    assert.isTrue(linesOf(resumed.stdout).some(isEvent("SessionResumed")))
    assert.strictEqual(readFileSync(place.report, "utf8"), readFileSync(other.report, "utf8"))
    assert.strictEqual((await life(["replay", "k", ...place.at])).code, 0)
    assert.strictEqual((await life(["verify", "k", ...place.at])).code, 0)
  })

  it("life run ends with a budget that is used up, and says which", { timeout: 60_000 }, async () => {
    const { code, stderr } = await life(["run", "--budget-ticks", "2", ...place.at])
    assert.strictEqual(code, 1)
    assert.match(stderr, /^life: .*--budget-ticks\n$/)
  })

  it("life run takes the objective from a file or the standard input", { timeout: 120_000 }, async () => {
    const file = join(place.root, "objective.txt")
    writeFileSync(file, "Which files are the largest?")
    const fromFile = await life(["run", "--objective-file", file, ...place.at])
    assert.match(fromFile.stdout, /objective +Which files are the largest\?/)
    const fromStdin = await life(["run", "--objective-file", "-", ...place.at], { stdin: "What is in the README?" })
    assert.match(fromStdin.stdout, /objective +What is in the README\?/)
  })
})

describe("life run on Anthropic's API", () => {
  it("life run prints the text as it streams in and counts tokens and dollars", { timeout: 60_000 }, async () => {
    const server = await Script.startAnthropicServer(Script.defaultScript)
    const env = { ANTHROPIC_API_KEY: "sk-test", ANTHROPIC_BASE_URL: server.url }
    const { code, stdout, stderr } = await life(["run", "Look around", ...place.at], { env })
    await server.close()
    assert.strictEqual(code, 0, stderr)
    assert.match(stdout, /provider +anthropic \(because ANTHROPIC_API_KEY is set\)/)
    assert.strictEqual(stdout.split("I have looked at the workspace.").length, 2)
    assert.match(stdout, /34 tokens, \$0\.0/)
  })

  it("Ctrl-C cancels life run in the middle of an answer: exit 130, journal closed", { timeout: 60_000 }, async () => {
    const server = await Script.startAnthropicServer([Script.hang(Script.messageStart(), ...Script.text(0, "Well"))])
    const env = { ANTHROPIC_API_KEY: "sk-test", ANTHROPIC_BASE_URL: server.url }
    const running = start(["run", "Look around", "--session", "c", ...place.at], { env })
    const request = await server.received(0)
    running.kill("SIGINT")
    const { code, stderr } = await running.ended
    assert.strictEqual(await request.closedEarly, true)
    await server.close()
    assert.strictEqual(code, 130)
    assert.strictEqual(stderr, "life: interrupted by SIGINT\n")
    const log = await life(["log", "c", "--kind", "RunFinished", "--json", ...place.at])
    assert.match(log.stdout, /"reason":"cancelled"/)
  })

  it("life run refuses a second process on the same data directory, and goes on", { timeout: 60_000 }, async () => {
    const server = await Script.startAnthropicServer([
      async (response, request) => {
        const second = await life(["run", ...place.at])
        assert.strictEqual(second.code, 1)
        assert.match(second.stderr, new RegExp(`process ${running.pid}`))
        const reader = await life(["log", "one", ...place.at])
        assert.strictEqual(reader.code, 0, reader.stderr)
        await Script.says("Done.")(response, request)
      }
    ])
    const env = { ANTHROPIC_API_KEY: "sk-test", ANTHROPIC_BASE_URL: server.url }
    const running = start(["run", "Look around", "--session", "one", ...place.at], { env })
    const { code, stderr } = await running.ended
    await server.close()
    assert.strictEqual(code, 0, stderr)
  })
})

describe("life run on other providers", () => {
  const thinking = OpenAi.delta({ reasoning_content: "Hm, a folder." })

  it("life run thinks with OpenAI's API, and shows thoughts on request", { timeout: 60_000 }, async () => {
    const server = await OpenAi.startOpenAiServer(({ messages = [] }) =>
      messages.at(-1)?.role === "tool"
        ? OpenAi.stream(OpenAi.opening, thinking, ...OpenAi.text("I have ", "looked."), ...OpenAi.ending("stop"))
        : OpenAi.calls(`call_${messages.length}`, "list_dir", { path: "." })
    )
    const env = { OPENAI_API_KEY: "sk-proj-secret-0123456789", OPENAI_BASE_URL: `${server.url}/v1` }
    const args = ["run", "Look around", "--provider", "openai", "--model", "gpt-5-mini"]
    const { code, stdout, stderr } = await life([...args, ...place.at], { env })
    assert.strictEqual(code, 0, stderr)
    assert.match(stdout, /provider +openai \(as --provider says\)/)
    assert.match(stdout, /run \w+, model gpt-5-mini/)
    assert.strictEqual(stdout.split("I have looked.").length, 2)
    assert.notInclude(stdout, "Hm, a folder.")
    assert.match(stdout, /34 tokens, \$0\.0/)
    const verbose = await life([...args, "--verbose", ...place.at], { env })
    await server.close()
    assert.match(verbose.stdout, /Hm, a folder\.\nI have looked\./)
    assert.notInclude(verbose.stdout + verbose.stderr, "secret")
  })

  it("life run falls back on Ollama when OpenAI fails, and resumes with it", { timeout: 120_000 }, async () => {
    const broken = await OpenAi.startOpenAiServer(() => OpenAi.failure(401, { message: "who are you" }))
    const server = await OpenAi.startOpenAiServer(OpenAi.defaultScript)
    const env = {
      OPENAI_API_KEY: "sk-proj-0123456789",
      OPENAI_BASE_URL: `${broken.url}/v1`,
      OLLAMA_BASE_URL: `${server.url}/v1`,
      OLLAMA_CONTEXT_LENGTH: "32768"
    }
    const fallback = ["--fallback", "ollama:llama3.2:3b"]
    const args = ["run", "Look around", "--provider", "openai", ...fallback, "--session", "f", "--json", ...place.at]
    const running = start(args, { env })
    await running.line(isEvent("ToolCall"))
    running.kill("SIGKILL")
    await running.ended
    const { code, stdout, stderr } = await life(["run", "--resume", ...fallback, ...place.at], { env })
    await Promise.all([broken.close(), server.close()])
    assert.strictEqual(code, 0, stderr)
    assert.match(stdout, /provider +openai \(as the run began\), falling back on ollama:llama3\.2:3b/)
    assert.include(stdout, "I have looked at the workspace.")
    assert.match(stderr, /the model openai:gpt-5\.2 did not answer \(Authentication\)/)
    const log = await life(["log", "f", "--kind", "AssistantMessage", "--json", ...place.at])
    assert.include(log.stdout, '"fallback":{"from":"openai:gpt-5.2","reason":"Authentication"}')
    assert.strictEqual(server.requests[0]?.body.model, "llama3.2:3b")
  })
})
