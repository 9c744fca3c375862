/**
 * The sizes that keep a file readable at one sitting. STYLE.md says why.
 */

/** Lines of a source file: the median, the 95th percentile and the most. */
export const sourceLines = { median: 100, p95: 350, most: 400 } as const

/** The most lines of a test file. */
export const testLines = 500

/** The most lines of a function, from its signature to its closing brace. */
export const functionLines = 40

/**
 * The most positional parameters; beyond, they become one options object. A function that only its own file or class
 * can call may have one more: its callers are in sight. A callback's are its caller's choice.
 */
export const parameters = { open: 3, closed: 4 } as const

/** Functions that may have more parameters, by name, and why. */
export const moreParameters: Readonly<Record<string, string>> = {
  resolveOptions:
    'who speaks, what was given, what is accepted, what else holds: every class calls it the same way',
  check: 'the same sentence for one option',
}
