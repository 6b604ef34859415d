/**
 * Finds secrets that only the lines around them give away: the end of a private key whose beginning is cut off, and the
 * data of a Secret of Kubernetes.
 *
 * @since 0.1.0
 */

// The mark at the end of a private key.
const keyEnd = /-{4,5} ?END [A-Z0-9 ]{0,40}PRIVATE KEY/
const kubernetesSecret = /^\s{0,20}["']?kind["']?:\s{0,4}["']?Secret\b/m
const dataLine = /^(\s{1,20}[\w.-]{1,253}:\s{1,4}["']?)[\w+/]{4,}={0,2}(?=["']?\s*$)/
const keyLine = /^[\w+/=]{1,80}$/
// A word on a line of its own is no line of a key; only the last line of a key is short.
const wholeLine = 32

/** Gives a text with `masked` in the place of these secrets. */
export const maskLines = (text: string, masked: string): string => {
  const hasKeyEnd = text.includes("PRIVATE KEY") && keyEnd.test(text)
  const isSecret = text.includes("Secret") && kubernetesSecret.test(text)
  if (!hasKeyEnd && !isSecret) return text
  // With the separators, which are line breaks, or those of JSON.
  const parts = text.split(/(\r?\n|\\r?\\?n)/)
  let keyFrom: number | undefined
  for (let at = 0; at < parts.length; at += 2) {
    const part = parts[at] ?? ""
    if (keyEnd.test(part)) {
      if (keyFrom !== undefined) parts.splice(keyFrom, at - keyFrom, ...emptied(masked, at - keyFrom))
      keyFrom = undefined
    } else if (!keyLine.test(part)) keyFrom = undefined
    else if (part.length >= wholeLine) keyFrom ??= at
    if (isSecret) parts[at] = (parts[at] ?? "").replace(dataLine, `$1${masked}`)
  }
  return parts.join("")
}

// As many parts as before, so that positions stay.
const emptied = (masked: string, length: number): ReadonlyArray<string> =>
  Array.from({ length }, (_, at) => (at === 0 ? masked : at === length - 1 ? "\n" : ""))
