/** The promise of every provider that a conversation goes only to the server that was set up, in each wire format. */
import type { ServerResponse } from "node:http"
import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { dialects } from "./dialects.js"
import { askModel, errorOf, serving, turnOf } from "./support.js"

const elsewhere = "127.0.0.2"

const redirecting = (status: number, location: string | undefined) => () => (response: ServerResponse) => {
  response.writeHead(status, location === undefined ? {} : { location })
  response.end()
}

describe.each(dialects)("%s redirects", (_, { apiKey, modelAt, path, says, variables }) => {
  for (const status of [301, 302, 303, 307, 308]) {
    it.scoped(`a ${status} to another host gets no part of the conversation, and is not tried again`, () =>
      Effect.gen(function* () {
        const other = yield* serving(() => says("taken"), elsewhere)
        const server = yield* serving(redirecting(status, `${other.url}${path}/v1/take?key=${apiKey}`))
        const error = errorOf(yield* askModel(yield* modelAt(server)))
        assert.deepInclude(error, { reason: "MalformedResponse", retryable: false })
        assert.include(error.message, `127.0.0.1:${server.port} answered ${status}: it redirects to ${other.url}`)
        assert.include(error.message, `Set ${variables}_BASE_URL to the final address`)
        assert.notInclude(error.message, apiKey)
        assert.strictEqual(other.requests.length, 0)
        assert.strictEqual(server.requests.length, 1)
      })
    )
  }

  it.scoped("a redirect to a path of the same host is refused as well", () =>
    Effect.gen(function* () {
      const server = yield* serving(redirecting(308, "/elsewhere"))
      const error = errorOf(yield* askModel(yield* modelAt(server)))
      assert.include(error.message, `it redirects to 127.0.0.1:${server.port}/elsewhere, and`)
      assert.strictEqual(server.requests.length, 1)
    })
  )

  for (const location of [undefined, "http://[", "ftp://127.0.0.2/file"]) {
    it.scoped(`a redirect to ${location ?? "nowhere"} is a typed error, too`, () =>
      Effect.gen(function* () {
        const server = yield* serving(redirecting(307, location))
        const error = errorOf(yield* askModel(yield* modelAt(server)))
        assert.strictEqual(error.reason, "MalformedResponse")
        assert.include(error.message, "it redirects to another address")
      })
    )
  }

  it.scoped("a server of the final address is asked as before", () =>
    Effect.gen(function* () {
      const server = yield* serving([says("ok")], elsewhere)
      assert.strictEqual(turnOf(yield* askModel(yield* modelAt(server))).content, "ok")
    })
  )
})
