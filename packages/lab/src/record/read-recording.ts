/**
 * Reads what `sim` and `live` wrote.
 */
import { type Recording, SCHEMA } from './result.ts'

/**
 * The recording in a text.
 *
 * @param name - how the file is called in messages
 * @throws Error that says what is wrong with it
 */
export function readRecording(name: string, text: string): Recording {
  const value = parse(name, text)
  const schema: unknown =
    typeof value === 'object' && value !== null ? Reflect.get(value, 'schema') : undefined
  if (schema !== SCHEMA) {
    throw new Error(
      `${name} is not a recording of this lab: its "schema" is ${JSON.stringify(schema)}, not "${SCHEMA}"; "sim --out ${name}" writes one`,
    )
  }
  // What bears the name of the schema was written by `recordingText`.
  const recording = value as Recording
  if (!Array.isArray(recording.results) || recording.results.length === 0) {
    throw new Error(`${name} holds no result; run "sim" or "live" again and let it finish at least one run`)
  }
  return recording
}

function parse(name: string, text: string): unknown {
  try {
    return JSON.parse(text)
  } catch (error) {
    throw new Error(`${name} is not JSON: ${error instanceof Error ? error.message : error}`)
  }
}
