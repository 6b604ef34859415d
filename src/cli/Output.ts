/**
 * The console: lines, streamed text, a status line that is redrawn, and questions to the user.
 *
 * Every text that a command writes goes through here, and {@link render} takes the control characters and the secrets
 * out of it.
 *
 * @since 0.1.0
 */
import { Context, Effect, Layer } from "effect"
import { createInterface } from "node:readline"
import { jsonLine } from "./render/json.js"
import { exact, inStyle, type Line, type Look, render } from "./render/line.js"
import { Held } from "./render/Held.js"

// Some terminals do not report their width.
const columnsDefault = 80

/**
 * The console of a command: its output, and its questions to the user.
 */
export class Output extends Context.Tag("life-agent-os/cli/Output")<
  Output,
  {
    /** Writes a line of the result to the standard output; a line break of a text is escaped. */
    readonly line: (line: Line) => Effect.Effect<void>
    /** Writes a text of several lines, such as the answer of an agent, to the standard output. */
    readonly lines: (text: Line) => Effect.Effect<void>
    /** Writes a JSON text as a line to the standard output. */
    readonly json: (json: string) => Effect.Effect<void>
    /** Writes a line about the result to the standard error. Further lines of its texts are indented. */
    readonly note: (line: Line) => Effect.Effect<void>
    /** Writes a piece of streamed text, without a line break of its own; the next `line` or `lines` ends the text. */
    readonly text: (piece: string, style?: "dim") => Effect.Effect<void>
    /** Redraws the status line on the standard error; does nothing if the standard error is no terminal. */
    readonly status: (line: Line) => Effect.Effect<void>
    /** The user can see the status line. */
    readonly showsStatus: boolean
    /** Asks the user. `undefined` when the input ends without an answer. */
    readonly ask: (question: Line) => Effect.Effect<string | undefined>
    /** Both the standard input and the standard output are a terminal. */
    readonly interactive: boolean
    /** Secrets are shown. */
    readonly showsSecrets: boolean
  }
>() {
  /**
   * The standard streams of this process.
   */
  static readonly layer = ({ showsSecrets = false }: { readonly showsSecrets?: boolean } = {}): Layer.Layer<Output> =>
    Layer.scoped(
      Output,
      Effect.gen(function* () {
        const { stderr, stdin, stdout } = process
        const look = (stream: NodeJS.WriteStream, breaks: Look["breaks"]): Look => ({
          styled: stream.isTTY && !process.env["NO_COLOR"],
          showsSecrets,
          breaks
        })
        const [oneLine, manyLines] = [look(stdout, "escaped"), look(stdout, "kept")]
        const [noted, asStatus] = [look(stderr, "indented"), { ...look(stderr, "escaped"), styled: false }]
        const held = new Held()
        let heldStyle: "dim" | undefined
        let status = ""
        let column = 0
        const write = (stream: NodeJS.WriteStream, text: string) => {
          if (status !== "") stderr.write("\r\u001b[2K")
          status = ""
          stream.write(text)
        }
        const writeText = (text: string) => {
          if (text === "") return
          // The held text is masked already, because the next piece may complete a secret.
          const shown = exact(text)
          write(stdout, render(heldStyle === undefined ? shown : inStyle[heldStyle](shown), manyLines))
          column = text.endsWith("\n") ? 0 : 1
        }
        const writeLine = (stream: NodeJS.WriteStream, text: string) => {
          write(stream, `${column > 0 ? "\n" : ""}${text}\n`)
          column = 0
        }
        const print = (line: Line, as: Look) =>
          Effect.sync(() => {
            writeText(held.rest())
            writeLine(stdout, render(line, as))
          })
        // A text that is cut short by a failure.
        yield* Effect.addFinalizer(() => Effect.sync(() => writeText(held.rest())))
        return {
          line: (line) => print(line, oneLine),
          lines: (text) => print(text, manyLines),
          json: (json) => print(exact(jsonLine(json, showsSecrets)), oneLine),
          note: (line) => Effect.sync(() => writeLine(stderr, render(line, noted))),
          text: (piece, style) =>
            Effect.sync(() => {
              if (style !== heldStyle) writeText(held.rest())
              heldStyle = style
              writeText(showsSecrets ? piece : held.add(piece))
            }),
          status: (line) =>
            Effect.sync(() => {
              if (!stderr.isTTY || column > 0) return
              const shown = cutToColumns(render(line, asStatus), (stderr.columns || columnsDefault) - 1)
              if (shown === status) return
              write(stderr, shown)
              status = shown
            }),
          showsStatus: stderr.isTTY,
          ask: (question) =>
            Effect.zipRight(
              print(question, oneLine),
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
          showsSecrets
        }
      })
    )
}

// A status line that is wider than the terminal could not be erased. Characters beyond those of Europe may take two
// columns.
const cutToColumns = (text: string, columnsMax: number): string => {
  let columns = 0
  let end = 0
  for (const character of text) {
    columns += character < "\u1100" ? 1 : 2
    if (columns > columnsMax) break
    end += character.length
  }
  return text.slice(0, end)
}
