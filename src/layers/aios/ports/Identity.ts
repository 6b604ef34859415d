/**
 * The identity port: a key that signs what an agent system vouches for.
 *
 * @since 0.1.0
 */
import { Context, Schema } from "effect"
import { lifeCode } from "../schema/lifeCode.js"

/**
 * The identity key could not be read or made.
 *
 * @since 0.1.0
 * @category errors
 */
export class IdentityError extends Schema.TaggedError<IdentityError>("life-agent-os/IdentityError")("IdentityError", {
  path: Schema.String,
  reason: Schema.Literal("Unreadable", "Unwritable", "Malformed"),
  message: Schema.String
}) {
  get code() {
    return lifeCode(this)
  }
}

/**
 * An Ed25519 identity (RFC 8032). Signatures are deterministic, so a signed journal replays bit for bit.
 *
 * @since 0.1.0
 * @category services
 */
export class Identity extends Context.Tag("life-agent-os/Identity")<
  Identity,
  {
    /** 32 bytes as lowercase hex. */
    readonly publicKey: string
    /** Signs the UTF-8 bytes of a text; 64 bytes as lowercase hex. */
    readonly sign: (text: string) => string
    /** Whether `signature` over `text` was made by `publicKey` (all hex); `false` for malformed hex, too. */
    readonly verify: (text: string, signature: string, publicKey: string) => boolean
  }
>() {}
