import { assert, describe, it } from "@effect/vitest"
import { createServer } from "node:http"
import { join } from "node:path"
import { afterAll, beforeAll } from "vitest"
import { type WebSocket, WebSocketServer } from "ws"
import { life, start, type workspace } from "./command.js"
import { surveyed } from "./surveyed.js"

let place: ReturnType<typeof workspace>
beforeAll(async () => {
  place = await surveyed()
}, 120_000)
afterAll(() => place[Symbol.dispose]())

const urlIn = (line: string): string => /http:\/\/\S+/.exec(line)?.[0] ?? ""
const api = (url: string, path: string): string => url.replace("/?", `${path}?`)

describe("life inspect", { timeout: 120_000 }, () => {
  it("life inspect prints where its page and its stream are, serves past sessions, and ends at Ctrl-C", async () => {
    const running = start(["inspect", "survey-1", ...place.at])
    const url = urlIn(await running.line((line) => line.startsWith("page ")))
    assert.match(await running.line((line) => line.startsWith("stream ")), /ws:\/\/127\.0\.0\.1:\d+\/stream\?token=/)
    assert.strictEqual((await fetch(url)).status, 200)
    assert.include(await (await fetch(api(url, "/api/sessions"))).text(), '"sessionId":"survey-1"')
    running.kill("SIGINT")
    const { code, stderr } = await running.ended
    assert.strictEqual(code, 130)
    assert.include(stderr, "the messages of Stately's inspector")
  })

  it("life inspect listens on the port it is given, and says so when that is taken", async () => {
    const taken = createServer().listen(0, "127.0.0.1")
    await new Promise((resolve) => taken.once("listening", resolve))
    const address = taken.address()
    const port = String(typeof address === "object" && address !== null ? address.port : 0)
    const inUse = await life(["inspect", "--port", port, ...place.at])
    assert.strictEqual(inUse.code, 1)
    assert.include(inUse.stderr, `cannot listen on 127.0.0.1:${port}: another process does`)
    await new Promise((resolve) => taken.close(resolve))
    const running = start(["inspect", "--port", port, ...place.at])
    assert.include(await running.line((line) => line.startsWith("page ")), `127.0.0.1:${port}/`)
    running.kill("SIGTERM")
    assert.strictEqual((await running.ended).code, 143)
  })

  it("life inspect refuses impossible ports, unknown sessions, and folders without a journal", async () => {
    for (const port of ["99999", "1.5"]) {
      const { code, stderr } = await life(["inspect", `--port=${port}`, ...place.at])
      assert.strictEqual(code, 2)
      assert.match(stderr, /--port takes a/)
    }
    const unknown = await life(["inspect", "survey-2", ...place.at])
    assert.strictEqual(unknown.code, 1)
    assert.match(unknown.stderr, /there is no session "survey-2".*Did you mean survey-1\?/)
    const nowhere = await life(["inspect", "--data-dir", join(place.root, "nowhere")])
    assert.strictEqual(nowhere.code, 1)
    assert.match(nowhere.stderr, /There is no journal at/)
  })

  it("life inspect says so when no browser can be opened", async () => {
    const running = start(["inspect", "--open", ...place.at], { env: { PATH: "/nonexistent" } })
    const note = await running.note((line) => line.includes("browser"))
    assert.match(note, /cannot open a browser \(.*ENOENT\); open the address yourself/)
    running.kill("SIGINT")
    assert.strictEqual((await running.ended).code, 130)
  })
})

describe("life run --inspect", { timeout: 120_000 }, () => {
  it("life run --inspect says on the standard error where to watch, and runs as it would without", async () => {
    const { code, stderr, stdout } = await life([
      "run",
      "--inspect",
      "--session",
      "watched-1",
      "--json",
      "--yes",
      ...place.at
    ])
    assert.strictEqual(code, 0, stderr)
    assert.match(stderr, /watch the run at http:\/\/127\.0\.0\.1:\d+\/\?token=/)
    for (const line of stdout.trimEnd().split("\n")) JSON.parse(line)
  })

  it("life run --inspect sends Stately's messages to the WebSocket server it is given", async () => {
    const server = new WebSocketServer({ host: "127.0.0.1", port: 0 })
    await new Promise((resolve) => server.once("listening", resolve))
    const messages: Array<{ readonly type: string }> = []
    server.on("connection", (socket: WebSocket) => {
      socket.on("message", (data) => messages.push(JSON.parse(String(data))))
    })
    const address = server.address()
    const port = typeof address === "object" && address !== null ? address.port : 0
    const inspect = `--inspect=ws://127.0.0.1:${port}`
    const { code, stderr } = await life(["run", inspect, "--session", "watched-2", "--yes", ...place.at])
    assert.strictEqual(code, 0, stderr)
    assert.includeMembers(
      messages.map(({ type }) => type),
      ["@xstate.actor", "@xstate.event", "@xstate.snapshot"]
    )
    server.close()
  })

  it("life run --inspect keeps its page after the run until Ctrl-C, and ends as the run did", async () => {
    const running = start(["run", "--inspect", "--session", "watched-3", "--yes", ...place.at], { terminal: true })
    const url = urlIn(await running.line((line) => line.includes("watch the run at")))
    await running.line((line) => line.includes("its page stays"))
    assert.strictEqual((await fetch(url)).status, 200)
    assert.include(await (await fetch(api(url, "/api/sessions"))).text(), '"sessionId":"watched-3"')
    running.type("\u0003")
    assert.strictEqual((await running.ended).code, 0)
  })

  it("life run --inspect opens a page in a browser only where there is one", async () => {
    const { code, stderr } = await life(["run", "--open", ...place.at])
    assert.strictEqual(code, 2)
    assert.match(stderr, /--open goes with --inspect/)
  })

  it("life run --inspect refuses an address that is no WebSocket server", async () => {
    for (const value of ["http://127.0.0.1:1", "8080"]) {
      const { code, stderr } = await life(["run", `--inspect=${value}`, ...place.at])
      assert.strictEqual(code, 2)
      assert.match(stderr, /--inspect=ws:\/\/127\.0\.0\.1:8080/)
    }
  })
})
