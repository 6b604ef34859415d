import { assert, describe, it } from "@effect/vitest"
import { Effect, Exit, Layer, Scope } from "effect"
import { mkdtempSync } from "node:fs"
import { connect as connectTcp, createServer } from "node:net"
import { networkInterfaces, tmpdir } from "node:os"
import { join } from "node:path"
import { layerServer, type LayerServerOptions } from "../../../src/server/inspector/index.js"
import { ask, assets, connect, json, listening } from "./support.js"

const start = (options: LayerServerOptions = {}) =>
  Effect.gen(function* () {
    const place = listening()
    yield* Layer.build(layerServer({ assets, onListening: place.onListening, ...options }))
    return place.address
  })

const foreign = { origin: "https://example.com" }

describe("the inspector's server", { timeout: 60_000 }, () => {
  it.scopedLive("the inspector's server answers no request without the token, and says what is wrong", () =>
    Effect.gen(function* () {
      const address = yield* start()
      for (const path of ["/", "/api/sessions", "/api/machine", "/assets/x/main.js", "/stream", "/nothing"]) {
        const { headers, status, text } = yield* ask(address, path, { token: "" })
        assert.strictEqual(status, 403, path)
        assert.match(text, /the token is (missing|wrong): open the/)
        assert.match(String(headers["content-security-policy"]), /^default-src 'none'; script-src 'self'/)
        assert.strictEqual(headers["x-content-type-options"], "nosniff")
      }
      const wrong = yield* ask(address, "/api/sessions", { token: "A".repeat(32) })
      assert.strictEqual(wrong.status, 403)
      assert.match(wrong.text, /the token is wrong/)
      assert.strictEqual((yield* ask(address, "/api/sessions")).status, 200)
    })
  )

  it.scopedLive("the inspector's server gives its page with the strictest rules, and only under the token", () =>
    Effect.gen(function* () {
      const address = yield* start()
      const { headers, status, text } = yield* ask(address, "/")
      assert.strictEqual(status, 200)
      assert.match(String(headers["content-type"]), /^text\/html/)
      assert.match(String(headers["content-security-policy"]), /frame-ancestors 'none'/)
      assert.strictEqual(headers["referrer-policy"], "no-referrer")
      assert.notMatch(text, /https?:|<script>|style=|\son\w+="/)
      const files = [...text.matchAll(/(?:src|href)="([^"]+)"/g)].map(([, file]) => file ?? "")
      assert.isAbove(files.length, 10)
      for (const file of files) {
        const asset = yield* ask(address, `/${file}`, { token: "" })
        assert.strictEqual(asset.status, 200, file)
        assert.strictEqual((yield* ask(address, `/${file.replace(/[\w-]{32}/, "x")}`, { token: "" })).status, 403)
      }
    })
  )

  it.scopedLive("the inspector's server refuses other origins and host names, on every path and the stream", () =>
    Effect.gen(function* () {
      const address = yield* start()
      const { port, streamUrl } = address
      for (const path of ["/", "/api/sessions", "/stream"]) {
        const crossSite = yield* ask(address, path, { headers: foreign })
        assert.strictEqual(crossSite.status, 403)
        assert.match(crossSite.text, /pages of https:\/\/example.com may not read this server/)
        for (const host of ["evil.example", `evil.example:${port}`, "127.0.0.1", `127.0.0.1:${port + 1}`]) {
          const rebound = yield* ask(address, path, { headers: { host } })
          assert.strictEqual(rebound.status, 403, host)
          assert.include(rebound.text, `127.0.0.1:${port} only`)
        }
      }
      const own = { origin: `http://127.0.0.1:${port}` }
      assert.strictEqual((yield* ask(address, "/api/sessions", { headers: own })).status, 200)
      assert.strictEqual((yield* ask(address, "/", { headers: { host: `localhost:${port}` } })).status, 200)
      for (const [url, headers] of [
        [streamUrl, foreign],
        [streamUrl.replace(/token=.*/, "token=wrong"), {}],
        [streamUrl.replace(/\?.*/, ""), {}]
      ] as const) {
        const viewer = yield* connect(url, headers)
        assert.strictEqual(yield* viewer.closed, 1006)
        assert.deepStrictEqual(viewer.frames, [])
      }
    })
  )

  it.scopedLive("the inspector's server says what is not there", () =>
    Effect.gen(function* () {
      const address = yield* start()
      for (const [path, status, message] of [
        ["/nothing", 404, /nothing at this address/],
        ["/api/sessions/nobody/messages", 404, /there is no session \\"nobody\\"/],
        ["/api/sessions/nobody/at/1", 404, /there is no session/],
        ["/api/sessions/nobody/at/one", 400, /a sequence is a whole number, not \\"one\\"/],
        ["/api/sessions/nobody/at/-1", 400, /whole number/],
        ["/api/sessions/nobody/messages?limit=0", 400, /limit is not 0/],
        ["/api/sessions/nobody/messages?only=all", 400, /event or snapshot/],
        ["/stream", 426, /WebSocket/]
      ] as const) {
        const answer = yield* ask(address, path)
        assert.strictEqual(answer.status, status, path)
        assert.match(answer.text, message)
      }
      for (const name of ["..%2fguard.js", "%2e%2e%2f%2e%2e%2fpackage.json", "tsconfig.json", "index.html"]) {
        const token = new URL(address.url).searchParams.get("token") ?? ""
        assert.strictEqual((yield* ask(address, `/assets/${token}/${name}`, { token: "" })).status, 404, name)
      }
    })
  )

  it.scopedLive("the inspector's server answers a malformed upgrade", () =>
    Effect.gen(function* () {
      const { port, streamUrl } = yield* start()
      const token = streamUrl.split("token=")[1]
      const answer = yield* Effect.async<string>((resume) => {
        const socket = connectTcp(port, "127.0.0.1", () =>
          socket.write(
            `GET /stream?token=${token} HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\nConnection: Upgrade\r\n` +
              "Upgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: short\r\n\r\n"
          )
        )
        socket.once("data", (data) => {
          resume(Effect.succeed(String(data)))
          socket.destroy()
        })
      })
      assert.match(answer, /^HTTP\/1\.1 426 /)
    })
  )

  it.scopedLive("the inspector's server listens on the loopback only", () =>
    Effect.gen(function* () {
      const { port } = yield* start()
      const others = Object.values(networkInterfaces())
        .flatMap((addresses = []) => addresses)
        .filter(({ family, internal }) => family === "IPv4" && !internal)
      for (const { address } of others) {
        const outcome = yield* Effect.async<string>((resume) => {
          const socket = connectTcp(port, address)
          socket.once("connect", () => resume(Effect.succeed("connected")))
          socket.once("error", ({ message }) => resume(Effect.succeed(message)))
        })
        assert.match(outcome, /ECONNREFUSED/)
      }
    })
  )

  it.scopedLive("the inspector's server fails with a taken port, with an impossible one, and without its page", () =>
    Effect.gen(function* () {
      const taken = createServer()
      yield* Effect.async<void>((resume) => {
        taken.listen(0, "127.0.0.1", () => resume(Effect.void))
      })
      yield* Effect.addFinalizer(() => Effect.sync(() => taken.close()))
      const address = taken.address()
      const port = typeof address === "object" && address !== null ? address.port : 0
      const failure = (options: LayerServerOptions) => Effect.flip(start(options))
      const inUse = yield* failure({ port })
      assert.strictEqual(inUse.reason, "PortInUse")
      assert.include(inUse.message, `127.0.0.1:${port}: another process does`)
      for (const wrong of [-1, 65_536, 1.5, Number.NaN]) {
        assert.strictEqual((yield* failure({ port: wrong })).reason, "PortInvalid")
      }
      const missing = yield* failure({ assets: mkdtempSync(join(tmpdir(), "life-page-")) })
      assert.strictEqual(missing.reason, "AssetMissing")
      assert.match(
        missing.message,
        /index\.html, main\.js, resume\.js, style\.css, machine\.json is missing.*npm run build/
      )
    })
  )

  it.scopedLive("the inspector's server ends at once, also while viewers are connected", () =>
    Effect.gen(function* () {
      const scope = yield* Scope.make()
      const address = yield* Scope.extend(start(), scope)
      const viewer = yield* connect(address.streamUrl)
      yield* viewer.opened
      yield* json(address, "/api/sessions")
      yield* Scope.close(scope, Exit.void).pipe(
        Effect.timeoutFail({ duration: "5 seconds", onTimeout: () => "the server does not end" })
      )
      yield* viewer.closed
    })
  )
})
