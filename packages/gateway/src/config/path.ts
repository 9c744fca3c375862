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

/** Every text in plain data, with its path. */
export function textsIn(
  data: unknown,
  path: Path = [],
): readonly { readonly path: Path; readonly text: string }[] {
  if (typeof data === 'string') return [{ path, text: data }]
  if (typeof data !== 'object' || data === null) return []
  const entries = Array.isArray(data) ? [...data.entries()] : Object.entries(data)
  return entries.flatMap(([key, child]) => textsIn(child, [...path, key]))
}
