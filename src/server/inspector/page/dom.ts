/**
 * Makes elements. Text always becomes a text node, so that no text of an agent can be markup.
 *
 * @since 0.1.0
 */

/** A child of an element. */
export type Child = Node | string | undefined

type Listeners = { readonly [K in keyof HTMLElementEventMap]?: (event: HTMLElementEventMap[K]) => void }

/** Class, attributes and listeners of an element. */
export interface Props {
  readonly class?: string
  readonly attrs?: { readonly [name: string]: string | number | undefined }
  readonly on?: Listeners
}

const apply = (element: Element, props: Props, children: ReadonlyArray<Child>): void => {
  if (props.class !== undefined) element.setAttribute("class", props.class)
  for (const [name, value] of Object.entries(props.attrs ?? {})) {
    if (value !== undefined) element.setAttribute(name, String(value))
  }
  for (const [name, listener] of Object.entries(props.on ?? {})) {
    element.addEventListener(name, listener as EventListener)
  }
  element.append(...children.filter((child) => child !== undefined))
}

/** An HTML element. */
export const h = <K extends keyof HTMLElementTagNameMap>(
  tag: K,
  props: Props = {},
  ...children: ReadonlyArray<Child>
): HTMLElementTagNameMap[K] => {
  const element = document.createElement(tag)
  apply(element, props, children)
  return element
}

/** An SVG element. */
export const s = <K extends keyof SVGElementTagNameMap>(
  tag: K,
  props: Props = {},
  ...children: ReadonlyArray<Child>
): SVGElementTagNameMap[K] => {
  const element = document.createElementNS("http://www.w3.org/2000/svg", tag)
  apply(element, props, children)
  return element
}

/** An element of index.html. */
export const byId = (id: string): HTMLElement => {
  const element = document.getElementById(id)
  if (element === null) throw new Error(`the page has no element #${id}`)
  return element
}

/** Sets a text where it differs; an unchanged node costs the browser nothing. */
export const say = (element: Element, text: string): void => {
  if (element.textContent !== text) element.textContent = text
}

/** Sets an attribute where it differs. */
export const mark = (element: Element, name: string, value: string | undefined): void => {
  if (value === undefined) element.removeAttribute(name)
  else if (element.getAttribute(name) !== value) element.setAttribute(name, value)
}
