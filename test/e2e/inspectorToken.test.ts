/** The token of the inspector's page in a real browser: out of sight, and still there after a reload. */
import { assert, describe, it } from "@effect/vitest"
import { Effect, Layer } from "effect"
import type { Page } from "playwright-core"
import { layerServer } from "../../src/server/inspector/index.js"
import { assets, listening } from "../server/inspector/support.js"
import { executablePath, open, says } from "./browser.js"

const start = Effect.gen(function* () {
  const where = listening()
  yield* Layer.build(layerServer({ assets, onListening: where.onListening }))
  const { url } = where.address
  return { url, bare: url.replace(/\?.*/, ""), token: new URL(url).searchParams.get("token") ?? "" }
})

/** Everything that a person or another page can see of the address. */
const shownBy = (page: Page) =>
  Effect.promise(() => page.evaluate<string>("location.href + document.referrer + document.title"))

describe.skipIf(executablePath === undefined)("the token of the page", { timeout: 120_000 }, () => {
  it.scopedLive("the token leaves the address bar when the page has it, and the page goes on", () =>
    Effect.gen(function* () {
      const { bare, token, url } = yield* start
      const { page, problems } = yield* open(url)
      yield* says(page, ".connection", "connected")
      assert.strictEqual(page.url(), bare)
      assert.notInclude(yield* shownBy(page), token)
      assert.deepStrictEqual(problems, [])
    })
  )

  it.scopedLive("the page is back after a reload, and after the printed address is opened again", () =>
    Effect.gen(function* () {
      const { bare, url } = yield* start
      const { page } = yield* open(url)
      yield* says(page, ".connection", "connected")
      for (let i = 0; i < 3; i++) {
        yield* Effect.promise(() => page.reload())
        yield* says(page, ".connection", "connected")
        assert.strictEqual(page.url(), bare)
      }
      yield* Effect.promise(() => page.goto(url))
      yield* says(page, ".connection", "connected")
      assert.strictEqual(page.url(), bare)
      assert.isAtMost(yield* Effect.promise(() => page.evaluate<number>("history.length")), 3)
    })
  )

  it.scopedLive("another tab does not get the token, and says what to do", () =>
    Effect.gen(function* () {
      const { bare, token, url } = yield* start
      const { page } = yield* open(url)
      yield* says(page, ".connection", "connected")
      const other = yield* Effect.promise(() => page.context().newPage())
      yield* Effect.promise(() => other.goto(bare))
      yield* says(other, "p", "the token is missing: open the whole address that the command printed")
      assert.notInclude(yield* Effect.promise(() => other.content()), token)
    })
  )

  it.scopedLive("a token of an earlier run is given up, and the tab does not ask again and again", () =>
    Effect.gen(function* () {
      const { bare, url } = yield* start
      const { page, requests } = yield* open(url)
      yield* says(page, ".connection", "connected")
      yield* Effect.promise(() => page.evaluate(`sessionStorage.setItem("life.token", "old")`))
      yield* Effect.promise(() => page.goto(bare))
      yield* says(page, "p", "the token is wrong: open the address that the running command printed")
      const asked = () => requests.filter((request) => request.startsWith(bare) && /\/(\?.*)?$/.test(request)).length
      const before = asked()
      yield* Effect.promise(() => page.reload())
      yield* says(page, "p", "the token is wrong")
      assert.strictEqual(yield* Effect.promise(() => page.evaluate(`sessionStorage.getItem("life.token")`)), null)
      assert.strictEqual(asked(), before + 1)
    })
  )
})
