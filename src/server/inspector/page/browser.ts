/**
 * Services of the browser for the page: requests, timers, the clock and stored settings.
 *
 * @since 0.1.0
 */

/**
 * The token in the address of the page. Once this tab keeps it, it leaves the address bar, where others would see it on a
 * shared screen or copy it with the address. After a reload `resume.ts` gives it back.
 */
export const token = new URLSearchParams(location.search).get("token") ?? ""

const keep = (): void => {
  if (token === "") return
  try {
    sessionStorage.setItem("life.token", token)
    history.replaceState(null, "", location.pathname)
  } catch {
    // The browser refuses to store anything; then a reload needs the token in the address.
  }
}
keep()

/** Requests JSON from the server. Fails with the message of the server. */
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

/** Calls a function once after some milliseconds. Gives a function that cancels the call. */
export const after = (ms: number, call: () => void): (() => void) => {
  const timer = setTimeout(call, ms)
  return () => clearTimeout(timer)
}

/** Milliseconds since the epoch. */
export const now = (): number => Date.now()

/** Makes a function that calls `call` once before the next frame, even when it is called several times. */
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
    // The browser may refuse to store anything; then the default holds.
    return undefined
  }
}

/** Stores a setting, if the browser allows it. */
export const remember = (name: string, value: string): void => {
  try {
    localStorage.setItem(`life.${name}`, value)
  } catch {
    // The setting holds until the page is closed.
  }
}
