/**
 * The inspector's page: its size, the time until it shows a session, the time from one event to another, and its
 * longest pause while it replays a very long session.
 *
 *   node --import tsx bench/inspectorPage.ts [--json]
 */
import { Context, Effect, Exit, Layer, Scope } from "effect"
import { readdirSync, readFileSync } from "node:fs"
import { createServer } from "node:http"
import { extname, join } from "node:path"
import { gzipSync } from "node:zlib"
import { chromium, type Page } from "playwright-core"
import { chromiumMissing, chromiumPath } from "../scripts/chromium.mjs"
import { buildPage } from "../scripts/page.mjs"
import { initialState, Inspector, Journal, mainBranch } from "../src/layers/aios/index.js"
import { SqliteJournal } from "../src/layers/lago/index.js"
import { actorInspection } from "../src/machines/inspection.js"
import { layerServer } from "../src/server/inspector/index.js"
import { type Figure, interleave, median, quick, report, withTempDirectory } from "./harness.js"
import { makePaced } from "./support/paced.js"

const compressedKilobytes = (folder: string): number => {
  const served = readdirSync(folder).filter((name) => /\.(html|css|js|svg)$/.test(name))
  return served.reduce((sum, name) => sum + gzipSync(readFileSync(join(folder, name))).length, 0) / 1_000
}

// Writes a session of at least so many events, as an agent writes it.
const writeSession = async (dataDir: string, scope: Scope.Scope, events: number) => {
  const paced = await makePaced(1, { dataDir, synchronous: "normal" })
  const [sessionId = ""] = paced.sessionIds
  const reader = Layer.fresh(SqliteJournal.layer({ dataDir, readonly: true }))
  const journal = Context.get(await Effect.runPromise(Layer.buildWithScope(reader, scope)), Journal)
  const head = () => Effect.runPromise(journal.head({ sessionId, branchId: mainBranch }))
  let { sequence } = await head()
  while (sequence < events) {
    await paced.advance(quick ? 20 : 200)
    sequence = (await head()).sequence
  }
  await paced.close()
  return { journal, sessionId, events: sequence }
}

const serveSession = async (scope: Scope.Scope, assets: string, events: number) => {
  const { journal, ...session } = await writeSession(join(assets, `events-${events}`), scope, events)
  let url = ""
  const server = layerServer({
    assets,
    onListening: (address) =>
      Effect.sync(() => {
        url = address.url
      })
  }).pipe(Layer.provide(Layer.succeed(Journal, journal)))
  const inspector = Context.get(await Effect.runPromise(Layer.buildWithScope(server, scope)), Inspector)
  const actor = actorInspection(session.sessionId, { ...initialState, name: session.sessionId }, 1)
  inspector.publish(actor)
  inspector.publish({ ...actor, type: "@xstate.snapshot", event: { type: "Report", sequence: session.events } })
  return { url, ...session }
}

// The floor: the same files from a server that does nothing else.
const serveBare = async (folder: string) => {
  const types: Readonly<Record<string, string>> = { ".html": "text/html", ".css": "text/css", ".js": "text/javascript" }
  const server = createServer(({ url = "/" }, response) => {
    const name = url === "/" ? "index.html" : url.replace("/assets/", "")
    try {
      response.setHeader("content-type", types[extname(name)] ?? "image/svg+xml")
      response.end(readFileSync(join(folder, name)))
    } catch {
      response.writeHead(404).end("{}")
    }
  })
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve))
  const address = server.address()
  return {
    url: `http://127.0.0.1:${typeof address === "object" ? address?.port : 0}/`,
    close: () => {
      server.closeAllConnections()
      server.close()
    }
  }
}

const wordsOf = (sequence: number): string => `event ${sequence.toLocaleString("en")} ·`

// Looks at every frame, from the first on, and notes when the page has reached a sequence.
const shownScript = (sequence: number): string => `{
  const look = () => {
    const at = document.querySelector(".agent-at")
    if (at?.textContent.startsWith("${wordsOf(sequence)}")) window.shownAt ??= performance.now()
    else requestAnimationFrame(look)
  }
  look()
}`

const isAt = (page: Page, sequence: number) =>
  page
    .locator(".agent-at")
    .filter({ hasText: wordsOf(sequence) })
    .waitFor()

// Moves the scrubber and waits, inside the page, until the state at that sequence is drawn.
const scrub = (page: Page, sequence: number): Promise<number> =>
  page.evaluate<number>(`new Promise((resolve) => {
    const slider = document.querySelector(".scrubber")
    const at = document.querySelector(".agent-at")
    const wanted = "${wordsOf(sequence)}"
    const start = performance.now()
    const look = () => {
      if (!at.textContent.startsWith(wanted)) return
      observer.disconnect()
      requestAnimationFrame(() => resolve(performance.now() - start))
    }
    const observer = new MutationObserver(look)
    observer.observe(at, { childList: true, characterData: true, subtree: true })
    slider.value = "${sequence}"
    slider.dispatchEvent(new Event("input"))
    look()
  })`)

const inBrowser = async (assets: string, executablePath: string): Promise<ReadonlyArray<Figure>> => {
  const scope = Effect.runSync(Scope.make())
  const browser = await chromium.launch({ executablePath, args: ["--no-sandbox"] })
  try {
    const long = await serveSession(scope, assets, quick ? 300 : 10_000)
    const bare = await serveBare(assets)
    const shown: Array<number> = []
    let page = await browser.newPage()
    const firstPaint = async (url: string): Promise<number> => {
      await page.close()
      page = await browser.newPage()
      await page.addInitScript(shownScript(long.events))
      await page.goto(url, { waitUntil: "commit" })
      return page.evaluate<number>(`new Promise((resolve) => {
        new PerformanceObserver((list) => {
          for (const { name, startTime } of list.getEntries()) if (name === "first-contentful-paint") resolve(startTime)
        }).observe({ type: "paint", buffered: true })
      })`)
    }
    const paints = await interleave(5, {
      bare: () => firstPaint(bare.url),
      life: async () => {
        const paint = await firstPaint(long.url)
        await isAt(page, long.events)
        shown.push(await page.evaluate<number>("window.shownAt"))
        return paint
      }
    })
    bare.close()
    await page.close()
    page = await browser.newPage()
    await page.goto(long.url)
    await isAt(page, long.events)
    const steps: Array<number> = []
    for (let i = 0; i < (quick ? 2 : 40); i++) steps.push(await scrub(page, 1 + ((i * 7_919) % (long.events - 1))))
    await page.close()
    const endless = await serveSession(scope, assets, quick ? 600 : 100_000)
    page = await browser.newPage()
    await page.goto(endless.url)
    await isAt(page, endless.events)
    const longest = await page.evaluate<number>(`new Promise((resolve) => {
      let longest = 0
      new PerformanceObserver((list) => {
        for (const { duration } of list.getEntries()) longest = Math.max(longest, duration)
      }).observe({ type: "longtask" })
      document.querySelector("select[aria-label=Speed]").value = "100"
      document.querySelector("select[aria-label=Speed]").dispatchEvent(new Event("change"))
      document.querySelector("button[aria-label^=Play]").click()
      setTimeout(() => resolve(longest), ${quick ? 500 : 5_000})
    })`)
    return [
      {
        name: "page paints first, with 10,000 events",
        value: paints.life,
        unit: "ms",
        floor: paints.bare,
        target: "value <= 1000"
      },
      { name: "page shows the last of 10,000 events", value: median(shown), unit: "ms", target: "value <= 1000" },
      { name: "page goes to another event of 10,000", value: median(steps), unit: "ms", target: "value <= 100" },
      { name: "page holds still in a replay of 100,000", value: longest, unit: "ms", target: "value <= 200" }
    ]
  } finally {
    await browser.close()
    await Effect.runPromise(Scope.close(scope, Exit.void))
  }
}

await withTempDirectory(async (folder) => {
  if (buildPage(folder) !== 0) throw new Error("the page does not compile")
  const size: Figure = {
    name: "page, compressed",
    value: compressedKilobytes(folder),
    unit: "kB",
    target: "value <= 400"
  }
  if (chromiumPath === undefined) console.error(`only the size is measured: ${chromiumMissing}`)
  report([size, ...(chromiumPath === undefined ? [] : await inBrowser(folder, chromiumPath))])
})
process.exit()
