/**
 * The identity of an agent system: an Ed25519 key in its data directory.
 *
 * @since 0.1.0
 */
import { createHash, createHmac, createPrivateKey, createPublicKey, hkdfSync, sign } from "node:crypto"
import {
  closeSync,
  existsSync,
  fstatSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readFileSync,
  rmSync,
  statSync,
  writeSync
} from "node:fs"
import { join } from "node:path"
import { ed25519 } from "@noble/curves/ed25519.js"
import { Effect, Layer, Option, Schedule } from "effect"
import { Identity, IdentityError } from "../aios/index.js"

const utf8 = new TextEncoder()
const toHex = (bytes: Uint8Array): string => Buffer.from(bytes).toString("hex")
const fromHex = (text: string, bytes: number): Uint8Array | undefined =>
  text.length === bytes * 2 && /^[0-9a-f]*$/.test(text) ? Buffer.from(text, "hex") : undefined

const secretKeyBytes = 32
const publicKeyBytes = 32
const signatureBytes = 64
const sealKeyBytes = 32

// Bytes before the 32 bytes of an Ed25519 secret key in a PKCS #8 document (RFC 8410).
const pkcs8Header = Buffer.from("302e020100300506032b657004220420", "hex")

/**
 * The identity of a secret key of 32 bytes.
 *
 * @since 0.1.0
 * @category constructors
 */
export const fromSecretKey = (secretKey: Uint8Array): typeof Identity.Service => {
  // Node signs twenty times faster than JavaScript and gives the same bytes. Its verification is less strict.
  const sealKey = Buffer.from(hkdfSync("sha256", secretKey, "", "life-agent-os/anima/seal/v1", sealKeyBytes))
  const key = createPrivateKey({ key: Buffer.concat([pkcs8Header, secretKey]), format: "der", type: "pkcs8" })
  return {
    publicKey: toHex(createPublicKey(key).export({ format: "der", type: "spki" }).subarray(-publicKeyBytes)),
    sign: (text) => sign(null, utf8.encode(text), key).toString("hex"),
    // HMAC-SHA256 (RFC 2104), because a signature takes twenty times as long, and each append has a seal.
    seal: (text) => createHmac("sha256", sealKey).update(text).digest("hex"),
    verify
  }
}

/**
 * Says whether a signature was made with the secret key of a public key. Needs no identity.
 *
 * @since 0.1.0
 * @category predicates
 */
export const verify: (typeof Identity.Service)["verify"] = (text, signature, publicKey) => {
  const signatureRaw = fromHex(signature, signatureBytes)
  const publicKeyRaw = fromHex(publicKey, publicKeyBytes)
  if (signatureRaw === undefined || publicKeyRaw === undefined) return false
  // The strict rules of RFC 8032, so that a signature has one form only.
  return ed25519.verify(signatureRaw, utf8.encode(text), publicKeyRaw, { zip215: false })
}

const failure = (path: string, reason: IdentityError["reason"], message: string): IdentityError =>
  new IdentityError({ path, reason, message: `The identity key ${path} ${message}` })

const codeOf = (cause: unknown): unknown =>
  typeof cause === "object" && cause !== null && "code" in cause ? cause.code : undefined

const othersMayRead = (mode: number): boolean => process.platform !== "win32" && (mode & 0o077) !== 0

interface KeyFile {
  readonly text: string
  readonly mode: number
}

// Mode and text come from the same open file, so that the file cannot be exchanged in between.
const openKey = (path: string): KeyFile | undefined => {
  let descriptor: number
  try {
    descriptor = openSync(path, "r")
  } catch (cause) {
    if (codeOf(cause) === "ENOENT") return undefined
    throw cause
  }
  try {
    return { mode: fstatSync(descriptor).mode, text: readFileSync(descriptor, "utf8") }
  } finally {
    closeSync(descriptor)
  }
}

const readKey = Effect.fnUntraced(function* (path: string) {
  const file = yield* Effect.try({
    try: () => openKey(path),
    catch: (cause) =>
      failure(path, "Unreadable", `cannot be read (${String(cause)}). Check its permissions and its disk.`)
  })
  if (file === undefined) return undefined
  if (othersMayRead(file.mode)) {
    const advice = `Run \`chmod 600 ${path}\`; if another user may have copied it, remove it, and a new one is made.`
    return yield* failure(path, "Unreadable", `can be read by other users, so it is not used. ${advice}`)
  }
  if (file.text === "") return undefined
  const secretKey = fromHex(file.text.trimEnd(), secretKeyBytes)
  if (secretKey !== undefined) return secretKey
  const advice = "Put a backup in its place: `life id recover FILE`."
  return yield* failure(path, "Malformed", `is not a key (64 lower-case hex digits). ${advice}`)
})

// The key has its final name from the start, so that a killed process leaves no secret under another one. An empty file
// is a key that was never written: nothing is signed with it.
const writeKey = (path: string, secretKey: Uint8Array): void => {
  let descriptor: number
  try {
    descriptor = openSync(path, "wx", 0o600)
  } catch (cause) {
    if (codeOf(cause) === "EEXIST") return
    throw cause
  }
  try {
    writeSync(descriptor, `${toHex(secretKey)}\n`)
    fsyncSync(descriptor)
  } finally {
    closeSync(descriptor)
  }
}

const makeKey = Effect.fnUntraced(function* (dataDir: string, secretKey = ed25519.utils.randomSecretKey()) {
  const path = pathIn(dataDir)
  yield* Effect.try({
    try: () => {
      mkdirSync(dataDir, { recursive: true, mode: 0o700 })
      writeKey(path, secretKey)
    },
    catch: (cause) =>
      failure(
        path,
        "Unwritable",
        `cannot be made (${String(cause)}). Make the directory writable, or take another one.`
      )
  })
  // Another process may have made it first, and be in the middle of writing it.
  const made = yield* Effect.retry(
    Effect.flatMap(readKey(path), (found) => Effect.fromNullable(found)),
    { times: 20, schedule: Schedule.spaced("50 millis"), while: (error) => error._tag === "NoSuchElementException" }
  ).pipe(Effect.catchTag("NoSuchElementException", () => unfinished(path)))
  return made
})

const unfinished = (path: string) =>
  failure(path, "Malformed", "is empty: the process that made it was killed. Remove it, and a new one is made.")

// Files that a process makes after its key. If one is there without a key, the key was lost.
const wasUsed = (dataDir: string): boolean =>
  ["journal.sqlite", "journal.anchor"].some((name) => existsSync(join(dataDir, name)))

const pathIn = (dataDir: string): string => join(dataDir, "identity.key")

/**
 * The identity in `<dataDir>/identity.key`, if there is one; makes no key. Fails with `Unreadable` and `Malformed` as
 * {@link layer} does.
 *
 * @since 0.1.0
 * @category constructors
 */
export const existing = (options: {
  readonly dataDir: string
}): Effect.Effect<Option.Option<typeof Identity.Service>, IdentityError> =>
  Effect.map(readKey(pathIn(options.dataDir)), (secretKey) => Option.map(Option.fromNullable(secretKey), fromSecretKey))

/**
 * The identity in `<dataDir>/identity.key`; the first use of the directory makes the key. The file holds 64 hex digits,
 * and only its owner may read it. Fails with `Unreadable` when the file cannot be read or other users can read it,
 * `Unwritable` when the file cannot be made, `Malformed` when it holds no key, and `Missing` when the directory has a
 * journal and no key: a key that was lost is not replaced silently.
 *
 * @since 0.1.0
 * @category layers
 * @example
 * ```ts
 * import { Effect } from "effect"
 * import { FileIdentity, Identity } from "life-agent-os"
 *
 * const program = Effect.map(Identity.Identity, (identity) => identity.sign("text"))
 * Effect.runPromise(Effect.provide(program, FileIdentity.layer({ dataDir: ".life" })))
 * ```
 */
export const layer = (options: { readonly dataDir: string }): Layer.Layer<Identity, IdentityError> =>
  Layer.effect(
    Identity,
    Effect.gen(function* () {
      const path = pathIn(options.dataDir)
      const secretKey = yield* readKey(path)
      if (secretKey !== undefined) return fromSecretKey(secretKey)
      if (wasUsed(options.dataDir)) return yield* lost(path)
      yield* removeEmpty(path)
      return fromSecretKey(yield* makeKey(options.dataDir))
    })
  )

const lost = (path: string): IdentityError =>
  failure(
    path,
    "Missing",
    "is missing, and there is a journal that it sealed. Put a backup in its place with `life id recover FILE`; or make a " +
      "new key that vouches for the journal as it is now, with `life id adopt --all`."
  )

const removeEmpty = (path: string): Effect.Effect<void, IdentityError> =>
  Effect.try({
    try: () => {
      if (existsSync(path) && statSync(path).size === 0) rmSync(path)
    },
    catch: (cause) => failure(path, "Unwritable", `cannot be replaced (${String(cause)}). Check its directory.`)
  })

/**
 * Makes a key for a directory that has lost its own; fails with `Unwritable` if there is a key.
 *
 * @since 0.1.0
 * @category constructors
 */
export const replaceLost = (options: {
  readonly dataDir: string
}): Effect.Effect<typeof Identity.Service, IdentityError> => restore(options.dataDir, undefined)

/**
 * Puts a key of 64 hex digits into a directory that has lost its own. Fails with `Malformed` if the text is no key, and
 * with `Unwritable` if there is a key.
 *
 * @since 0.1.0
 * @category constructors
 */
export const recover = (options: {
  readonly dataDir: string
  readonly text: string
}): Effect.Effect<typeof Identity.Service, IdentityError> => {
  const secretKey = fromHex(options.text.trim(), secretKeyBytes)
  return secretKey === undefined
    ? failure(pathIn(options.dataDir), "Malformed", "is not replaced: the text is no key of 64 lower-case hex digits.")
    : restore(options.dataDir, secretKey)
}

const restore = Effect.fnUntraced(function* (dataDir: string, secretKey: Uint8Array | undefined) {
  const path = pathIn(dataDir)
  if ((yield* readKey(path)) !== undefined) {
    return yield* failure(path, "Unwritable", "is there already, and is not replaced. Move it away first.")
  }
  yield* removeEmpty(path)
  return fromSecretKey(yield* makeKey(dataDir, secretKey))
})

/**
 * An identity that is the same for the same seed; for simulations and tests, never for real work.
 *
 * @since 0.1.0
 * @category layers
 */
export const layerSeeded = (seed: number): Layer.Layer<Identity> =>
  Layer.sync(Identity, () =>
    fromSecretKey(createHash("sha256").update(`life-agent-os/anima/seeded-identity/${seed}`).digest())
  )
