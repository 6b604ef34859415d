/**
 * The console: lines, streamed text, a status line that is redrawn, and questions to the user.
 *
 * @since 0.1.0
 */
import { Context, Effect, Layer } from "effect"
import { createInterface } from "node:readline"
import { plain, type Paint, printable, terminal } from "./render/text.js"

// Some terminals do not report their width.
const columnsDefault = 80

/**
 * The console of a command: its output, and its questions to the user.
 */
export class Output extends Context.Tag("life-agent-os/cli/Output")<
  Output,
  {
    /** Writes a line of the result to the standard output. */
    readonly line: (text: string) => Effect.Effect<void>
    /** Writes a line about the result to the standard error. */
    readonly note: (text: string) => Effect.Effect<void>
    /** Writes a piece of streamed text, without a line break of its own. */
    readonly text: (piece: string, style?: "dim") => Effect.Effect<void>
    /** Redraws the status line on the standard error; does nothing if the standard error is no terminal. */
    readonly status: (text: string) => Effect.Effect<void>
    /** The user can see the status line. */
    readonly showsStatus: boolean
    /** Asks the user. `undefined` when the input ends without an answer. */
    readonly ask: (question: string) => Effect.Effect<string | undefined>
    /** Both the standard input and the standard output are a terminal. */
    readonly interactive: boolean
    readonly paint: Paint
  }
>() {
  /**
   * The standard streams of this process.
   */
  static readonly layer: Layer.Layer<Output> = Layer.sync(Output, () => {
    const { stderr, stdin, stdout } = process
    const paint = stdout.isTTY && !process.env["NO_COLOR"] ? terminal : plain
    let status = ""
    let column = 0
    const write = (stream: NodeJS.WriteStream, text: string) => {
      if (status !== "") stderr.write("\r\u001b[2K")
      status = ""
      stream.write(text)
    }
    const writeLine = (stream: NodeJS.WriteStream, text: string) =>
      Effect.sync(() => {
        write(stream, `${column > 0 ? "\n" : ""}${text}\n`)
        column = 0
      })
    return {
      line: (text) => writeLine(stdout, text),
      note: (text) => writeLine(stderr, text),
      text: (piece, style) =>
        Effect.sync(() => {
          if (piece === "") return
          write(stdout, style === undefined ? printable(piece) : paint[style](printable(piece)))
          column = piece.endsWith("\n") ? 0 : 1
        }),
      status: (text) =>
        Effect.sync(() => {
          if (!stderr.isTTY || column > 0) return
          const shown = text.slice(0, (stderr.columns || columnsDefault) - 1)
          if (shown === status) return
          write(stderr, shown)
          status = shown
        }),
      showsStatus: stderr.isTTY,
      ask: (question) =>
        Effect.zipRight(
          writeLine(stdout, question),
          Effect.async<string | undefined>((resume) => {
            // The user types on a new line, and the status line must not overwrite it.
            column = 1
            // With `terminal: true`, readline would handle Ctrl-C, which has to stay a signal.
            const reader = createInterface({ input: stdin, terminal: false })
            let answer: string | undefined
            reader.once("line", (line) => {
              answer = line
              column = 0
              reader.close()
            })
            reader.once("close", () => resume(Effect.succeed(answer)))
            return Effect.sync(() => reader.close())
          })
        ),
      interactive: stdin.isTTY && stdout.isTTY,
      paint
    }
  })
}
