#!/usr/bin/env node
/**
 * The `life` command. The version is answered before anything heavy is loaded.
 *
 * @since 0.1.0
 */
import { version } from "./version.js"

const [, , first] = process.argv
if (first === "--version" || first === "-v") {
  console.log(version)
} else {
  const { main } = await import("./life.js")
  await main(process.argv)
}
