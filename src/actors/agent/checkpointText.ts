/**
 * Text of a checkpoint that its signature covers.
 *
 * @since 0.1.0
 */
import { canonicalJson } from "../../layers/aios/index.js"

/**
 * Gives the text that a checkpoint's signature covers.
 *
 * @since 0.1.0
 * @category encoding
 */
export const checkpointText = (checkpoint: {
  readonly sessionId: string
  readonly branchId: string
  readonly sequence: number
  readonly digest: string
  readonly stateHash: string
}): string => canonicalJson(checkpoint)
