/** Subsystems that are merged: order, services, late ports, tools, blocks and advice. */
import { assert, describe, it } from "@effect/vitest"
import { Context, Effect, Layer, Option } from "effect"
import { Agents, Ids, Subsystem } from "../../../src/layers/aios/index.js"
import { alone, gatedCall as call, noLog, Session, socketsOf } from "./support.js"

class Mark extends Context.Tag("test/Mark")<Mark, string>() {}

describe("the sockets", () => {
  it.scoped("the sockets ask in the order of the list, and within a subsystem in the order of its ids", () =>
    Effect.gen(function* () {
      const asked: Array<string> = []
      const asking = (name: string) =>
        Subsystem.make({
          name,
          learn: {
            z: () => (asked.push(`${name}:z`), []),
            a: () =>
              Effect.as(
                Effect.sync(() => asked.push(`${name}:a`)),
                []
              ),
            m: () => (asked.push(`${name}:m`), [])
          }
        })
      const sockets = yield* socketsOf([asking("b"), asking("a")])
      assert.deepStrictEqual(sockets.names, ["b", "a"])
      yield* sockets.provide(sockets.learn(new Session(sockets).now(), noLog))
      assert.deepStrictEqual(asked, ["b:z", "b:a", "b:m", "a:z", "a:a", "a:m"])
    })
  )

  it.scoped("the sockets take the strictest verdict, the first of equal ones, and none where no gate answers", () =>
    Effect.gen(function* () {
      const gate = (name: string, decision: Subsystem.Verdict["decision"] | undefined) =>
        Subsystem.make({
          name,
          decide: { says: () => (decision === undefined ? undefined : { decision, reason: name }) }
        })
      const decide = (...list: ReadonlyArray<Subsystem.Subsystem<string, Subsystem.Events>>) =>
        Effect.gen(function* () {
          const sockets = yield* socketsOf(list)
          return (yield* sockets.provide(sockets.decide(call, new Session(sockets).now())))?.ruleId
        })
      assert.strictEqual(yield* decide(), undefined)
      assert.strictEqual(yield* decide(gate("quiet", undefined)), undefined)
      assert.strictEqual(yield* decide(gate("a", "allow"), gate("b", "allow")), "a:says")
      assert.strictEqual(yield* decide(gate("a", "allow"), gate("b", "ask"), gate("c", "ask")), "b:says")
      assert.strictEqual(yield* decide(gate("a", "deny"), gate("b", "ask"), gate("c", "deny")), "a:says")
    })
  )

  it.scoped("the sockets put the most restrictive advice first and keep facts that withhold nothing", () =>
    Effect.gen(function* () {
      const adviser = (name: string, withhold?: NonNullable<Subsystem.Advice["withhold"]>) =>
        Subsystem.make({
          name,
          regulate: { x: () => ({ ...(withhold === undefined ? {} : { withhold }), reason: "", gauges: { g: 1 } }) }
        })
      const sockets = yield* socketsOf([
        adviser("a"),
        adviser("b", "changes"),
        adviser("c", "destroys"),
        adviser("d", "changes"),
        adviser("e", "changes"),
        Subsystem.make({ name: "f", regulate: { x: () => undefined } })
      ])
      const advised = yield* sockets.provide(sockets.regulate(new Session(sockets).now()))
      assert.deepStrictEqual(
        advised.map(({ ruleId }) => ruleId),
        ["b:x", "d:x", "e:x", "c:x", "a:x"]
      )
      assert.deepStrictEqual(Object.assign({}, ...advised.map(({ gauges }) => gauges)), {
        "a.g": 1,
        "b.g": 1,
        "c.g": 1,
        "d.g": 1,
        "e.g": 1
      })
    })
  )

  it.scoped("the sockets give stable blocks before changing ones, each cut to its budget, and no empty ones", () =>
    Effect.gen(function* () {
      const block = (changes: "run" | "tick", text: string | undefined) => ({
        tokensMax: 4,
        priority: 1,
        changes,
        text: () => text
      })
      const sockets = yield* socketsOf([
        Subsystem.make({
          name: "a",
          orient: {
            blocks: {
              tick: block("tick", "now"),
              run: block("run", "one two three four five"),
              empty: block("run", " ")
            }
          }
        }),
        Subsystem.make({
          name: "b",
          orient: { blocks: { run: block("run", "kept"), none: block("run", undefined) } }
        })
      ])
      const blocks = yield* sockets.provide(sockets.blocks(new Session(sockets).now()))
      assert.deepStrictEqual(
        blocks.map(({ rule, text }) => ({ rule, text })),
        [
          { rule: "a:run", text: "one two three\n[cut here]" },
          { rule: "b:run", text: "kept" },
          { rule: "a:tick", text: "now" }
        ]
      )
    })
  )

  it.scoped("the sockets show each contribution the value of its own subsystem", () =>
    Effect.gen(function* () {
      const seen: Array<unknown> = []
      const counting = (name: string, by: number) =>
        Subsystem.make({
          name,
          projection: {
            version: 1,
            schema: Subsystem.event({ fields: {} }).schema,
            initial: 0,
            on: { UserMessage: (n: number) => n + by }
          },
          learn: { x: ({ own, sequence, sessionId }) => (seen.push([own, sequence, sessionId]), []) }
        })
      const without = Subsystem.make({ name: "without", learn: { x: ({ own }) => (seen.push(own), []) } })
      const sockets = yield* socketsOf([counting("a", 1), without, counting("b", 10)])
      const session = new Session(sockets)
      session.append({ type: "UserMessage", content: "" })
      yield* sockets.provide(sockets.learn(session.now(), noLog))
      assert.deepStrictEqual(seen, [[1, 1, "s1"], undefined, [10, 1, "s1"]])
    })
  )

  it.scoped("the sockets build layers in order, each over the ports, and give their services to contributions", () =>
    Effect.gen(function* () {
      const built: Array<string> = []
      const layer = (name: string) =>
        Layer.effect(
          Mark,
          Effect.map(Ids, () => (built.push(name), name))
        )
      const marks: Array<string> = []
      const marking = Subsystem.make({
        name: "marking",
        layer: layer("marking"),
        learn: { x: () => Effect.map(Mark, (mark) => (marks.push(mark), [])) }
      })
      const idle = Subsystem.make({ name: "idle", layer: Layer.effectDiscard(Effect.sync(() => built.push("idle"))) })
      const sockets = yield* socketsOf([idle, marking])
      yield* sockets.provide(sockets.learn(new Session(sockets).now(), noLog))
      assert.deepStrictEqual(built, ["idle", "marking"])
      assert.deepStrictEqual(marks, ["marking"])
    })
  )

  it.scoped("the sockets refuse two subsystems with the same service, or with one of the actor system", () =>
    Effect.gen(function* () {
      const bringing = (name: string) => Subsystem.make({ name, layer: Layer.succeed(Mark, name) })
      const early = Subsystem.make({ name: "early", layer: Layer.succeed(Agents, alone) })
      const error = yield* Effect.flip(socketsOf([bringing("left"), bringing("right"), early]))
      assert.deepStrictEqual(error.problems, [
        "left and right both bring the service test/Mark; give one of them a tag of its own",
        "the actor system and early both bring the service life-agent-os/Agents; give one of them a tag of its own"
      ])
    })
  )

  it.scoped("the sockets refuse a list that does not fit together before any layer is built", () =>
    Effect.gen(function* () {
      let built = false
      const layer = Layer.effectDiscard(Effect.sync(() => void (built = true)))
      const one = Subsystem.make({ name: "one", layer })
      const error = yield* Effect.flip(socketsOf([one, one]))
      assert.strictEqual(error._tag, "SubsystemError")
      assert.match(error.message, /do not fit together:\n- two subsystems are called one/)
      assert.isFalse(built)
    })
  )

  it.scoped("the sockets give a contribution the late port, and run it in the span of the moment", () =>
    Effect.gen(function* () {
      const seen: Array<string> = []
      const asking = Subsystem.make({
        name: "asking",
        layer: Layer.effect(Mark, Effect.as(Effect.currentSpan, "built in a span").pipe(Effect.orDie)),
        learn: {
          x: () =>
            Effect.gen(function* () {
              const { get } = yield* Agents
              const { message } = yield* Effect.flip(get("bob"))
              const span = yield* Effect.option(Effect.currentSpan)
              seen.push(`${message}, ${Option.isSome(span) ? span.value.name : "no span"}, ${yield* Mark}`)
              return []
            }).pipe(Effect.orDie)
        }
      })
      const sockets = yield* socketsOf([asking]).pipe(Effect.withSpan("build"))
      const session = new Session(sockets)
      yield* sockets.provide(sockets.learn(session.now(), noLog)).pipe(Effect.withSpan("tick"))
      yield* sockets.provide(sockets.learn(session.now(), noLog))
      const there = "there is no agent bob in this test"
      assert.deepStrictEqual(seen, [`${there}, tick, built in a span`, `${there}, no span, built in a span`])
    })
  )

  it.scoped("the sockets prepare the tools of subsystems and no other tools", () =>
    Effect.gen(function* () {
      const sockets = yield* socketsOf([])
      assert.strictEqual(
        sockets.prepare({ callId: "c", toolName: "look", input: {} }, () => new Session(sockets).now()),
        undefined
      )
      assert.deepStrictEqual(sockets.definitions, [])
      assert.deepStrictEqual(sockets.describe(), [])
    })
  )
})
