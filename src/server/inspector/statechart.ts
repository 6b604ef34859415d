/**
 * The picture of the agent machine: the places of its modes and the paths of the transitions between them.
 *
 * @since 0.1.0
 */
import { createRequire } from "node:module"
import { Worker } from "node:worker_threads"
import { Effect, Schema } from "effect"
import type { AnyStateMachine } from "xstate"
import { tickPhases } from "../../layers/aios/index.js"
import { InspectorServerError } from "./InspectorServerError.js"
import type { ModeEdge, Statechart } from "./page/wire.js"

const box = { width: 108, height: 44 }
const margin = 8

const layoutOptions = {
  "elk.algorithm": "layered",
  "elk.direction": "RIGHT",
  "elk.edgeRouting": "SPLINES",
  "elk.layered.nodePlacement.strategy": "BRANDES_KOEPF",
  "elk.padding": "[top=0,left=0,bottom=0,right=0]",
  "elk.layered.spacing.nodeNodeBetweenLayers": "36",
  "elk.layered.spacing.edgeNodeBetweenLayers": "14",
  "elk.spacing.nodeNode": "44",
  "elk.spacing.edgeNode": "26",
  "elk.spacing.edgeEdge": "20"
}

const Point = Schema.Struct({ x: Schema.Number, y: Schema.Number })
const Laid = Schema.Struct({
  width: Schema.Number,
  height: Schema.Number,
  children: Schema.Array(
    Schema.Struct({ id: Schema.String, ...Point.fields, width: Schema.Number, height: Schema.Number })
  ),
  edges: Schema.Array(
    Schema.Struct({
      id: Schema.String,
      sections: Schema.Array(
        Schema.Struct({ startPoint: Point, endPoint: Point, bendPoints: Schema.optional(Schema.Array(Point)) })
      )
    })
  )
})

type Section = (typeof Laid.Type)["edges"][number]["sections"][number]

/** Makes the picture of a machine. The layout takes a few hundred milliseconds, on a thread of its own. */
export const statechartOf = (machine: AnyStateMachine): Effect.Effect<Statechart, InspectorServerError> => {
  const edges = edgesOf(machine)
  const graph = {
    id: "machine",
    layoutOptions,
    children: Object.keys(machine.root.states).map((id) => ({ id, ...box })),
    edges: edges.map(({ from, to }) => ({ id: `${from} ${to}`, sources: [from], targets: [to] }))
  }
  return Effect.map(layOut(graph), (laid) => ({
    width: laid.width + 2 * margin,
    height: laid.height + 2 * margin,
    initial: machine.root.initial.target[0]?.key ?? "",
    modes: laid.children.map(({ height, id, width, x, y }) => ({
      mode: id,
      x: x + margin,
      y: y + margin,
      width,
      height
    })),
    edges: edges.map((edge) => ({
      ...edge,
      path: laid.edges
        .filter(({ id }) => id === `${edge.from} ${edge.to}`)
        .flatMap(({ sections }) => sections.map(pathOf))
        .join(" ")
    })),
    phases: tickPhases
  }))
}

// Both directions share one line, because the machine goes from almost every mode to every other.
const edgesOf = (machine: AnyStateMachine): ReadonlyArray<Omit<ModeEdge, "path">> => {
  const labels = new Map<string, Set<string>>()
  const names = Object.keys(machine.root.states)
  for (const [from, node] of Object.entries(machine.root.states)) {
    for (const [event, transitions] of node.transitions) {
      for (const { guard, target } of transitions) {
        const to = target?.[0]?.key
        if (to === undefined || to === from) continue
        const way = `${from} ${to}`
        labels.set(way, (labels.get(way) ?? new Set()).add(typeof guard === "string" ? guard : event))
      }
    }
  }
  const label = (from: string, to: string) => [...(labels.get(`${from} ${to}`) ?? [])].join(", ")
  return names.flatMap((from, index) =>
    names.slice(index + 1).flatMap((to) => {
      const [there, back] = [label(from, to), label(to, from)]
      if (there === "" && back === "") return []
      if (there === "") return [{ from: to, to: from, label: back }]
      return [{ from, to, label: there, ...(back === "" ? {} : { back }) }]
    })
  )
}

// ELK gives the control points of cubic curves, three at a time and the end point as the last.
const pathOf = ({ bendPoints = [], endPoint, startPoint }: Section): string => {
  const text = ({ x, y }: typeof Point.Type) => `${round(x + margin)} ${round(y + margin)}`
  const points = [...bendPoints, endPoint]
  let path = `M ${text(startPoint)}`
  for (let i = 0; i < points.length; ) {
    const rest = points.slice(i, i + 3)
    path += ` ${rest.length === 3 ? "C" : rest.length === 2 ? "Q" : "L"} ${rest.map(text).join(", ")}`
    i += rest.length
  }
  return path
}

const round = (value: number): number => Math.round(value * 10) / 10

// The library is CommonJS, so that a worker can load it without a file of this package.
const program = `
const { parentPort, workerData } = require("node:worker_threads")
const Elk = require(workerData.elk)
new Elk().layout(workerData.graph).then(
  (laid) => parentPort.postMessage({ laid: JSON.parse(JSON.stringify(laid)) }),
  (error) => parentPort.postMessage({ error: String(error) })
)`

const layOut = (graph: object): Effect.Effect<typeof Laid.Type, InspectorServerError> =>
  Effect.async<unknown, InspectorServerError>((resume) => {
    let worker: Worker
    try {
      const elk = createRequire(import.meta.url).resolve("elkjs")
      worker = new Worker(program, { eval: true, execArgv: [], workerData: { elk, graph } })
    } catch (cause) {
      resume(failed(cause))
      return
    }
    worker.once("message", ({ error, laid }: { readonly error?: string; readonly laid?: unknown }) => {
      resume(error === undefined ? Effect.succeed(laid) : failed(error))
      void worker.terminate()
    })
    worker.once("error", (cause) => resume(failed(cause)))
    return Effect.promise(() => worker.terminate())
  }).pipe(
    Effect.flatMap((laid) => Effect.mapError(Schema.decodeUnknown(Laid)(laid), (cause) => problem(cause.message)))
  )

const problem = (what: string) =>
  new InspectorServerError({
    reason: "Failed",
    message: `the agent machine could not be laid out by elkjs: ${what}. Install the package's dependencies again.`
  })
const failed = (cause: unknown) => Effect.fail(problem(String(cause)))
