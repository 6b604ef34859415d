/** Secrets of every family in everything that an agent meets, and a search for them in everything that leaves the process. */
import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { mkdirSync, readFileSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import * as Script from "../support/anthropicServer.js"
import { canaryText, shownIn } from "../support/canaries.js"
import { collecting } from "../support/collector.js"
import { receiver } from "../support/receiver.js"
import { life, sha256Of, workspace } from "./command.js"

const pieces = (text: string, length: number): ReadonlyArray<string> =>
  text.match(new RegExp(`[^]{1,${length}}`, "g")) ?? []

const memory = {
  scope: "session",
  entries: [{ content: `The keys are ${canaryText.slice(0, 400)}` }]
}

/** A model that reads the secrets, puts them into arguments, a memory and a file that is there, and tells them. */
const script: Script.Script = ({ messages = [] }) => {
  const round = messages.filter(({ role }) => role === "assistant").length
  const call = (input: unknown, tool: string) =>
    Script.stream(
      Script.messageStart(),
      ...Script.text(0, ...pieces(`Found:\n${canaryText}\nso far.`, 7)),
      ...Script.toolUse(1, `toolu_${round}`, tool, JSON.stringify(input)),
      ...Script.messageEnd("tool_use")
    )
  const calls: ReadonlyArray<readonly [input: unknown, tool: string]> = [
    [{ path: "secrets.txt" }, "read_file"],
    [{ pattern: canaryText.split("\n")[0] }, "grep"],
    [{ path: "." }, "list_dir"],
    [{ pattern: "**" }, "glob"],
    [memory, "memory_propose"],
    [{ path: "secrets.txt", content: `${canaryText}\nnew\n`, sha256: sha256Of(`${canaryText}\n`) }, "write_file"]
  ]
  const next = calls[round]
  return next === undefined ? Script.says(...pieces(`All of them:\n${canaryText}\nDone.`, 5)) : call(...next)
}

const isClean = (what: string, text: string): void => {
  assert.isAbove(text.length, 0, what)
  assert.deepStrictEqual(shownIn(text), [], `${what}:\n${text}`)
}

describe("secrets", { timeout: 240_000 }, () => {
  it("secrets are masked in all that leaves the process: output, log, spans, collector and inspector", () =>
    Effect.runPromise(
      Effect.scoped(
        Effect.gen(function* () {
          using place = workspace()
          writeFileSync(join(place.tree, "secrets.txt"), `${canaryText}\n`)
          const objective = join(place.root, "objective.txt")
          writeFileSync(objective, `Use these:\n${canaryText}`)
          const spans = join(place.root, "spans.jsonl")
          const collector = yield* collecting()
          const inspector = yield* receiver()
          const server = yield* Effect.promise(() => Script.startAnthropicServer(script))
          const env = {
            ANTHROPIC_API_KEY: "sk-ant-test-0123456789abcdef",
            ANTHROPIC_BASE_URL: server.url,
            LIFE_CAPTURE_CONTENT: "true",
            OTEL_EXPORTER_OTLP_ENDPOINT: collector.url
          }
          const command = (args: ReadonlyArray<string>) => Effect.promise(() => life([...args, ...place.at], { env }))
          const parked = yield* command([
            "run",
            "--verbose",
            "--session=s",
            `--objective-file=${objective}`,
            `--trace=file=${spans}`,
            `--inspect=${inspector.url}`
          ])
          assert.strictEqual(parked.code, 3, parked.stdout + parked.stderr)
          isClean("life run", parked.stdout + parked.stderr)
          isClean("spans", readFileSync(spans, "utf8"))
          isClean("inspector", JSON.stringify(inspector.messages))
          const approving = yield* command(["state", "s"])
          assert.include(approving.stdout, "    +new")
          isClean("life state", approving.stdout)
          const resumed = yield* command([
            "run",
            "--session=s",
            "--resume",
            "--yes",
            "--log-format=json",
            "--log-level=debug",
            "--trace=otlp"
          ])
          assert.strictEqual(resumed.code, 0, resumed.stderr)
          assert.include(resumed.stdout, "Done.")
          isClean("life run --resume", resumed.stdout + resumed.stderr)
          isClean("collector", JSON.stringify(collector.requests.map(({ body }) => body)))
          for (const args of [["log", "s"], ["state", "s"], ["replay", "s"], ["sessions"]]) {
            for (const json of [[], ["--json"]]) {
              const { code, stderr, stdout } = yield* command([...args, ...json])
              assert.strictEqual(code, 0, stderr)
              isClean(`life ${args[0]} ${json.join("")}`, stdout + stderr)
            }
          }
          // The journal keeps the truth, for the agent and for a reader who asks for it.
          const raw = yield* command(["log", "s", "--json", "--show-secrets"])
          assert.isAbove(shownIn(raw.stdout.replaceAll("\\n", "\n").replaceAll('\\"', '"')).length, 35)
          const open = yield* command(["run", "Again", "--session", "t", "--json", "--show-secrets"])
          assert.isAbove(shownIn(open.stdout).length, 30)
          yield* Effect.promise(() => server.close())
        })
      )
    ))

  it("secrets are masked in the error of a server, in paths and in arguments of the command", async () => {
    using place = workspace()
    const server = await Script.startAnthropicServer(() => Script.failure(400, "invalid_request_error", canaryText))
    const env = { ANTHROPIC_API_KEY: "sk-ant-test-0123456789abcdef", ANTHROPIC_BASE_URL: server.url }
    for (const format of ["pretty", "json"]) {
      const args = ["run", "Look", "--verbose", "--log-format", format]
      const refused = await life([...args, ...place.at], { env })
      assert.strictEqual(refused.code, 1)
      isClean("life run", refused.stdout + refused.stderr)
    }
    await server.close()
    const [key = ""] = canaryText.split("\n")
    const tree = join(place.root, key)
    mkdirSync(tree)
    const named = await life(["run", `Use ${key}`, "--session", "s", "--workspace", tree])
    isClean("a path", named.stdout + named.stderr)
    for (const args of [["log", key, ...place.at], ["run", "--provider", key], [key]]) {
      const { stderr } = await life(args)
      isClean(args.join(" "), stderr)
    }
  })
})
