/**
 * The programs of a system that have not ended, by name.
 *
 * @since 0.1.0
 */
import { Effect } from "effect"
import { Limits } from "../../layers/aios/index.js"
import { nameProblem, parentProblem } from "../checkSpawn.js"
import type { Registry } from "../Registry.js"
import { type Program, ProgramActor, type ProgramOptions, type ProgramRoom } from "./Program.js"
import { SuperviseError } from "./SuperviseError.js"

export class Programs {
  private readonly byName = new Map<string, { readonly close: () => Effect.Effect<void> }>()
  private readonly room: ProgramRoom

  constructor(
    private readonly registry: Registry,
    room: Omit<ProgramRoom, "forget">
  ) {
    this.room = {
      ...room,
      forget: (program) => {
        this.byName.delete(program.name)
        program.supervisor.children.delete(program.id)
      }
    }
  }

  /** Starts a program under its parent. */
  supervise<A, E, R>(
    options: ProgramOptions,
    program: Effect.Effect<A, E, R>
  ): Effect.Effect<Program<A, E>, SuperviseError, R> {
    return Effect.flatMap(Effect.context<R>(), (context) => {
      const problem = this.problemOf(options)
      if (problem !== undefined) return Effect.fail(problem)
      const supervisor = this.registry.supervisorOf(options.parent?.sessionId)
      const actor = new ProgramActor(options, supervisor, Effect.provide(program, context), this.room)
      this.byName.set(actor.name, actor)
      supervisor.children.set(actor.id, actor)
      return Effect.as(actor.start(), actor.handle)
    })
  }

  /** Ends the programs that wait for a restart: it never comes, because the system has ended. */
  close(): Effect.Effect<void> {
    return Effect.suspend(() =>
      Effect.forEach([...this.byName.values()], (program) => program.close(), { discard: true })
    )
  }

  private problemOf({ name, parent }: ProgramOptions): SuperviseError | undefined {
    const refuse = (reason: SuperviseError["reason"], message: string) =>
      new SuperviseError({ program: name, reason, message })
    if (this.byName.has(name)) {
      return refuse("NameTaken", `a program named ${name} is running already; stop it, or take another name`)
    }
    if (this.byName.size >= Limits.programsMax) {
      return refuse("TooManyPrograms", `the limit is ${Limits.programsMax} programs; stop one first`)
    }
    const flaw = nameProblem("a program", name)
    if (flaw !== undefined) return refuse("InvalidName", flaw)
    const orphaned = parentProblem(parent, this.registry)
    return orphaned === undefined ? undefined : refuse("ParentUnavailable", orphaned)
  }
}
