/**
 * The page: puts its parts together.
 *
 * @since 0.1.0
 */
import { ActorList } from "./actorList.js"
import { Actors, rootId } from "./actors.js"
import { AgentView } from "./agentView.js"
import { beforeFrame, get } from "./browser.js"
import { connect } from "./connection.js"
import { byId, h, say } from "./dom.js"
import { EventLog } from "./eventLog.js"
import { Feed } from "./feed.js"
import { Header } from "./header.js"
import { JsonTree } from "./jsonTree.js"
import { listen } from "./keys.js"
import { Overview } from "./overview.js"
import { SequenceDiagram } from "./sequenceDiagram.js"
import { SessionList } from "./sessionList.js"
import { Tabs } from "./tabs.js"
import { TimeBar } from "./timeBar.js"
import { Watch } from "./watch.js"
import type { ActorEvent, Json, Statechart } from "./wire.js"

const actors = new Actors()
const feed = new Feed()
const draw = beforeFrame(() => render())
const problem = h("p", { class: "problem", attrs: { role: "alert" } })
const watch = new Watch(actors, {
  onChange: () => {
    say(problem, "")
    draw()
  },
  onProblem: (message) => say(problem, message)
})

const open = (id: string, live: boolean): void => {
  if (id === watch.id && live === watch.player?.live) return
  isChosen = true
  atRoot = id === rootId
  watch.open(id, live)
  if (watch.records !== undefined) log.open(watch.records)
  actorList.choose(id)
  sessionList.choose(id)
}
let wasBroken = false
let isChosen = false
let atRoot = false

const nameOf = (id: string): string => actors.get(id)?.name ?? id
const go = (sequence: number): void => watch.player?.go(sequence)

const actorList = new ActorList(actors, (id) => open(id, true))
const sessionList = new SessionList(({ sessionId }) => open(sessionId, false))
const side = new Tabs(
  "Agents and sessions",
  [
    { name: "Agents", panel: actorList.element },
    { name: "Sessions", panel: sessionList.element }
  ],
  (index) => {
    if (index === 1) void sessionList.load()
    else actorList.refresh()
  }
)

const log = new EventLog((sequence, sessionId) => {
  if (sessionId !== undefined && sessionId !== watch.id) open(sessionId, true)
  go(sequence)
})
const eventTree = new JsonTree()
const stateTree = new JsonTree()
const eventPart = h("section", { class: "snapshot-part" }, h("h3", {}, "Event"), eventTree.element)
const snapshotPanel = h(
  "div",
  { class: "snapshot" },
  eventPart,
  h("section", { class: "snapshot-part" }, h("h3", {}, "Snapshot"), stateTree.element)
)
const diagram = new SequenceDiagram(nameOf, go)
const detail = new Tabs(
  "Details",
  [
    { name: "Events", panel: log.element },
    { name: "Snapshot", panel: snapshotPanel },
    { name: "Messages", panel: diagram.element }
  ],
  () => draw()
)

const agentView = new AgentView()
const overview = new Overview(actors, (id) => open(id, true))
const empty = h(
  "section",
  { class: "empty" },
  h("h2", {}, "Nothing to watch yet"),
  h("p", {}, "Agents appear here as soon as they do something. Start one:"),
  h("pre", {}, 'life run --inspect "Survey this folder"'),
  h("p", {}, "Sessions of the past are in the list on the left, under Sessions."),
  h(
    "p",
    { class: "keys" },
    "Space plays, ← → step, Home goes to the start, L follows, / searches, 1 2 3 change the panel."
  )
)
byId("side").replaceChildren(side.element)
byId("centre").replaceChildren(problem, empty, overview.element, agentView.element)
byId("detail").replaceChildren(detail.element)
const timeBar = new TimeBar(byId("time"))
const header = new Header(() => retry())

const render = (): void => {
  header.show(actors.size, actors.events)
  if (side.shown === 0) actorList.refresh()
  const { player, records, shown } = watch
  empty.hidden = actors.size > 0 || shown !== undefined
  overview.element.hidden = !atRoot && (shown !== undefined || actors.size === 0)
  agentView.element.hidden = shown === undefined || atRoot
  if (!overview.element.hidden) overview.refresh()
  timeBar.show(player)
  if (player === undefined || records === undefined) {
    stateTree.show(rootState())
    eventPart.hidden = true
    log.showFeed(feed.rows)
    return
  }
  if (shown !== undefined) agentView.show(shown, player.live)
  log.show(player.head, player.sequence, player.live)
  log.refresh()
  if (detail.shown === 1) {
    eventPart.hidden = watch.events.length === 0
    eventTree.show(eventsAsJson(watch.events))
    stateTree.show(shown === undefined ? null : shown.snapshot.context)
  } else if (detail.shown === 2) void diagram.show(records, shown?.name ?? "", player.sequence, player.live)
}
// Gives one event as it is, and several events by their types.
const eventsAsJson = (events: ReadonlyArray<ActorEvent>): Json => {
  const fields = ({ sequence: _, ...rest }: ActorEvent): Json => JSON.parse(JSON.stringify(rest))
  const [only] = events
  if (events.length === 1 && only !== undefined) return fields(only)
  return Object.fromEntries(events.map((event) => [event.type, fields(event)]))
}

const rootState = (): Json => (atRoot ? (actors.get(rootId)?.snapshot.context ?? null) : null)

const retry = connect({
  onState: (state) => {
    header.connection(state)
    if (state === "live" && wasBroken) void renew()
    wasBroken = state === "broken" || state === "given up"
  },
  onBatch: ({ dropped, messages, past }) => {
    header.addDropped(dropped)
    for (const message of messages) {
      const actor = actors.take(message, past)
      if (actor === undefined) continue
      watch.take(message)
      feed.take(message, actor)
    }
    // Until the user chooses, the page shows a single agent by itself and several agents together.
    if (!isChosen && actors.size > 0) {
      const agents = [...actors.all].filter(({ id }) => id !== rootId)
      const [only] = agents
      if (agents.length === 1 && only !== undefined) {
        open(only.id, true)
        isChosen = false
      } else if (!atRoot) {
        open(rootId, true)
        isChosen = false
      }
    }
    draw()
  }
})

listen({
  " ": () => timeBar.toggle(),
  ArrowLeft: () => watch.player?.step(-1),
  ArrowRight: () => watch.player?.step(1),
  Home: () => go(0),
  End: () => watch.player?.go(watch.player.head),
  l: () => watch.player?.follow(),
  L: () => watch.player?.follow(),
  "/": () => (detail.shown === 0 ? log.focusSearch() : actorList.focusSearch()),
  "1": () => detail.show(0),
  "2": () => detail.show(1),
  "3": () => detail.show(2)
})

// After a break the server may have new records, and a request that failed before may succeed.
const renew = async (): Promise<void> => {
  if (watch.id !== undefined && watch.player !== undefined) watch.open(watch.id, watch.player.live)
  if (watch.records !== undefined) log.open(watch.records)
  await drawMachine()
}

const drawMachine = async (): Promise<void> => {
  try {
    const statechart = await get<Statechart>("/api/machine")
    agentView.draw(statechart)
    overview.draw(statechart.modes.map(({ mode }) => mode))
    draw()
  } catch (error) {
    say(problem, error instanceof Error ? error.message : String(error))
  }
}
void drawMachine()
draw()
