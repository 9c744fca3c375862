/**
 * From what the schema found to sentences: where, which setting, which value,
 * and what to write instead.
 *
 * Pure; imports `settings`, `nearest-word`.
 */
import type { z } from 'zod'
import type { Path } from './document.ts'
import { nearestWord } from './nearest-word.ts'
import { settingsJsonSchema } from './settings.ts'

type Schema = z.core.JSONSchema._JSONSchema

/** The sentences for one issue, each with the path it speaks of. */
export function sentencesFor(
  issue: z.core.$ZodIssue,
  data: unknown,
): readonly { path: Path; isKey: boolean; sentence: string }[] {
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.map((key) => {
      return { path: [...issue.path, key], isKey: true, sentence: unknownKey(key, issue.path, data) }
    })
  }
  if (issue.code === 'invalid_key') {
    const sentence = `${show(issue.path.at(-1))} must be ${issue.issues[0]?.message}`
    return [
      { path: issue.path, isKey: true, sentence: `${nameOf(issue.path.slice(0, -1))}: the name ${sentence}` },
    ]
  }
  const value = valueAt(data, issue.path)
  const name = nameOf(issue.path)
  const sentence =
    value === undefined
      ? `${name} is missing; it must be ${issue.message}${meaning(issue.path, data)}`
      : `${name} must be ${issue.message}, got ${show(value)}`
  return [{ path: issue.path, isKey: false, sentence }]
}

function unknownKey(key: string, parent: Path, data: unknown): string {
  const known = Object.keys(propertiesAt(parent, data))
  const nearest = nearestWord(key, known)
  const remedy = nearest === undefined ? `it knows ${known.join(', ')}` : `did you mean "${nearest}"?`
  return `${nameOf(parent)} has no setting "${key}"; ${remedy}`
}

function meaning(path: Path, data: unknown): string {
  const schema = propertiesAt(path.slice(0, -1), data)[String(path.at(-1))]
  const description = typeof schema === 'object' ? schema.description : undefined
  return description === undefined ? '' : ` (${description.replace(/\.$/, '')})`
}

/** The settings that an object at `path` can have. */
function propertiesAt(path: Path, data: unknown): Readonly<Record<string, Schema>> {
  let schema: Schema | undefined = settingsJsonSchema()
  let value = data
  for (const key of path) {
    value = valueAt(value, [key])
    if (typeof schema !== 'object') return {}
    schema = chooseVariant(schema.properties?.[String(key)] ?? schema.additionalProperties, value)
  }
  return typeof schema === 'object' ? (schema.properties ?? {}) : {}
}

/** Of several shapes the one whose `type` the value names. */
function chooseVariant(schema: Schema | undefined, value: unknown): Schema | undefined {
  if (typeof schema !== 'object' || !schema.oneOf) return schema
  return schema.oneOf.find((variant) => {
    const type = typeof variant === 'object' ? variant.properties?.['type'] : undefined
    return typeof type === 'object' && type.const === valueAt(value, ['type'])
  })
}

function nameOf(path: Path): string {
  return path.length === 0 ? 'the configuration' : path.join('.')
}

function valueAt(data: unknown, path: Path): unknown {
  let value = data
  for (const key of path) {
    if (typeof value !== 'object' || value === null) return undefined
    value = Reflect.get(value, key)
  }
  return value
}

function show(value: unknown): string {
  const text = JSON.stringify(value) ?? String(value)
  return text.length > 60 ? `${text.slice(0, 57)}...` : text
}
