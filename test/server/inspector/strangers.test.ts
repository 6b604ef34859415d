/** Connections and requests without the token: none of them keeps out a viewer, harms the process, or gets a bare answer. */
import { assert, describe, it } from "@effect/vitest"
import { Effect, Layer } from "effect"
import { connect as connectTcp, type Socket } from "node:net"
import { Limits } from "../../../src/layers/aios/index.js"
import { type InspectorAddress, layerServer } from "../../../src/server/inspector/index.js"
import { ask, assets, connect, json, listening } from "./support.js"

const start = Effect.gen(function* () {
  const place = listening()
  yield* Layer.build(layerServer({ assets, onListening: place.onListening }))
  return place.address
})

const tokenOf = ({ url }: InspectorAddress): string => new URL(url).searchParams.get("token") ?? ""

/** Opens connections that say nothing. */
const idle = ({ port }: InspectorAddress, count: number, localAddress = "127.0.0.1") =>
  Effect.acquireRelease(
    Effect.promise(() =>
      Promise.all(
        Array.from(
          { length: count },
          () =>
            new Promise<Socket>((resolve) => {
              const socket = connectTcp({ port, host: "127.0.0.1", localAddress }, () => resolve(socket))
              socket.on("error", () => {})
              socket.resume()
            })
        )
      )
    ),
    (sockets) => Effect.sync(() => sockets.forEach((socket) => socket.destroy()))
  )

const ended = (socket: Socket): Effect.Effect<void> =>
  Effect.async((resume) => {
    if (socket.closed) resume(Effect.void)
    else socket.once("close", () => resume(Effect.void))
  })

/** Sends bytes and gives everything that comes until the server closes the connection. */
const say = ({ port }: InspectorAddress, ...pieces: ReadonlyArray<string>): Effect.Effect<string> =>
  Effect.async((resume) => {
    let text = ""
    const socket = connectTcp(port, "127.0.0.1", () => pieces.forEach((piece) => socket.write(piece)))
    socket.on("error", () => {})
    socket.setEncoding("utf8").on("data", (piece: string) => {
      text += piece
    })
    socket.once("close", () => resume(Effect.succeed(text)))
  })

const hasSecurityHeaders = (answer: string): void => {
  for (const header of [
    "content-security-policy: default-src 'none'",
    "x-content-type-options: nosniff",
    "x-frame-options: DENY",
    "referrer-policy: no-referrer",
    "cache-control: no-store"
  ]) {
    assert.include(answer.toLowerCase(), header.toLowerCase())
  }
}

describe("connections without the token", { timeout: 60_000 }, () => {
  it.scopedLive("idle connections keep out no viewer, and are closed within seconds", () =>
    Effect.gen(function* () {
      const address = yield* start
      const from = performance.now()
      const sockets = yield* idle(address, 2 * Limits.strangerConnectionsMax)
      const asked = performance.now()
      assert.strictEqual((yield* ask(address, "/api/sessions")).status, 200)
      assert.isBelow(performance.now() - asked, 2_000)
      const open = sockets.filter(({ closed }) => !closed)
      assert.isAtMost(open.length, Limits.strangersPerAddressMax)
      yield* Effect.forEach(sockets, ended, { discard: true })
      assert.isBelow(performance.now() - from, Limits.strangerMsMax + 4_000)
    })
  )

  it.scopedLive("idle connections of one address take no place of another address", () =>
    Effect.gen(function* () {
      const address = yield* start
      const [first] = yield* idle(address, 1)
      yield* idle(address, 2 * Limits.strangerConnectionsMax, "127.0.0.2")
      yield* json(address, "/api/sessions")
      assert.isFalse(first?.closed)
    })
  )

  it.scopedLive("viewers have room of their own, and one too many is told so", () =>
    Effect.gen(function* () {
      const address = yield* start
      const viewers = yield* Effect.forEach(Array.from({ length: Limits.viewerConnectionsMax }), () =>
        connect(address.streamUrl)
      )
      yield* Effect.forEach(viewers, ({ opened }) => opened)
      yield* idle(address, Limits.strangerConnectionsMax)
      const crowded = yield* ask(address, "/api/sessions")
      assert.strictEqual(crowded.status, 503)
      assert.include(crowded.text, `${Limits.viewerConnectionsMax} connections show this server already`)
      viewers[0]?.close()
      yield* viewers[0]?.closed ?? Effect.void
      yield* Effect.iterate(503, {
        while: (status) => status === 503,
        body: () => Effect.map(Effect.delay(ask(address, "/api/sessions"), "10 millis"), ({ status }) => status)
      })
    })
  )

  it.scopedLive("a viewer stays connected for longer than a stranger", () =>
    Effect.gen(function* () {
      const address = yield* start
      const viewer = yield* connect(address.streamUrl)
      yield* viewer.opened
      const [stranger] = yield* idle(address, 1)
      if (stranger !== undefined) yield* ended(stranger)
      const state = yield* Effect.raceFirst(Effect.as(viewer.closed, "closed"), Effect.succeed("open"))
      assert.strictEqual(state, "open")
    })
  )

  it.scopedLive("a refused upgrade whose connection is reset does not harm the process", () =>
    Effect.gen(function* () {
      const address = yield* start
      const failures: Array<unknown> = []
      const listen = (error: unknown) => failures.push(error)
      yield* Effect.acquireRelease(
        Effect.sync(() => process.on("uncaughtException", listen)),
        () => Effect.sync(() => process.off("uncaughtException", listen))
      )
      const upgrade =
        `GET /stream HTTP/1.1\r\nHost: 127.0.0.1:${address.port}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n` +
        "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n"
      for (let i = 0; i < 50; i++) {
        const [socket] = yield* idle(address, 1)
        socket?.write(upgrade)
        if (i % 2 === 0) yield* Effect.yieldNow()
        socket?.resetAndDestroy()
      }
      yield* json(address, "/api/sessions")
      yield* json(address, "/api/sessions")
      assert.deepStrictEqual(failures, [])
    })
  )

  it.scopedLive("requests with a wrong token are slowed down, and the right token is not", () =>
    Effect.gen(function* () {
      const address = yield* start
      const statuses = new Map<number, number>()
      for (let i = 0; i < 2 * Limits.failedTokensMax; i++) {
        const { headers, status } = yield* ask(address, "/api/sessions", { token: "A".repeat(32) })
        statuses.set(status, (statuses.get(status) ?? 0) + 1)
        assert.strictEqual(headers["connection"], "close")
      }
      assert.isAtLeast(statuses.get(403) ?? 0, Limits.failedTokensMax)
      assert.isAbove(statuses.get(429) ?? 0, 0)
      assert.strictEqual((yield* ask(address, "/api/sessions")).status, 200)
    })
  )
})

describe("requests that are none", { timeout: 60_000 }, () => {
  const targets = ["//[", "//elsewhere/", "/\\elsewhere/", "*", "http://", "http://elsewhere/", "/%zz", "/assets/x/%zz"]
  for (const target of targets) {
    it.scopedLive(`the target ${target} is refused with 400 and the security headers, with the token and without`, () =>
      Effect.gen(function* () {
        const address = yield* start
        const host = `Host: 127.0.0.1:${address.port}\r\n\r\n`
        for (const token of ["", `${target.includes("?") ? "&" : "?"}token=${tokenOf(address)}`]) {
          const answer = yield* say(address, `GET ${target}${token} HTTP/1.1\r\n${host}`)
          assert.match(answer, /^HTTP\/1\.1 400 Bad Request\r\n/)
          assert.match(answer, /\r\nconnection: close\r\n/i)
          hasSecurityHeaders(answer)
        }
      })
    )
  }

  for (const [what, status, text] of [
    ["a target with NUL", 400, "GET /\0 HTTP/1.1\r\n\r\n"],
    ["a target that is no path", 400, "GET %zz HTTP/1.1\r\n\r\n"],
    ["a TLS handshake", 400, "\x16\x03\x01\x02\0\x01\0\x01\xfc\x03\x03\r\n\r\n"],
    ["HTTP/2", 400, "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"],
    ["two lengths", 400, "POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\nContent-Length: 3\r\n\r\n"],
    ["a target of 100 kB", 431, `GET /${"a".repeat(100_000)} HTTP/1.1\r\n\r\n`],
    ["a header of 1 MB", 431, `GET / HTTP/1.1\r\nx: ${"a".repeat(1_000_000)}\r\n\r\n`],
    ["a request without a host", 403, "GET / HTTP/1.1\r\nConnection: close\r\n\r\n"],
    ["a strange expectation", 417, "GET / HTTP/1.1\r\nHost: x\r\nExpect: tea\r\n\r\n"],
    ["a proxy's request", 405, "CONNECT elsewhere:443 HTTP/1.1\r\nHost: elsewhere:443\r\n\r\n"]
  ] as const) {
    it.scopedLive(`${what} is refused with ${status} and the security headers`, () =>
      Effect.gen(function* () {
        const address = yield* start
        const answer = yield* say(address, text)
        assert.match(answer, new RegExp(`^HTTP/1\\.1 ${status} `))
        assert.match(answer, /"error":"/)
        hasSecurityHeaders(answer)
      })
    )
  }

  it.scopedLive("headers that do not end are refused with 408 and the security headers", () =>
    Effect.gen(function* () {
      const address = yield* start
      const from = performance.now()
      const answers = yield* Effect.all([say(address, "GET / HTTP/1.1\r\nHost: x\r\n"), say(address, "G")], {
        concurrency: "unbounded"
      })
      for (const answer of answers) {
        assert.match(answer, /^HTTP\/1\.1 408 Request Timeout\r\n/)
        hasSecurityHeaders(answer)
      }
      assert.isBelow(performance.now() - from, Limits.requestHeadersMsMax + 4_000)
    })
  )

  it.scopedLive("a viewer's connection that stops speaking HTTP is closed like a stranger's", () =>
    Effect.gen(function* () {
      const address = yield* start
      const good = `GET /api/sessions?token=${tokenOf(address)} HTTP/1.1\r\nHost: 127.0.0.1:${address.port}\r\n\r\n`
      const answer = yield* say(address, good, "\0\0\0\0\r\n\r\n")
      assert.match(answer, /^HTTP\/1\.1 (200|400) /)
      hasSecurityHeaders(answer)
    })
  )
})

describe("a page without the token", { timeout: 60_000 }, () => {
  it.scopedLive("a browser without the token gets a page that says why, and a script that knows no secret", () =>
    Effect.gen(function* () {
      const address = yield* start
      const accept = { accept: "text/html,application/xhtml+xml" }
      for (const [token, why] of [
        ["", "the token is missing"],
        ["wrong", "the token is wrong"]
      ] as const) {
        const { headers, status, text } = yield* ask(address, "/", { token, headers: accept })
        assert.strictEqual(status, 403)
        assert.match(String(headers["content-type"]), /^text\/html/)
        assert.match(String(headers["content-security-policy"]), /script-src 'self'/)
        assert.include(text, why)
        assert.notInclude(text, tokenOf(address))
      }
      const script = yield* ask(address, "/resume.js", { token: "" })
      assert.strictEqual(script.status, 200)
      assert.match(String(script.headers["content-type"]), /^text\/javascript/)
      assert.notInclude(script.text, tokenOf(address))
      assert.strictEqual(script.headers["referrer-policy"], "no-referrer")
      for (const headers of [{ host: "evil.example" }, { origin: "https://example.com" }]) {
        assert.strictEqual((yield* ask(address, "/resume.js", { token: "", headers })).status, 403)
      }
      assert.strictEqual((yield* ask(address, "/api/sessions", { token: "", headers: accept })).status, 403)
      assert.notInclude((yield* ask(address, "/")).text, "resume.js")
    })
  )
})
