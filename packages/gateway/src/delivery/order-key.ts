/**
 * The key by which events are kept in order: what a JSON pointer (RFC 6901)
 * finds in the payload.
 *
 * Pure; imports nothing.
 */

/** Keys longer than this are told apart by their beginning. */
const MAX_LENGTH = 1024

/** Reads the key of a payload; `undefined` when the pointer finds no text, number or boolean there. */
export type OrderKey = (payload: Uint8Array) => string | undefined

/** Makes a reader for a pointer as `/customer/id`. */
export function orderKeyAt(pointer: string): OrderKey {
  const steps = pointer
    .slice(1)
    .split('/')
    .map((step) => step.replaceAll('~1', '/').replaceAll('~0', '~'))
  return (payload) => {
    const found = steps.reduce<unknown>(stepInto, parse(payload))
    if (typeof found === 'string') return found.slice(0, MAX_LENGTH)
    return typeof found === 'number' || typeof found === 'boolean' ? String(found) : undefined
  }
}

function stepInto(value: unknown, step: string): unknown {
  if (typeof value !== 'object' || value === null || !Object.hasOwn(value, step)) return undefined
  return Reflect.get(value, step)
}

function parse(payload: Uint8Array): unknown {
  try {
    return JSON.parse(Buffer.from(payload.buffer, payload.byteOffset, payload.length).toString())
  } catch {
    return undefined
  }
}
