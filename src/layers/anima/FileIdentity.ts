/**
 * The identity of an agent system: an Ed25519 key in its data directory.
 *
 * @since 0.1.0
 */
import { createHash, createPrivateKey, createPublicKey, sign } from "node:crypto"
import {
  closeSync,
  fstatSync,
  fsyncSync,
  linkSync,
  mkdirSync,
  openSync,
  readFileSync,
  rmSync,
  writeSync
} from "node:fs"
import { join } from "node:path"
import { ed25519 } from "@noble/curves/ed25519.js"
import { Effect, Layer, Option } from "effect"
import { Identity, IdentityError } from "../aios/index.js"

const utf8 = new TextEncoder()
const toHex = (bytes: Uint8Array): string => Buffer.from(bytes).toString("hex")
const fromHex = (text: string, bytes: number): Uint8Array | undefined =>
  text.length === bytes * 2 && /^[0-9a-f]*$/.test(text) ? Buffer.from(text, "hex") : undefined

const secretKeyBytes = 32
const publicKeyBytes = 32
const signatureBytes = 64

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
  const key = createPrivateKey({ key: Buffer.concat([pkcs8Header, secretKey]), format: "der", type: "pkcs8" })
  return {
    publicKey: toHex(createPublicKey(key).export({ format: "der", type: "spki" }).subarray(-publicKeyBytes)),
    sign: (text) => sign(null, utf8.encode(text), key).toString("hex"),
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
  const secretKey = fromHex(file.text.trimEnd(), secretKeyBytes)
  if (secretKey !== undefined) return secretKey
  const advice =
    "Put a backup in its place; or remove it, and a new one is made that cannot vouch for older checkpoints."
  return yield* failure(path, "Malformed", `is not a key (64 lower-case hex digits). ${advice}`)
})

// A link appears complete or not at all, and never replaces a key that another process has made meanwhile.
const writeKey = (path: string, secretKey: Uint8Array): void => {
  const partial = `${path}.${process.pid}.partial`
  rmSync(partial, { force: true })
  const descriptor = openSync(partial, "wx", 0o600)
  try {
    writeSync(descriptor, `${toHex(secretKey)}\n`)
    fsyncSync(descriptor)
    linkSync(partial, path)
  } catch (cause) {
    if (codeOf(cause) !== "EEXIST") throw cause
  } finally {
    closeSync(descriptor)
    rmSync(partial, { force: true })
  }
}

const makeKey = Effect.fnUntraced(function* (dataDir: string, path: string) {
  yield* Effect.try({
    try: () => {
      mkdirSync(dataDir, { recursive: true, mode: 0o700 })
      writeKey(path, ed25519.utils.randomSecretKey())
    },
    catch: (cause) =>
      failure(
        path,
        "Unwritable",
        `cannot be made (${String(cause)}). Make the directory writable, or take another one.`
      )
  })
  const secretKey = yield* readKey(path)
  return secretKey ?? (yield* failure(path, "Unreadable", "vanished while it was made. Try again."))
})

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
 * The identity in `<dataDir>/identity.key`; the first use makes the key. The file holds 64 hex digits, and only its
 * owner may read it. Fails with `Unreadable` when the file cannot be read or other users can read it, `Unwritable` when
 * the file cannot be made, and `Malformed` when it holds no key.
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
export const layer = (options: { readonly dataDir: string }): Layer.Layer<Identity, IdentityError> => {
  const path = pathIn(options.dataDir)
  return Layer.effect(
    Identity,
    Effect.gen(function* () {
      const secretKey = yield* readKey(path)
      return fromSecretKey(secretKey ?? (yield* makeKey(options.dataDir, path)))
    })
  )
}

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
