/**
 * `fetch` for the SDKs of the providers: it follows no redirect and bounds what a server may send.
 *
 * @since 0.1.0
 */
import { Limits } from "../aios/index.js"

/** A server sent more bytes than the limit. The message ends with the limit and needs the name of the server before it. */
export class TooManyBytes extends Error {
  override readonly name = "TooManyBytes"
}

/**
 * Sends a request. An answer that redirects is given to the caller as it is, because `fetch` would send the whole body,
 * with the conversation in it, to the address that the server names. Reading more than `Limits.modelAnswerBytesMax` of
 * an answer, or a line longer than `Limits.modelLineBytesMax`, fails with {@link TooManyBytes}. Both count the bytes
 * after decompression.
 */
export const boundedFetch = async (input: string | URL | Request, init?: RequestInit): Promise<Response> => {
  const response = await fetch(input, { ...init, redirect: "manual" })
  return response.body === null ? response : new Response(response.body.pipeThrough(counted()), response)
}

const lineFeed = 10

// The SDKs keep a line in memory until its end, so the limit of the whole answer alone would not bound them.
const counted = (): TransformStream<Uint8Array, Uint8Array> => {
  let answerBytes = 0
  let lineBytes = 0
  return new TransformStream({
    transform: (chunk, controller) => {
      answerBytes += chunk.length
      lineBytes += chunk.length
      // A line that ends in this chunk counts up to here; the chunk is small beside the limit.
      if (answerBytes > Limits.modelAnswerBytesMax) {
        return controller.error(new TooManyBytes(`an answer of more than ${Limits.modelAnswerBytesMax} bytes`))
      }
      if (lineBytes > Limits.modelLineBytesMax) {
        return controller.error(new TooManyBytes(`a line of more than ${Limits.modelLineBytesMax} bytes`))
      }
      const end = chunk.lastIndexOf(lineFeed)
      if (end >= 0) lineBytes = chunk.length - end - 1
      controller.enqueue(chunk)
    }
  })
}
