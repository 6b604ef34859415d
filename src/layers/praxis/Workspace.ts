/**
 * The boundary of the file tools: one directory, and no way out of it.
 *
 * @since 0.1.0
 */
import { Effect, Schema } from "effect"
import { lstatSync, mkdirSync, readdirSync, readlinkSync, realpathSync, type Stats, statSync } from "node:fs"
import { isAbsolute, resolve } from "node:path"
import type { Directory, OpenRoot } from "./boundary/Directory.js"
import { openRoot as openRootHere } from "./boundary/openRoot.js"
import { below, type Names, parsePath, show, split } from "./boundary/paths.js"
import { isDataDirectoryByContent, protection, type Use } from "./boundary/protection.js"
import { type SensitiveFile, sensitiveFiles, sensitivity } from "./boundary/sensitive.js"
import { widthOf } from "./boundary/width.js"
import { errorCode, Refusal } from "./faults.js"
import { escapeScope, lifeCode, Limits, type Lock, unsafeMakeLock } from "../aios/index.js"

/**
 * Reason why a directory cannot be a workspace.
 *
 * @since 0.1.0
 * @category errors
 */
export class WorkspaceError extends Schema.TaggedError<WorkspaceError>("life-agent-os/WorkspaceError")(
  "WorkspaceError",
  {
    root: Schema.String,
    reason: Schema.Literal("NotFound", "NotADirectory", "TooWide", "Protected", "Unreadable"),
    /** Says what is wrong and which option to change. */
    message: Schema.String
  }
) {
  get code() {
    return lifeCode(this)
  }
}

/**
 * Options of a workspace.
 *
 * @since 0.1.0
 * @category models
 */
export interface WorkspaceOptions {
  /** The directory, absolute or relative to the current one. */
  readonly root: string
  /** Files and directories that are never read, written or listed: absolute, or relative to the root. */
  readonly protectedPaths: ReadonlyArray<string>
  /** Rows beside {@link sensitiveFiles}. @default none */
  readonly sensitiveFiles?: ReadonlyArray<SensitiveFile> | undefined
  /**
   * Accepts the home directory, a directory above it, the root of the file system, or the directory of another user.
   *
   * @default false
   */
  readonly wide?: boolean | undefined
}

/**
 * Place that a path of the model leads to.
 *
 * @since 0.1.0
 * @category models
 */
export interface Location {
  /** The names as the model asked for them. */
  readonly asked: Names
  /** The names of the real place, without symlinks. Later walks over these names follow no symlink. */
  readonly names: Names
  /** Stats of the entry at that place; `undefined` when there is none. */
  readonly stats: Stats | undefined
  readonly endsInSlash: boolean
}

/**
 * The boundary. Its methods are synchronous and throw a `Refusal` or the error of the system call; tools run them
 * through `attempt` or `cooperate`.
 *
 * @since 0.1.0
 * @category models
 */
export interface Workspace {
  /** The real path of the root. */
  readonly root: string
  /** Reads a path from the model, follows symlinks that stay inside, and refuses other symlinks and protected paths. */
  readonly locate: (path: string, use: Use) => Location
  /** Opens a directory by real names, following no symlink; makes missing directories when `create` is set. */
  readonly openDirectory: (names: Names, create?: boolean) => Directory
  /** Returns whether an entry must not be shown. */
  readonly hides: (names: Names) => boolean
  /** Gives the reasons why a use of a place needs an approval by default; none if it needs none. */
  readonly sensitivityOf: (location: Location, use: Use) => ReadonlyArray<string>
  /** Returns whether a file holds secrets. */
  readonly isSecret: (names: Names) => boolean
  /** Lets one write happen at a time. */
  readonly writing: Lock
}

/**
 * Opens a workspace.
 *
 * @since 0.1.0
 * @category constructors
 */
export const make = (options: WorkspaceOptions): Effect.Effect<Workspace, WorkspaceError> =>
  makeWith(openRootHere, options)

/**
 * Opens a workspace with a given way to hold directories open.
 *
 * @since 0.1.0
 * @category constructors
 */
export const makeWith = Effect.fnUntraced(function* (openRoot: OpenRoot, options: WorkspaceOptions) {
  const root = yield* realRoot(options.root)
  const roots = [split(root), split(resolve(options.root))]
  const protectedNames = options.protectedPaths.flatMap((path) => protectedBelow(path, root, roots))
  if (protectedNames.some((names) => names.length === 0)) {
    const message = `the workspace "${root}" is itself a protected directory; choose another workspace or data directory`
    return yield* new WorkspaceError({ root, reason: "Protected", message })
  }
  const width = options.wide === true ? undefined : widthOf(root)
  if (width !== undefined) {
    const message =
      `the workspace "${root}" ${width}, so agents could change far more than a project; choose the folder of a ` +
      "project, or take this one on purpose (wideWorkspace: true, --wide-workspace)"
    return yield* new WorkspaceError({ root, reason: "TooWide", message })
  }
  const isProtected = protection(protectedNames)
  const protectedPath = (path: string, use: Use): Refusal => {
    const verb = use === "read" ? "read" : "written"
    return new Refusal("PolicyViolation", `"${path}" is protected and cannot be ${verb}; use another path`)
  }
  const refuseProtected = (path: string, names: Names, use: Use): void => {
    if (isProtected(names, use)) throw protectedPath(path, use)
  }
  const reasonsFor = sensitivity([...sensitiveFiles, ...(options.sensitiveFiles ?? [])])
  const open = (): Directory => {
    try {
      return openRoot(root)
    } catch (cause) {
      throw new Refusal(
        "Unavailable",
        `the workspace cannot be opened any more (${errorCode(cause) ?? cause}); restore it`
      )
    }
  }

  const openDirectory = (names: Names, create = false): Directory => {
    let directory = open()
    for (const name of names) {
      const above = directory
      try {
        directory = enter(above, name, create)
      } finally {
        above.close()
      }
    }
    return directory
  }

  const locate = (path: string, use: Use): Location => {
    const { endsInSlash, names: asked } = parsePath(path, roots)
    refuseProtected(path, asked, use)
    const seen = (directory: Directory): void => {
      if (isDataDirectoryByContent(directory)) throw protectedPath(path, use)
    }
    let step = look(open(), path, asked, roots, seen)
    let links = 0
    while ("next" in step) {
      if (step.isLink && ++links > Limits.symlinksMax)
        throw new Refusal("Unavailable", `"${path}" leads through a circle of symlinks; use the real path`)
      step = look(open(), path, step.next, roots, seen)
    }
    refuseProtected(path, step.names, use)
    return { asked, endsInSlash, names: step.names, stats: step.stats }
  }

  const writing = unsafeMakeLock()
  return {
    root,
    locate,
    openDirectory,
    hides: (names: Names) => isProtected(names, "read"),
    sensitivityOf: ({ asked, names }: Location, use: Use) => [
      ...new Set([...reasonsFor(asked, use), ...reasonsFor(names, use)])
    ],
    isSecret: (names: Names) => reasonsFor(names, "read").length > 0,
    writing
  }
})

const realRoot = (root: string): Effect.Effect<string, WorkspaceError> =>
  Effect.suspend(() => {
    const fail = (reason: WorkspaceError["reason"], what: string) =>
      Effect.fail(
        new WorkspaceError({
          root,
          reason,
          message: `the workspace "${root}" ${what}; set the workspace option to a directory you can read`
        })
      )
    try {
      if (!statSync(root).isDirectory()) return fail("NotADirectory", "is not a directory")
      readdirSync(root)
      return Effect.succeed(realpathSync(root))
    } catch (cause) {
      const code = errorCode(cause)
      if (code === "ENOENT") return fail("NotFound", "does not exist")
      if (code === "ENOTDIR") return fail("NotADirectory", "lies below something that is not a directory")
      return fail("Unreadable", `cannot be read (${code ?? cause})`)
    }
  })

// A protected path counts under its given name and, if it exists already, under its real name.
const protectedBelow = (path: string, root: string, roots: ReadonlyArray<Names>): ReadonlyArray<Names> => {
  const absolute = isAbsolute(path) ? resolve(path) : resolve(root, path)
  const spellings = [absolute]
  try {
    spellings.push(realpathSync(absolute))
  } catch (cause) {
    if (errorCode(cause) === undefined) throw cause
  }
  return spellings.map((spelling) => below(spelling, roots)).filter((names) => names !== undefined)
}

const enter = (above: Directory, name: string, create: boolean): Directory => {
  try {
    return above.enter(name)
  } catch (cause) {
    if (!create || errorCode(cause) !== "ENOENT") throw cause
  }
  try {
    mkdirSync(above.at(name))
    above.sync()
  } catch (cause) {
    if (errorCode(cause) !== "EEXIST") throw cause
  }
  return above.enter(name)
}

type Step =
  | { readonly names: Names; readonly stats: Stats | undefined }
  | { readonly next: Names; readonly isLink: boolean }

// Walks from the root to the end of the path, or to the first name that turns it into another path: a symlink, or a
// `..` from a symlink. No name before is a symlink, so a `..` can be taken literally.
// `seen` is given each directory on the way.
const look = (
  root: Directory,
  path: string,
  names: Names,
  roots: ReadonlyArray<Names>,
  seen: (directory: Directory) => void
): Step => {
  let directory = root
  try {
    seen(directory)
    for (const [index, name] of names.entries()) {
      const rest = names.slice(index + 1)
      if (name === "..") {
        if (index === 0) throw outside(path)
        return { next: [...names.slice(0, index - 1), ...rest], isLink: false }
      }
      const stats = lstatSync(directory.at(name), { throwIfNoEntry: false })
      if (stats === undefined && rest.includes("..")) throw missing(path)
      if (stats === undefined) return { names, stats }
      if (stats.isSymbolicLink()) {
        const target = readlinkSync(directory.at(name))
        const start = isAbsolute(target) ? below(target, roots) : [...names.slice(0, index), ...split(target)]
        if (start === undefined) throw outside(path)
        return { next: [...start, ...rest], isLink: true }
      }
      if (rest.length === 0 && !stats.isDirectory()) return { names, stats }
      const above = directory
      directory = above.enter(name)
      above.close()
      seen(directory)
      if (rest.length === 0) return { names, stats }
    }
    return { names, stats: statSync(directory.self) }
  } finally {
    directory.close()
  }
}

const outside = (path: string): Refusal =>
  new Refusal(
    "PolicyViolation",
    `"${path}" leads outside the workspace through a symlink; use a path that stays inside`
  )

const missing = (path: string): Refusal =>
  new Refusal("Unavailable", `"${path}" leads through a symlink to something that does not exist; use the real path`)

/**
 * Gives the scopes of a location for its capabilities: the path that was asked for and, behind a symlink, also the real
 * path, so that a symlink does not lead around a policy.
 *
 * @since 0.1.0
 * @category getters
 */
export const scopes = (location: Location): ReadonlyArray<string> => [
  ...new Set([location.asked, location.names].map((names) => `/${names.map(escapeScope).join("/")}`))
]

/**
 * Writes a location as the model sees it.
 *
 * @since 0.1.0
 * @category getters
 */
export const shownPath = (location: Location): string => show(location.asked)
