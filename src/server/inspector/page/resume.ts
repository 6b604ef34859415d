/**
 * Brings a tab back to the page. The page takes the token out of the address bar, so a reload comes without it; this
 * script runs on the answer to that reload. It is the only script that the server gives without the token.
 *
 * @since 0.1.0
 */

// The name under which `browser.ts` keeps the token. That file cannot be loaded here, because it needs the token.
const key = "life.token"

export const resume = (): void => {
  const kept = sessionStorage.getItem(key)
  if (kept === null) return
  // A token in the address was refused already, so the kept one is of an earlier run, too.
  if (location.search === "") location.replace(`/?token=${encodeURIComponent(kept)}`)
  else sessionStorage.removeItem(key)
}

try {
  resume()
} catch {
  // The browser refuses to store anything; then the page left the token in the address.
}
