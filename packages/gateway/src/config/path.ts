/**
 * Where a setting stands in plain data.
 *
 * Pure; imports nothing.
 */

/** Keys and indexes from the root of a document to a value. */
export type Path = readonly PropertyKey[]

/** What stands at `path`; `undefined` when there is nothing. */
export function valueAt(data: unknown, path: Path): unknown {
  let value = data
  for (const key of path) {
    if (typeof value !== 'object' || value === null) return undefined
    value = Reflect.get(value, key)
  }
  return value
}
