import { chmodSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { assert, describe, it } from "@effect/vitest"
import { Effect, Option } from "effect"
import { Identity } from "../../../src/layers/aios/index.js"
import { FileIdentity } from "../../../src/layers/anima/index.js"

const tempDir = Effect.acquireRelease(
  Effect.sync(() => mkdtempSync(join(tmpdir(), "life-anima-"))),
  (dir) => Effect.sync(() => rmSync(dir, { recursive: true, force: true }))
)

const identityIn = (dataDir: string) => Effect.provide(Identity, FileIdentity.layer({ dataDir }))

describe("the identity of a data directory", () => {
  it.scopedLive("the identity of a data directory is made once, for its owner only, and stays", () =>
    Effect.gen(function* () {
      const dataDir = join(yield* tempDir, "data")
      const first = yield* identityIn(dataDir)
      const path = join(dataDir, "identity.key")
      assert.match(readFileSync(path, "utf8"), /^[0-9a-f]{64}\n$/)
      assert.strictEqual(statSync(path).mode & 0o777, 0o600)
      assert.deepStrictEqual(readdirSync(dataDir), ["identity.key"])
      const second = yield* identityIn(dataDir)
      assert.strictEqual(second.publicKey, first.publicKey)
      assert.isTrue(second.verify("text", first.sign("text"), first.publicKey))
    })
  )

  it.scopedLive("the identity of a data directory is not made by a caller that only asks for an existing one", () =>
    Effect.gen(function* () {
      const dataDir = yield* tempDir
      assert.isTrue(Option.isNone(yield* FileIdentity.existing({ dataDir })))
      assert.deepStrictEqual(readdirSync(dataDir), [])
      const { publicKey } = yield* identityIn(dataDir)
      const found = yield* FileIdentity.existing({ dataDir })
      assert.strictEqual(Option.getOrUndefined(found)?.publicKey, publicKey)
    })
  )

  it.scopedLive("the identity of a data directory differs from that of any other directory", () =>
    Effect.gen(function* () {
      const [one, other] = [yield* identityIn(yield* tempDir), yield* identityIn(yield* tempDir)]
      assert.notStrictEqual(one.publicKey, other.publicKey)
      assert.isFalse(one.verify("text", other.sign("text"), one.publicKey))
    })
  )

  const malformed = {
    "too short": "ab\n",
    "upper case": `${"AB".repeat(32)}\n`,
    "not hex": `${"xy".repeat(32)}\n`,
    "two keys": `${"ab".repeat(64)}\n`
  }
  for (const [name, text] of Object.entries(malformed)) {
    it.scopedLive(`an identity whose file is ${name} is Malformed, and the file is left as it is`, () =>
      Effect.gen(function* () {
        const dataDir = yield* tempDir
        const path = join(dataDir, "identity.key")
        writeFileSync(path, text, { mode: 0o600 })
        const error = yield* Effect.flip(identityIn(dataDir))
        assert.deepInclude(error, { reason: "Malformed", path })
        assert.strictEqual(readFileSync(path, "utf8"), text)
      })
    )
  }

  for (const mode of [0o640, 0o604]) {
    it.scopedLive(`an identity with file mode ${mode.toString(8)} is not used, and the message says what to do`, () =>
      Effect.gen(function* () {
        const dataDir = yield* tempDir
        const path = join(dataDir, "identity.key")
        writeFileSync(path, `${"ab".repeat(32)}\n`)
        chmodSync(path, mode)
        const error = yield* Effect.flip(identityIn(dataDir))
        assert.strictEqual(error.reason, "Unreadable")
        assert.include(error.message, `chmod 600 ${path}`)
      })
    )
  }

  it.scopedLive("the identity is Unreadable when its path is a directory, and Unwritable below a file", () =>
    Effect.gen(function* () {
      const dataDir = yield* tempDir
      mkdirSync(join(dataDir, "identity.key"), { mode: 0o700 })
      assert.strictEqual((yield* Effect.flip(identityIn(dataDir))).reason, "Unreadable")
      const file = join(dataDir, "file")
      writeFileSync(file, "")
      assert.include(["Unreadable", "Unwritable"], (yield* Effect.flip(identityIn(join(file, "data")))).reason)
    })
  )
})

describe("signatures", () => {
  // RFC 8032, section 7.1, tests 1 and 2; the messages are the UTF-8 bytes of the texts given.
  const vectors = [
    {
      secret: "9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60",
      publicKey: "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a",
      text: "",
      signature:
        "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b"
    },
    {
      secret: "4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb",
      publicKey: "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c",
      text: "r",
      signature:
        "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00"
    }
  ]
  for (const { publicKey, secret, signature, text } of vectors) {
    it(`signatures are those of RFC 8032 for ${JSON.stringify(text)}`, () => {
      const identity = FileIdentity.fromSecretKey(Buffer.from(secret, "hex"))
      assert.strictEqual(identity.publicKey, publicKey)
      assert.strictEqual(identity.sign(text), signature)
      assert.isTrue(identity.verify(text, signature, publicKey))
    })
  }

  it.effect("signatures fail for another text, another signature, and anything but hex of the right length", () =>
    Effect.gen(function* () {
      const { publicKey, sign, verify } = yield* Identity
      const signature = sign("text")
      assert.isTrue(verify("text", signature, publicKey))
      assert.isFalse(verify("test", signature, publicKey))
      assert.isFalse(verify("text", `${signature.startsWith("0") ? "1" : "0"}${signature.slice(1)}`, publicKey))
      for (const bad of ["", "xyz", signature.slice(2), signature.toUpperCase(), `${signature}00`]) {
        assert.isFalse(verify("text", bad, publicKey))
      }
      for (const bad of ["", "00", "zz".repeat(32), "ff".repeat(32)]) assert.isFalse(verify("text", signature, bad))
    }).pipe(Effect.provide(FileIdentity.layerSeeded(1)))
  )

  it.effect("signatures are the same for the same seed and differ between seeds", () =>
    Effect.gen(function* () {
      const keyOf = (seed: number) =>
        Effect.map(Effect.provide(Identity, FileIdentity.layerSeeded(seed)), (id) => id.sign("x"))
      assert.strictEqual(yield* keyOf(7), yield* keyOf(7))
      assert.notStrictEqual(yield* keyOf(7), yield* keyOf(8))
    })
  )
})
