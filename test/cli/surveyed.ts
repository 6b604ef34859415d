/** A workspace for the commands that show sessions. */
import { assert } from "@effect/vitest"
import { dirname, join } from "node:path"
import { buildPage } from "../../scripts/page.mjs"
import { life, main, workspace } from "./command.js"

/** A workspace with the session `survey-1`, which has run to its end; the page of the inspector is built. */
export const surveyed = async (): Promise<ReturnType<typeof workspace>> => {
  assert.strictEqual(buildPage(join(dirname(main), "../server/inspector/page")), 0)
  const place = workspace()
  const { code, stderr } = await life(["run", "--session", "survey-1", ...place.at])
  assert.strictEqual(code, 0, stderr)
  return place
}
