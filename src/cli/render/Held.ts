/**
 * Streamed text that is masked as it comes in.
 *
 * @since 0.1.0
 */
import { maskSecrets, settledLength } from "../../layers/aios/index.js"

/** The end of a streamed text that the next piece may turn into a secret, and that is therefore not shown yet. */
export class Held {
  private text = ""

  /** Adds a piece, and gives the text that can be shown now, with its secrets masked. */
  add(piece: string): string {
    this.text += piece
    return this.take(settledLength(this.text))
  }

  /** Gives what is left at the end of the text. */
  rest(): string {
    return this.take(this.text.length)
  }

  private take(length: number): string {
    const shown = this.text.slice(0, length)
    this.text = this.text.slice(length)
    return maskSecrets(shown)
  }
}
