/** Names of files that end in -ing and are nouns. */
export declare const nouns: ReadonlySet<string>

/** Problems of a text, as `[index, message]`. */
export declare const proseProblems: (text: string) => ReadonlyArray<readonly [number, string]>
