/** A server with its page, agents to watch, and viewers that read it over the loopback. */
import { Effect } from "effect"
import { createHash } from "node:crypto"
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync } from "node:fs"
import { request } from "node:http"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { WebSocket } from "ws"
import { buildPage } from "../../../scripts/page.mjs"
import type { Inspection } from "../../../src/layers/aios/index.js"
import type { InspectorAddress } from "../../../src/server/inspector/index.js"

const root = fileURLToPath(new URL("../../..", import.meta.url))

// Compiled once for all test files, and again when its sources change.
const compiledPage = (): string => {
  const source = join(root, "src/server/inspector/page")
  const hash = createHash("sha256")
  for (const name of readdirSync(source).toSorted()) hash.update(name).update(readFileSync(join(source, name)))
  const folder = join(root, "node_modules/.cache/inspector-page", hash.digest("hex").slice(0, 16))
  if (existsSync(folder)) return folder
  mkdirSync(join(folder, ".."), { recursive: true })
  const fresh = `${folder}.${process.pid}`
  if (buildPage(fresh) !== 0) throw new Error("the inspector's page does not compile")
  try {
    renameSync(fresh, folder)
  } catch (cause) {
    // Another test file was quicker.
    if (!existsSync(folder)) throw cause
    rmSync(fresh, { recursive: true })
  }
  return folder
}

/** The folder of the compiled page. */
export const assets = compiledPage()

/** Answer to a request. */
export interface Answer {
  readonly status: number
  readonly headers: Readonly<Record<string, string | ReadonlyArray<string> | undefined>>
  readonly text: string
}

/** Sends a request with exactly these headers, which `fetch` does not allow. */
export const ask = (
  { port, url }: InspectorAddress,
  path: string,
  { headers = {}, token = new URL(url).searchParams.get("token") ?? "" }: AskOptions = {}
): Effect.Effect<Answer> =>
  Effect.async<Answer>((resume) => {
    const separator = path.includes("?") ? "&" : "?"
    const asked = request(
      {
        host: "127.0.0.1",
        port,
        path: token === "" ? path : `${path}${separator}token=${encodeURIComponent(token)}`,
        headers: { host: `127.0.0.1:${port}`, ...headers }
      },
      (response) => {
        let text = ""
        response.setEncoding("utf8").on("data", (chunk: string) => {
          text += chunk
        })
        response.on("end", () =>
          resume(Effect.succeed({ status: response.statusCode ?? 0, headers: response.headers, text }))
        )
      }
    )
    asked.once("error", (error) => resume(Effect.die(error)))
    asked.end()
  })

/** Settings that may differ from one request to the next. */
export interface AskOptions {
  readonly headers?: Readonly<Record<string, string>>
  /** Empty for none. */
  readonly token?: string
}

/** The JSON of an answer that has to be good. */
export const json = <A>(address: InspectorAddress, path: string): Effect.Effect<A> =>
  Effect.flatMap(ask(address, path), ({ status, text }) =>
    status === 200 ? Effect.succeed(JSON.parse(text) as A) : Effect.dieMessage(`${path}: ${status} ${text}`)
  )

/** A viewer that collects what comes. */
export interface CollectingViewer {
  readonly frames: ReadonlyArray<string>
  /** Waits until the collected frames fit. */
  readonly until: (fits: (frames: ReadonlyArray<string>) => boolean) => Effect.Effect<ReadonlyArray<string>>
  readonly closed: Effect.Effect<number>
  readonly opened: Effect.Effect<void>
  readonly say: (text: string) => Effect.Effect<void>
  readonly close: () => void
}

/** Connects a viewer for as long as the scope lasts. */
export const connect = (url: string, headers: Readonly<Record<string, string>> = {}) =>
  Effect.acquireRelease(
    Effect.sync(() => new WebSocket(url, { headers })),
    (socket) => Effect.sync(() => socket.close())
  ).pipe(
    Effect.map((socket): CollectingViewer => {
      const frames: Array<string> = []
      const opened = Effect.async<void>((resume) => {
        if (socket.readyState === WebSocket.OPEN) resume(Effect.void)
        else socket.addEventListener("open", () => resume(Effect.void))
      })
      // A refused connection ends with a close, too.
      socket.on("error", () => {})
      socket.addEventListener("message", ({ data }) => frames.push(String(data)))
      return {
        frames,
        until: (fits) =>
          Effect.async((resume) => {
            const look = () => {
              if (!fits(frames)) return
              socket.removeEventListener("message", look)
              resume(Effect.succeed(frames))
            }
            socket.addEventListener("message", look)
            look()
          }),
        opened,
        close: () => socket.close(),
        say: (text) => Effect.map(opened, () => socket.send(text)),
        closed: Effect.async((resume) => {
          socket.addEventListener("close", ({ code }) => resume(Effect.succeed(code)))
          if (socket.readyState === WebSocket.CLOSED) resume(Effect.succeed(1006))
        })
      }
    })
  )

/** The messages among frames of single messages. */
export const messagesIn = (frames: ReadonlyArray<string>): ReadonlyArray<Inspection> =>
  frames.map((frame) => JSON.parse(frame))

/** Keeps the address at which a server listens. */
export const listening = () => {
  let address: InspectorAddress | undefined
  return {
    onListening: (found: InspectorAddress) =>
      Effect.sync(() => {
        address = found
      }),
    get listens(): boolean {
      return address !== undefined
    },
    get address(): InspectorAddress {
      if (address === undefined) throw new Error("the server does not listen yet")
      return address
    }
  }
}
