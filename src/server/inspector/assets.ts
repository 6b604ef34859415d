/**
 * The files of the page. The server reads them once, so that a request cannot reach any other file.
 *
 * @since 0.1.0
 */
import { readdirSync, readFileSync } from "node:fs"
import { extname, join } from "node:path"
import { fileURLToPath } from "node:url"
import { Effect } from "effect"
import { InspectorServerError } from "./InspectorServerError.js"

/** A file as it is sent. */
export interface Asset {
  readonly body: Uint8Array
  readonly contentType: string
}

/** The page and the files it loads. */
export interface Assets {
  /** Gives the page for the folder that its files are served from. */
  readonly page: (folder: string) => string
  readonly file: (name: string) => Asset | undefined
}

const contentTypes: Readonly<Record<string, string>> = {
  ".js": "text/javascript; charset=utf-8",
  ".css": "text/css; charset=utf-8",
  ".svg": "image/svg+xml",
  ".json": "application/json"
}

// The page is beside this module in the package, and under dist when this module runs from the sources.
const folders = ["./page/", "../../../dist/server/inspector/page/"].map((path) =>
  fileURLToPath(new URL(path, import.meta.url))
)
const needed = ["index.html", "main.js", "resume.js", "style.css", "machine.json"]

/** Reads the files of the page. `folder` is for a page that was compiled to another place. */
export const readAssets = (folder?: string): Effect.Effect<Assets, InspectorServerError> =>
  Effect.suspend(() => {
    const places = folder === undefined ? folders : [folder]
    const found = places.find((place) => needed.every((name) => namesIn(place).includes(name)))
    if (found === undefined) return missing(places)
    const names = namesIn(found)
    const files = new Map<string, Asset>()
    for (const name of names) {
      const contentType = contentTypes[extname(name)]
      if (contentType !== undefined) files.set(name, { body: readFileSync(join(found, name)), contentType })
    }
    const html = readFileSync(join(found, "index.html"), "utf8")
    return Effect.succeed({ page: (at) => pageOf(html, at, [...files.keys()]), file: (name) => files.get(name) })
  })

const namesIn = (folder: string): ReadonlyArray<string> => {
  try {
    return readdirSync(folder)
  } catch {
    return []
  }
}

const missing = (places: ReadonlyArray<string>) => {
  const [place = ""] = places.toReversed()
  const absent = needed.filter((name) => !namesIn(place).includes(name))
  return new InspectorServerError({
    reason: "AssetMissing",
    message:
      `the inspector's page is not complete: ${absent.join(", ")} is missing in ${place}. ` +
      "Build it with `npm run build`, or install the package again."
  })
}

// Without these links, the browser loads the modules one after the other.
const pageOf = (html: string, folder: string, names: ReadonlyArray<string>): string =>
  html
    .replace(
      "<!-- modules -->",
      names
        .filter((name) => name.endsWith(".js") && name !== "resume.js")
        .map((name) => `<link rel="modulepreload" href="assets/${name}">`)
        .join("\n    ")
    )
    .replaceAll('="assets/', `="${folder}/`)
