/**
 * What the page takes from the browser: requests, timers, the clock and what it remembers.
 *
 * @since 0.1.0
 */

/** The token in the address of the page. */
export const token = new URLSearchParams(location.search).get("token") ?? ""

/** Asks the server for JSON. Fails with the sentence the server gives. */
export const get = async <A>(path: string, params: Readonly<Record<string, string>> = {}): Promise<A> => {
  const query = new URLSearchParams({ ...params, token })
  const response = await fetch(`${path}?${query}`).catch(() => {
    throw new Error("the server cannot be reached")
  })
  const body: unknown = await response.json()
  if (!response.ok) {
    throw new Error(
      typeof body === "object" && body !== null && "error" in body
        ? String(body.error)
        : `the server answered ${response.status}`
    )
  }
  return body as A
}

/** Calls once after so many milliseconds; the answer cancels it. */
export const after = (ms: number, call: () => void): (() => void) => {
  const timer = setTimeout(call, ms)
  return () => clearTimeout(timer)
}

/** Milliseconds since the epoch. */
export const now = (): number => Date.now()

/** Calls before the next frame is drawn, however often it is asked for. */
export const beforeFrame = (call: () => void): (() => void) => {
  let asked = false
  return () => {
    if (asked) return
    asked = true
    requestAnimationFrame(() => {
      asked = false
      call()
    })
  }
}

/** A setting that outlives the page. */
export const remembered = (name: string): string | undefined => {
  try {
    return localStorage.getItem(`life.${name}`) ?? undefined
  } catch {
    // The browser may keep nothing; then the default holds.
    return undefined
  }
}

/** Keeps a setting, where the browser lets it. */
export const remember = (name: string, value: string): void => {
  try {
    localStorage.setItem(`life.${name}`, value)
  } catch {
    // It holds until the page is closed.
  }
}
