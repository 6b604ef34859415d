/**
 * The web of the world: one server, and the tool that reads its pages.
 *
 * @since 0.1.0
 */
import { HttpClient, HttpRouter, HttpServerResponse } from "@effect/platform"
import { Effect, Schedule, Stream } from "effect"
import { type ToolCallRequest, ToolError, type ToolOutput } from "../../layers/aios/index.js"
import type { Network } from "./Network.js"

const origin = "https://world.test"

const lines = (page: string) => ["first", "second", "third"].map((which) => `The ${which} line of page ${page}.\n`)

/**
 * Serves pages that come line by line.
 */
export const pages: Network = {
  [origin]: HttpRouter.empty.pipe(
    HttpRouter.get(
      "/pages/:page",
      Effect.map(HttpRouter.params, ({ page = "" }) =>
        HttpServerResponse.stream(
          Stream.fromIterable(lines(page)).pipe(Stream.schedule(Schedule.spaced("200 millis")), Stream.encodeText),
          { contentType: "text/plain" }
        )
      )
    )
  )
}

/** The capability that the tool needs. */
export const pagesCapability = "net:egress:world.test"

/**
 * Reads the page that a call asks for, within the time limit of its tool.
 */
export const readPage = (
  client: HttpClient.HttpClient,
  { input, toolName }: ToolCallRequest,
  timeoutMs: number
): Effect.Effect<ToolOutput, ToolError> => {
  const failed = (reason: ToolError["reason"], message: string) => new ToolError({ toolName, reason, message })
  const page = typeof input === "object" && input !== null && "n" in input ? input.n : undefined
  return HttpClient.filterStatusOk(client)
    .get(`${origin}/pages/${page}`)
    .pipe(
      Effect.flatMap((response) => response.text),
      Effect.mapBoth({
        onFailure: ({ message }) => failed("Unavailable", message),
        onSuccess: (text) => ({ output: { text } })
      }),
      Effect.timeoutFail({
        duration: timeoutMs,
        onTimeout: () => failed("Timeout", `the page did not come within ${timeoutMs} ms`)
      })
    )
}
