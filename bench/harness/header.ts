/**
 * Reads what a benchmark file says of itself in its first comment, so that
 * the report says the same.
 */

/** The three things every benchmark states. */
export interface Header {
  readonly question: string
  readonly workload: string
  readonly readItAs: string
}

const PARTS = /^Question: (?<question>.+) Workload: (?<workload>.+) Read it as: (?<readItAs>.+)$/

/**
 * The header of a benchmark file.
 *
 * @throws Error when the file does not open with Question, Workload and Read it as
 */
export function readHeader(source: string, file: string): Header {
  const comment = /^\/\*\*\n([\s\S]*?)\*\//.exec(source)?.[1] ?? ''
  const text = comment
    .replace(/^ *\* ?/gm, '')
    .replace(/\s+/g, ' ')
    .trim()
  const { question, workload, readItAs } = PARTS.exec(text)?.groups ?? {}
  if (question === undefined || workload === undefined || readItAs === undefined) {
    throw new Error(`${file} must open with a comment of "Question: …", "Workload: …" and "Read it as: …"`)
  }
  return { question, workload, readItAs: readItAs.trim() }
}
