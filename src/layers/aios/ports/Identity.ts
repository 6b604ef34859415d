/**
 * The identity port: the key that an agent system signs with.
 *
 * @since 0.1.0
 */
import { Context, Schema } from "effect"
import { lifeCode } from "../schema/lifeCode.js"

/**
 * Failure to read or to make the identity key.
 *
 * @since 0.1.0
 * @category errors
 */
export class IdentityError extends Schema.TaggedError<IdentityError>("life-agent-os/IdentityError")("IdentityError", {
  path: Schema.String,
  reason: Schema.Literal("Unreadable", "Unwritable", "Malformed", "Missing"),
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
    /**
     * A keyed checksum of a text that only the holder of the key can make or check; 32 bytes as lowercase hex. It is
     * for the many texts that no other party has to check.
     */
    readonly seal: (text: string) => string
    /** Tells whether `signature` over `text` belongs to `publicKey`; both are hex, and malformed hex gives `false`. */
    readonly verify: (text: string, signature: string, publicKey: string) => boolean
  }
>() {}
