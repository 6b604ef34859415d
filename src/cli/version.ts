/**
 * The version of this package.
 *
 * @since 0.1.0
 */
import { readFileSync } from "node:fs"

const manifest: { readonly version: string } = JSON.parse(
  readFileSync(new URL("../../package.json", import.meta.url), "utf8")
)

/** The version in package.json. */
export const { version } = manifest
