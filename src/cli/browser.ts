/**
 * Opens an address in the user's browser.
 *
 * @since 0.1.0
 */
import { spawn } from "node:child_process"
import { Effect, Option } from "effect"
import { Output } from "./Output.js"

const openers: {
  readonly [platform in NodeJS.Platform]?: readonly [command: string, ...words: ReadonlyArray<string>]
} = {
  darwin: ["open"],
  win32: ["rundll32", "url.dll,FileProtocolHandler"]
}
const [fallback, patienceMs] = [["xdg-open"] as const, 2_000]

/** Opens an address, or notes why it cannot. */
export const openBrowser = (url: string): Effect.Effect<void, never, Output> => {
  const [command, ...words] = openers[process.platform] ?? fallback
  return Effect.async<string | undefined>((resume) => {
    const child = spawn(command, [...words, url], { detached: true, stdio: "ignore" })
    child.once("error", ({ message }) => resume(Effect.succeed(message)))
    child.once("exit", (code) => resume(Effect.succeed(code === 0 ? undefined : `it ended with ${code}`)))
    child.unref()
  }).pipe(
    // An opener that still runs after this time has opened the browser.
    Effect.timeoutOption(patienceMs),
    Effect.map(Option.getOrUndefined),
    Effect.flatMap((problem) =>
      problem === undefined
        ? Effect.void
        : Effect.flatMap(Output, ({ note }) =>
            note(`life: ${command} cannot open a browser (${problem}); open the address yourself`)
          )
    )
  )
}
