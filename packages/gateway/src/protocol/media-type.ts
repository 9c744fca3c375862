/**
 * What a `Content-Type` says about a body, as far as the gateway reads it.
 *
 * Pure; imports nothing.
 */

/** How events lie in a body. */
export interface BodyForm {
  /** `cloudevent` is one in structured mode, `cloudevents` a batch of such. */
  readonly kind: 'json' | 'ndjson' | 'cloudevent' | 'cloudevents'
  /** The media type of each event. */
  readonly contentType: string
}

const FORMS: ReadonlyMap<string, BodyForm> = new Map([
  ['application/json', { kind: 'json', contentType: 'application/json' }],
  ['application/x-ndjson', { kind: 'ndjson', contentType: 'application/json' }],
  ['application/cloudevents+json', { kind: 'cloudevent', contentType: 'application/cloudevents+json' }],
  [
    'application/cloudevents-batch+json',
    { kind: 'cloudevents', contentType: 'application/cloudevents+json' },
  ],
])

/** The media types that are taken, for a sentence. */
export const TAKEN_MEDIA_TYPES: readonly string[] = [...FORMS.keys()]

/**
 * The form that a `Content-Type` announces; `undefined` when it is missing, another one, or in a charset other than
 * UTF-8. Letter case and white space do not matter, other parameters are ignored.
 */
export function bodyForm(contentType: string | undefined): BodyForm | undefined {
  if (contentType === undefined) return undefined
  const exact = FORMS.get(contentType)
  if (exact) return exact
  return isUtf8(contentType) ? FORMS.get(essenceOf(contentType)) : undefined
}

/** Whether a media type is one: printable ASCII, with a type and a subtype. */
export function isMediaType(contentType: string): boolean {
  return /^[\x20-\x7e]+$/.test(contentType) && /^[^/\s]+\/[^/\s]+$/.test(essenceOf(contentType))
}

/** Whether a media type is JSON: `application/json`, `text/json`, or anything that ends in `+json`. */
export function isJsonType(contentType: string): boolean {
  return /^[^/\s]+\/(?:json|[^/\s]+\+json)$/.test(essenceOf(contentType))
}

/** Whether a media type names no charset, or UTF-8. */
export function isUtf8(contentType: string): boolean {
  const [, ...parameters] = contentType.split(';')
  const charset = parameters.map((parameter) => parameter.trim().toLowerCase()).find(isCharset)
  return charset === undefined || /^charset="?utf-?8"?$/.test(charset)
}

/** Type and subtype, without parameters. */
function essenceOf(contentType: string): string {
  return contentType.split(';', 1)[0]!.trim().toLowerCase()
}

function isCharset(parameter: string): boolean {
  return parameter.startsWith('charset=')
}
