/**
 * Refusal of a request to an agent: an error whose message opens with the agent's name.
 *
 * @since 0.1.0
 */

/**
 * An error class of an operation that can fail for these reasons.
 */
export type Refused<R, E> = new (fields: { readonly agent: string; readonly reason: R; readonly message: string }) => E

export const refusal = <R, E>(Refused: Refused<R, E>, agent: { readonly name: string }, reason: R, what: string): E =>
  new Refused({ agent: agent.name, reason, message: `agent ${agent.name} ${what}` })
