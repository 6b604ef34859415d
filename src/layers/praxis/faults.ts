/**
 * Errors of the file system as errors that the model can read.
 *
 * @since 0.1.0
 */
import { Effect, Predicate } from "effect"
import { ToolError } from "../aios/index.js"

/**
 * Thrown by the synchronous file code when a call is refused; {@link attempt} turns it into a {@link ToolError}.
 *
 * @since 0.1.0
 * @category errors
 */
export class Refusal extends Error {
  override readonly name = "Refusal"
  constructor(
    readonly reason: ToolError["reason"],
    message: string
  ) {
    super(message)
  }
}

/**
 * The code of a failed system call (`ENOENT`, …), or `undefined` for any other failure.
 *
 * @since 0.1.0
 * @category getters
 */
export const errorCode = (cause: unknown): string | undefined =>
  // Not by its class: a test runner may give a module the errors of another realm.
  Predicate.hasProperty(cause, "code") && typeof cause.code === "string" ? cause.code : undefined

const advice: { readonly [code: string]: string } = {
  ENOENT: "does not exist; list_dir on the directory above shows what does",
  ENOTDIR: "is not a directory, or a part of the path above it is not; check it with list_dir",
  EISDIR: "is a directory; use list_dir",
  EACCES: "may not be accessed with the permissions of this process; use another path or ask for the permission",
  EPERM: "may not be changed by this process; use another path or ask for the permission",
  EROFS: "is on a read-only file system; use another path",
  ELOOP: "is or leads through a symlink that cannot be followed; use the path of the real file",
  ENAMETOOLONG: "is too long for the file system; use shorter names",
  ENOSPC: "could not be written because the disk is full; free space, then call again",
  EDQUOT: "could not be written because the disk quota is used up; free space, then call again",
  EMFILE: "could not be opened because too many files are open; call again later",
  ENFILE: "could not be opened because too many files are open; call again later",
  ENXIO: "is not a regular file",
  EBUSY: "is in use; call again later",
  ETXTBSY: "is a program that is running; call again later",
  EIO: "could not be transferred because the disk reported an error; use another path"
}

/**
 * Runs synchronous file code for a tool. A {@link Refusal} and a failed system call become a {@link ToolError} that
 * names `subject`; everything else is a defect.
 *
 * @since 0.1.0
 * @category constructors
 */
export const attempt = <A>(toolName: string, subject: string, run: () => A): Effect.Effect<A, ToolError> =>
  Effect.suspend(() => {
    try {
      return Effect.succeed(run())
    } catch (cause) {
      if (cause instanceof Refusal)
        return Effect.fail(new ToolError({ toolName, reason: cause.reason, message: cause.message }))
      const code = errorCode(cause)
      if (code === undefined) return Effect.die(cause)
      const message = `"${subject}" ${advice[code] ?? "could not be used"} (${code})`
      return Effect.fail(new ToolError({ toolName, reason: "Unavailable", message }))
    }
  })
