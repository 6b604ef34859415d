/**
 * The picture of the agent machine in the inspector: where its modes stand and how the transitions between them run.
 */
import elk, { type ElkExtendedEdge, type ElkNode, type ElkPoint } from "elkjs"
import type { AnyStateMachine } from "xstate"
import { tickPhases } from "../src/layers/aios/index.js"
import type { ModeEdge, Statechart } from "../src/server/inspector/page/wire.js"

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

/** Lays a machine out with ELK; the same machine gives the same picture. */
export const statechartOf = async (machine: AnyStateMachine): Promise<Statechart> => {
  const edges = edgesOf(machine)
  const graph: ElkNode = {
    id: "machine",
    layoutOptions,
    children: Object.keys(machine.root.states).map((id) => ({ id, ...box })),
    edges: edges.map(({ from, to }) => ({ id: `${from} ${to}`, sources: [from], targets: [to] }))
  }
  const laid: ElkNode = await new elk.default().layout(graph)
  return {
    width: (laid.width ?? 0) + 2 * margin,
    height: (laid.height ?? 0) + 2 * margin,
    initial: machine.root.initial.target[0]?.key ?? "",
    modes: (laid.children ?? []).map(({ height = 0, id, width = 0, x = 0, y = 0 }) => ({
      mode: id,
      x: x + margin,
      y: y + margin,
      width,
      height
    })),
    edges: edges.map((edge) => ({
      ...edge,
      path: (laid.edges ?? [])
        .filter(({ id }) => id === `${edge.from} ${edge.to}`)
        .map(pathOf)
        .join(" ")
    })),
    phases: tickPhases
  }
}

// One line for both directions: the machine goes from almost every mode to every other.
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
const pathOf = ({ sections = [] }: ElkExtendedEdge): string =>
  sections
    .map(({ bendPoints = [], endPoint, startPoint }) => {
      const points = [...bendPoints, endPoint]
      let path = `M ${pointText(startPoint)}`
      for (let i = 0; i < points.length; ) {
        const rest = points.slice(i, i + 3)
        path += ` ${rest.length === 3 ? "C" : rest.length === 2 ? "Q" : "L"} ${rest.map(pointText).join(", ")}`
        i += rest.length
      }
      return path
    })
    .join(" ")

const pointText = ({ x, y }: ElkPoint): string => `${round(x + margin)} ${round(y + margin)}`
const round = (value: number): number => Math.round(value * 10) / 10
