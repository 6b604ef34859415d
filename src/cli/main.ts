#!/usr/bin/env node
/**
 * The `life` command. It prints the version without loading the other modules.
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
