import { describe, it } from "@effect/vitest"
import { readdirSync } from "node:fs"
import type { Attack } from "./attack.js"

const folder = new URL("attacks/", import.meta.url)

describe("an attack", async () => {
  for (const name of readdirSync(folder).toSorted()) {
    const { default: attack } = (await import(new URL(name, folder).href)) as { readonly default: Attack }
    it.scopedLive(attack.holds, () => attack.run, 30_000)
  }
})
