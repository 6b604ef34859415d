/**
 * The keys that work wherever the focus is, except while the user types.
 *
 * @since 0.1.0
 */

/** Action of each key. */
export interface Keys {
  readonly [key: string]: () => void
}

/** Listens for keys. */
export const listen = (keys: Keys): void => {
  document.addEventListener("keydown", (event) => {
    const { altKey, ctrlKey, key, metaKey, target } = event
    if (altKey || ctrlKey || metaKey) return
    const isTyping = target instanceof HTMLElement && /^(INPUT|SELECT|TEXTAREA)$/.test(target.tagName)
    if (isTyping && key === "Escape") target.blur()
    const isSlider = target instanceof HTMLInputElement && target.type === "range"
    if (isTyping && (!isSlider || /^(Arrow|Home|End|Page)/.test(key))) return
    // A button is pressed by the space bar.
    if (key === " " && target instanceof HTMLButtonElement) return
    const act = keys[key]
    if (act === undefined) return
    event.preventDefault()
    act()
  })
}
