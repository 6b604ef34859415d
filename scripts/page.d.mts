export declare const compiler: () => string | undefined
export declare const buildPage: (folder: string) => number
