/**
 * Finds a Chromium, for programs that look at pages.
 */
import { existsSync } from "node:fs"

const places = [
  process.env["LIFE_CHROMIUM"],
  "/usr/bin/chromium",
  "/usr/bin/chromium-browser",
  "/usr/bin/google-chrome",
  "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome"
]

/** The executable, or `undefined`. */
export const chromiumPath = places.find((place) => place !== undefined && existsSync(place))

/** Advice for a machine without a Chromium. */
export const chromiumMissing =
  "there is no Chromium. Install one (apt-get install -y --no-install-recommends chromium), or say in LIFE_CHROMIUM " +
  "where it is."
