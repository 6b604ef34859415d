/** The files that may use forbidden names, and why. */
export declare const adapters: Readonly<
  Record<string, { readonly allows: ReadonlyArray<string>; readonly reason: string }>
>
