/** A real browser on the inspector's page. */
import { Effect, type Scope } from "effect"
import { mkdirSync } from "node:fs"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { type Browser, chromium, type Page } from "playwright-core"
import { chromiumMissing, chromiumPath } from "../../scripts/chromium.mjs"

/** Path of a Chromium, if there is one. */
export const executablePath = chromiumPath

if (executablePath === undefined) {
  console.warn(`the tests of the inspector's page are skipped: ${chromiumMissing}`)
}

const folder = fileURLToPath(new URL("../../node_modules/.cache/screenshots", import.meta.url))
mkdirSync(folder, { recursive: true })

/** Keeps a picture of a page for people to look at. */
export const picture = (page: Page, name: string): Effect.Effect<unknown> =>
  Effect.promise(() => page.screenshot({ path: join(folder, `${name}.png`) }))

/** A page, its requests to the network, and its problems. */
export interface Opened {
  readonly page: Page
  readonly requests: ReadonlyArray<string>
  readonly problems: ReadonlyArray<string>
}

/** Options of a page. */
export interface OpenOptions {
  readonly colorScheme?: "dark" | "light"
  readonly viewport?: { readonly width: number; readonly height: number }
}

const launch: Effect.Effect<Browser, never, Scope.Scope> = Effect.acquireRelease(
  Effect.promise(() => chromium.launch({ executablePath: executablePath ?? "", args: ["--no-sandbox"] })),
  (browser) => Effect.promise(() => browser.close())
)

/** Opens an address for as long as the scope lasts. */
export const open = Effect.fnUntraced(function* (
  url: string,
  { colorScheme = "dark", viewport = { width: 1440, height: 900 } }: OpenOptions = {}
) {
  const browser = yield* launch
  const context = yield* Effect.promise(() => browser.newContext({ colorScheme, viewport }))
  const page = yield* Effect.promise(() => context.newPage())
  const requests: Array<string> = []
  const problems: Array<string> = []
  page.on("request", (request) => requests.push(request.url()))
  page.on("websocket", (socket) => requests.push(socket.url()))
  page.on("pageerror", ({ message }) => problems.push(message))
  page.on("console", (message) => {
    if (message.type() === "error") problems.push(message.text())
  })
  yield* Effect.promise(() => page.goto(url))
  return { page, requests, problems } satisfies Opened
})

/** Waits until an element is there. */
export const seen = (page: Page, selector: string): Effect.Effect<unknown> =>
  Effect.promise(() => page.locator(selector).first().waitFor({ state: "attached" }))

/** The text of an element. */
export const textOf = (page: Page, selector: string): Effect.Effect<string> =>
  Effect.promise(async () => (await page.locator(selector).first().textContent()) ?? "")

/** Waits until an element has a text. */
export const says = (page: Page, selector: string, text: string | RegExp): Effect.Effect<unknown> =>
  Effect.promise(() => page.locator(selector).filter({ hasText: text }).first().waitFor())

/** Presses a key. */
export const press = (page: Page, key: string): Effect.Effect<unknown> => Effect.promise(() => page.keyboard.press(key))
