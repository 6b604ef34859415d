/**
 * Time until a message that interrupts ends a model call.
 *
 *   node --import tsx bench/interrupt.ts [--json]
 *
 * A server on this machine begins an answer and never ends it. The benchmark measures the time from
 * `tell(…, { mode: "interrupt" })` until the server sees the connection close. The floor is a plain `fetch` of the same
 * answer that is aborted.
 */
import { createServer, type ServerResponse } from "node:http"
import { Effect, Redacted, Runtime } from "effect"
import { AnthropicModel } from "../src/layers/arcan/index.js"
import * as Life from "../src/Life.js"
import { ActorSystem } from "../src/actors/ActorSystem.js"
import { type Figure, interleave, median, now, quick, report, withTempDirectory } from "./harness.js"
import { countOf, expectEqual } from "./support/world.js"

const rounds = 3
const trials = quick ? 3 : 20

const started = JSON.stringify({
  type: "message_start",
  message: { id: "m", model: "claude-sonnet-5-5", usage: { input_tokens: 1, output_tokens: 1 } }
})

/** A server whose answers never end, with the answers that are under way. */
const hangingServer = async () => {
  const waiting: Array<(response: ServerResponse) => void> = []
  let requests = 0
  const server = createServer((_, response) => {
    requests++
    response.writeHead(200, { "content-type": "text/event-stream" })
    response.write(`event: message_start\ndata: ${started}\n\n`)
    waiting.shift()?.(response)
  })
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve))
  const address = server.address()
  if (address === null || typeof address === "string") throw new Error("the server has no port")
  return {
    url: `http://127.0.0.1:${address.port}`,
    takeRequests: () => {
      const count = requests
      requests = 0
      return count
    },
    next: () => new Promise<ServerResponse>((resolve) => waiting.push(resolve)),
    close: () => new Promise((resolve) => server.close(resolve).closeAllConnections())
  }
}

type Server = Awaited<ReturnType<typeof hangingServer>>

const untilClosed = async (response: ServerResponse, end: () => unknown): Promise<number> => {
  const from = now()
  const closed = new Promise((resolve) => response.once("close", resolve))
  void end()
  await closed
  return now() - from
}

const bare = async (server: Server): Promise<number> => {
  const samples: Array<number> = []
  for (let trial = 0; trial < trials; trial++) {
    const controller = new AbortController()
    const begun = server.next()
    const answer = await fetch(server.url, { signal: controller.signal })
    const reading = answer.text().catch(() => "")
    samples.push(await untilClosed(await begun, () => controller.abort()))
    await reading
  }
  expectEqual("requests", server.takeRequests(), trials)
  return median(samples)
}

const interrupted = (server: Server, workspace: string): Promise<number> =>
  Effect.gen(function* () {
    const system = yield* ActorSystem
    const agent = yield* system.spawn({ name: "ada" })
    const begun = server.next()
    yield* Effect.fork(agent.run("Wait.", { budget: { ticksRemaining: 1_000 } }))
    const run = Runtime.runPromise(yield* Effect.runtime())
    const samples: Array<number> = []
    let response = yield* Effect.promise(() => begun)
    for (let trial = 0; trial < trials; trial++) {
      const next = server.next()
      const interrupt = () => run(agent.tell("Look here.", { mode: "interrupt" }))
      samples.push(yield* Effect.promise(() => untilClosed(response, interrupt)))
      response = yield* Effect.promise(() => next)
    }
    yield* agent.stop
    expectEqual("interrupting messages", yield* countOf(agent.sessionId, "Steered"), trials)
    expectEqual("model calls", server.takeRequests(), trials + 1)
    return median(samples)
  }).pipe(
    Effect.provide(
      Life.layer({
        workspace,
        provider: AnthropicModel.layer({ apiKey: Redacted.make("sk-ant-bench"), baseUrl: server.url })
      })
    ),
    Effect.runPromise
  )

const measure = async (): Promise<ReadonlyArray<Figure>> => {
  const server = await hangingServer()
  const medians = await interleave(rounds, {
    bare: () => bare(server),
    interrupted: () => withTempDirectory((directory) => interrupted(server, directory))
  })
  await server.close()
  return [
    {
      name: "a message interrupts a model call",
      value: medians.interrupted,
      unit: "ms",
      floor: medians.bare,
      target: "value <= 100"
    }
  ]
}

report(await measure())
