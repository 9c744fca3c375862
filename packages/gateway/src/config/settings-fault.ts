/**
 * From what the schema found to sentences: where, which setting, which value,
 * and what to write instead.
 *
 * Pure; imports `settings`, `nearest-word`, `path`.
 */
import type { z } from 'zod'
import { nearestWord } from './nearest-word.ts'
import { type Path, valueAt } from './path.ts'
import { settingsJsonSchema } from './settings.ts'

type Schema = z.core.JSONSchema._JSONSchema

/** A sentence, and the path it speaks of. */
export interface Fault {
  readonly path: Path
  /** Whether it speaks of the key that ends the path, not of the value. */
  readonly isKey: boolean
  readonly sentence: string
}

/**
 * The sentences for one issue.
 *
 * @param written - the configuration with its variables as they were written: their values are shown to nobody
 */
export function sentencesFor(issue: z.core.$ZodIssue, written: unknown): readonly Fault[] {
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.map((key) => {
      return { path: [...issue.path, key], isKey: true, sentence: unknownKey(key, issue.path, written) }
    })
  }
  if (issue.code === 'invalid_key') {
    const sentence = `${show(issue.path.at(-1))} must be ${issue.issues[0]?.message}`
    return [
      { path: issue.path, isKey: true, sentence: `${nameOf(issue.path.slice(0, -1))}: the name ${sentence}` },
    ]
  }
  return [{ path: issue.path, isKey: false, sentence: faultSentence(issue.path, issue.message, written) }]
}

/** `SETTING must be EXPECTATION, got VALUE`, or that it is missing. A secret is not shown. */
export function faultSentence(path: Path, expects: string, written: unknown): string {
  const value = valueAt(written, path)
  const name = nameOf(path)
  if (value === undefined) return `${name} is missing; it must be ${expects}${meaning(path, written)}`
  if (value === null)
    return `${name} must be ${expects}, got nothing: indent what belongs to it, or remove it`
  const got = isSecretSetting(path, written) ? 'what is not shown' : show(value)
  return `${name} must be ${expects}, got ${got}`
}

function unknownKey(key: string, parent: Path, data: unknown): string {
  const known = Object.keys(schemaAt(parent, data)?.properties ?? {})
  const nearest = nearestWord(key, known)
  const remedy = nearest === undefined ? `it knows ${known.join(', ')}` : `did you mean "${nearest}"?`
  return `${nameOf(parent)} has no setting "${key}"; ${remedy}`
}

function meaning(path: Path, data: unknown): string {
  const description = schemaAt(path, data)?.description
  return description === undefined ? '' : ` (${description.replace(/\.$/, '')})`
}

/** Whether the value at `path` is a secret, or one of a list of secrets. */
export function isSecretSetting(path: Path, data: unknown): boolean {
  const holder = typeof path.at(-1) === 'number' ? path.slice(0, -1) : path
  return [path, holder].some((each) => schemaAt(each, data)?.['secret'] === true)
}

/** The schema of the setting at `path`. */
function schemaAt(path: Path, data: unknown): Exclude<Schema, boolean> | undefined {
  let schema: Schema | undefined = settingsJsonSchema()
  let value = data
  for (const key of path) {
    value = valueAt(value, [key])
    if (typeof schema !== 'object') return undefined
    const child = schema.properties?.[String(key)] ?? schema.additionalProperties ?? itemsOf(schema)
    schema = chooseVariant(child, value)
  }
  return typeof schema === 'object' ? schema : undefined
}

function itemsOf({ items }: Exclude<Schema, boolean>): Schema | undefined {
  return Array.isArray(items) ? undefined : items
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

/** A value, shortened; in an object without its secrets, in a URL without its password. */
function show(value: unknown): string {
  const secrets = secretKeys(settingsJsonSchema())
  const text = JSON.stringify(value, (key, each) => (secrets.has(key) ? '…' : each)) ?? String(value)
  const shown = text.replace(/:\/\/[^/@\s]*@/, '://…@')
  return shown.length > 60 ? `${shown.slice(0, 57)}...` : shown
}

/** What settings are called, anywhere in the table, whose values are secrets. */
function secretKeys(schema: Schema): ReadonlySet<string> {
  if (typeof schema !== 'object') return new Set()
  const named = Object.entries(schema.properties ?? {})
  const { additionalProperties = false, oneOf = [] } = schema
  const below = [...named.map(([, child]) => child), additionalProperties, itemsOf(schema) ?? false, ...oneOf]
  return new Set([
    ...named.filter(([, child]) => typeof child === 'object' && child['secret'] === true).map(([key]) => key),
    ...below.flatMap((child) => [...secretKeys(child)]),
  ])
}
