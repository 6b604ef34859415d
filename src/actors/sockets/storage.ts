/**
 * Stored form of the kinds of contributions, checked against their owner, their limits and their schema.
 */
import { isToolEvent, type RawKind, type Subsystem, type ToolEvent } from "../../layers/aios/index.js"
import type { KindCodec } from "../../machines/index.js"
import { checkSize, checkUsed } from "./answers.js"
import type { Contribution } from "./Contribution.js"
import { SocketLimits } from "./limits.js"

type Owner = Pick<Contribution<unknown>, "rule" | "subsystem">

/**
 * Checks the length of a list of answers. Throws a TypeError if the list is longer than the limit for one contribution.
 */
export const bounded = <A>(answers: ReadonlyArray<A>, { rule }: Owner): ReadonlyArray<A> => {
  const { eventsPerContributionMax } = SocketLimits
  if (answers.length <= eventsPerContributionMax) return answers
  throw new TypeError(`${rule} gave ${answers.length} events at once; the limit is ${eventsPerContributionMax}`)
}

/**
 * Gives kinds in their stored form. Throws a TypeError for a kind that another subsystem owns or that does not fit its
 * schema.
 */
export const storedKinds = (
  codec: KindCodec,
  events: ReadonlyArray<Subsystem.SubsystemKind>,
  owner: Owner
): ReadonlyArray<RawKind> =>
  bounded(events, owner).map((kind) => {
    if (codec.ownerOf(kind.type) !== owner.subsystem) {
      throw new TypeError(`${owner.rule} may not append ${kind.type}, which is not of its subsystem`)
    }
    const encoded = codec.encode(kind)
    checkSize(encoded.raw)
    return encoded
  })

/**
 * Gives the output of a tool, or of middleware around it, with its events in their stored form.
 */
export const storedOutput = (
  codec: KindCodec,
  { events, ...output }: Subsystem.Output<Subsystem.SubsystemKind>,
  owner: Owner
): Subsystem.Output<RawKind> => {
  if (output.used !== undefined) checkUsed(output.used)
  return events === undefined
    ? output
    : {
        ...output,
        events: bounded(events, owner).flatMap(
          (kind): ReadonlyArray<RawKind | ToolEvent> => (isToolEvent(kind) ? [kind] : storedKinds(codec, [kind], owner))
        )
      }
}
