/**
 * Cost of a watcher, and of the possibility of one.
 *
 *   node --expose-gc --import tsx bench/inspector.ts [--json]
 *
 * A round as in rounds.ts, on a disk: without an inspector, with one that keeps its messages in memory, and with one
 * that sends them to a receiver on 127.0.0.1 in another process, in alternating slices.
 *
 * A build without the inspector does not exist, so its saving is measured by the parts: a round of an unwatched agent
 * asks now and then whether an inspector watches, and does nothing else. The question is timed by itself, and the
 * questions of a round are counted.
 */
import { fork } from "node:child_process"
import { once } from "node:events"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { Layer } from "effect"
import { Feed } from "../src/actors/feed.js"
import { sessionFold } from "../src/machines/index.js"
import * as Inspector from "../src/Inspector.js"
import { type Figure, interleave, median, milliseconds, quick, report, withTempDirectory } from "./harness.js"
import { makePaced, type Paced } from "./support/paced.js"
import { expectEqual } from "./support/world.js"

const repetitions = quick ? 1 : 3
const slices = 19
const sliceRounds = 10
const warmRounds = quick ? 10 : 50
const questions = quick ? 10_000 : 1_000_000

const perRound = (agent: Paced, rounds: number) => async () =>
  (await milliseconds(() => agent.advance(rounds))) / rounds

interface Receiver {
  readonly url: string
  /** Waits until so many more messages have come. */
  readonly receive: (messages: number) => Promise<unknown>
  readonly close: () => void
}

const startReceiver = async (): Promise<Receiver> => {
  const file = fileURLToPath(new URL(`./support/receiver${import.meta.url.slice(-3)}`, import.meta.url))
  const child = fork(file, { stdio: ["ignore", "inherit", "inherit", "ipc"] })
  const [port] = await once(child, "message")
  const receive = (messages: number) => {
    child.send(messages)
    return once(child, "message")
  }
  return { url: `ws://127.0.0.1:${port}`, receive, close: () => child.kill() }
}

const onDisk = async (directory: string, { receive, url }: Receiver) => {
  const remote = Layer.orDie(Inspector.layerWebSocket({ url }))
  const seen: Array<Inspector.Inspection> = []
  const watchers = { unwatched: Layer.empty, memory: Inspector.layerMemory(seen), webSocket: remote }
  const make = (name: keyof typeof watchers) =>
    makePaced(1, { dataDir: join(directory, name), watchers: watchers[name] })
  const agents = {
    unwatched: await make("unwatched"),
    memory: await make("memory"),
    webSocket: await make("webSocket")
  }
  for (const agent of Object.values(agents)) await agent.advance(warmRounds)
  await receive(warmRounds)
  const received = receive(sliceRounds)
  const times = await interleave(slices, {
    unwatched: perRound(agents.unwatched, sliceRounds),
    memory: perRound(agents.memory, sliceRounds),
    webSocket: perRound(agents.webSocket, sliceRounds)
  })
  await received
  await Promise.all(Object.values(agents).map((agent) => agent.close()))
  expectEqual("messages in memory, one for each round of a slice at least", seen.length >= sliceRounds, true)
  return times
}

/** The same rounds without the disk, where the processor has nothing else to do. */
const inMemory = async () => {
  const rounds = 100
  const agents = {
    unwatched: await makePaced(1),
    memory: await makePaced(1, { watchers: Inspector.layerMemory([]) })
  }
  const times = await interleave(15, {
    unwatched: perRound(agents.unwatched, rounds),
    memory: perRound(agents.memory, rounds)
  })
  await Promise.all(Object.values(agents).map((agent) => agent.close()))
  return times
}

/** Number of times that a round asks whether an inspector watches. */
const questionsPerRound = async (): Promise<number> => {
  let asked = 0
  const counting = Layer.succeed(Inspector.Inspector, {
    get watching() {
      asked++
      return false
    },
    publish: () => {}
  })
  const agent = await makePaced(1, { watchers: counting })
  await agent.advance(10)
  const before = asked
  await agent.advance(100)
  await agent.close()
  return (asked - before) / 100
}

/** Milliseconds of one question. */
const questionMs = async (): Promise<number> => {
  const feed = new Feed({ watching: false, publish: () => {} }, Inspector.defaultRedaction, sessionFold, () => {})
  let watched = 0
  const ask = async () =>
    (await milliseconds(() => {
      for (let n = 0; n < questions; n++) if (feed.watching) watched++
    })) / questions
  const { ask: time } = await interleave(9, { ask })
  if (watched > 0) throw new Error("an inspector watches, but the feed of this measurement must be unwatched")
  return time
}

const figures = async (): Promise<ReadonlyArray<Figure>> => {
  const receiver = await startReceiver()
  const disk: Array<Awaited<ReturnType<typeof onDisk>>> = []
  for (let i = 0; i < repetitions; i++) disk.push(await withTempDirectory((path) => onDisk(path, receiver)))
  receiver.close()
  const of = (pick: (times: (typeof disk)[number]) => number) => median(disk.map(pick))
  const processor = await inMemory()
  const asked = await questionsPerRound()
  const spent = asked * (await questionMs())
  return [
    {
      name: "round nobody watches, with its questions",
      value: processor.unwatched,
      unit: "ms",
      floor: processor.unwatched - spent,
      target: "ratio <= 1.02"
    },
    { name: "questions whether anybody watches", value: asked, unit: "per round" },
    {
      name: "round watched in memory",
      value: of(({ memory }) => memory),
      unit: "ms",
      floor: of(({ unwatched }) => unwatched),
      ratio: of(({ memory, unwatched }) => memory / unwatched),
      target: "ratio <= 1.3"
    },
    {
      name: "round watched over a WebSocket",
      value: of(({ webSocket }) => webSocket),
      unit: "ms",
      floor: of(({ unwatched }) => unwatched),
      ratio: of(({ unwatched, webSocket }) => webSocket / unwatched)
    },
    {
      name: "round watched in memory, no disk",
      value: processor.memory,
      unit: "ms",
      floor: processor.unwatched
    }
  ]
}

report(await figures())
