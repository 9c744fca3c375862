/**
 * What the attributes of a CloudEvent must be.
 *
 * Source: CloudEvents 1.0.2, "Context Attributes" and "Type System".
 *
 * Pure; imports nothing.
 */

/** The value of an attribute. Timestamps, URIs and bytes are texts. */
export type AttributeValue = string | number | boolean

/** The attributes of one event by name; one that is `null` is as good as left out. */
export type Attributes = ReadonlyMap<string, AttributeValue | null>

/** The longest `id` and `source`, in characters: they are remembered with the event. */
export const MAX_NAMING_LENGTH = 2048

const REQUIRED = ['specversion', 'id', 'source', 'type'] as const
const NAME = /^[a-z0-9]+$/
/** Control characters, noncharacters and halves of characters are in no text. */
const FORBIDDEN = /[\p{Cc}\p{Noncharacter_Code_Point}\p{Surrogate}]/u
const URI_REFERENCE = /^(?:[A-Za-z0-9\-._~:/?#[\]@!$&'()*+,;=]|%[0-9A-Fa-f]{2})+$/
const SCHEME = /^[A-Za-z][A-Za-z0-9+.-]*:/
const TIMESTAMP =
  /^\d{4}-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12]\d|3[01])[Tt](?:[01]\d|2[0-3]):[0-5]\d:(?:[0-5]\d|60)(?:\.\d+)?(?:[Zz]|[+-](?:[01]\d|2[0-3]):[0-5]\d)$/
const MEDIA_TYPE = /^[\w!#$&^.+-]+\/[\w!#$&^.+-]+\s*(?:;.*)?$/
const MAX_INTEGER = 2 ** 31

/** What is wrong with some attributes, naming the first that is; `undefined` when they are a CloudEvent's. */
export function attributesFault(attributes: Attributes): string | undefined {
  const missing = REQUIRED.find((name) => (attributes.get(name) ?? null) === null)
  if (missing !== undefined) {
    return `the attribute ${missing} is missing; every CloudEvent has ${REQUIRED.join(', ')}`
  }
  for (const [name, value] of attributes) {
    const problem = problemOf(name, value)
    if (problem !== undefined) return `the attribute ${JSON.stringify(name.slice(0, 40))} ${problem}`
  }
  return undefined
}

/** What is wrong with the name of an attribute; `undefined` when nothing is. */
function nameFault(name: string): string | undefined {
  if (!NAME.test(name)) return 'has a name that is none: lower-case letters and digits alone'
  return name === 'data' ? 'is no attribute: that name means the payload' : undefined
}

function problemOf(name: string, value: AttributeValue | null): string | undefined {
  const fault = nameFault(name)
  if (fault !== undefined || value === null) return fault
  if (typeof value === 'string' && FORBIDDEN.test(value)) return 'holds a character that no text may hold'
  const expects = EXPECTATIONS.get(name)
  if (!expects)
    return isExtension(value) ? undefined : 'must be a whole number of 32 bits, where it is a number'
  if (typeof value === 'string' && value !== '' && expects.accepts(value)) return undefined
  return `must be ${expects.words}, got ${JSON.stringify(value).slice(0, 80)}`
}

function isExtension(value: AttributeValue): boolean {
  if (typeof value !== 'number') return true
  return Number.isInteger(value) && value >= -MAX_INTEGER && value < MAX_INTEGER
}

/** What the specification says of one attribute. An empty text is never right. */
interface Expectation {
  readonly words: string
  accepts(text: string): boolean
}

const anyText: Expectation = { words: 'a text that is not empty', accepts: () => true }
const shortText: Expectation = {
  words: `a text of 1 to ${MAX_NAMING_LENGTH} characters`,
  accepts: (text) => text.length <= MAX_NAMING_LENGTH,
}

const EXPECTATIONS: ReadonlyMap<string, Expectation> = new Map([
  ['specversion', { words: '"1.0"', accepts: (text) => text === '1.0' }],
  ['id', shortText],
  [
    'source',
    {
      words: `a URI reference of at most ${MAX_NAMING_LENGTH} characters`,
      accepts: (text) => text.length <= MAX_NAMING_LENGTH && URI_REFERENCE.test(text),
    },
  ],
  ['type', anyText],
  ['subject', anyText],
  ['time', { words: 'a time by RFC 3339, as 2018-04-05T17:31:00Z', accepts: (text) => TIMESTAMP.test(text) }],
  [
    'dataschema',
    { words: 'an absolute URI', accepts: (text) => SCHEME.test(text) && URI_REFERENCE.test(text) },
  ],
  ['datacontenttype', { words: 'a media type', accepts: (text) => MEDIA_TYPE.test(text) }],
])

/** The id under which an event is known: no `source` has a space, so that no two events share it. */
export function cloudEventId(source: string, id: string): string {
  return `${source} ${id}`
}
