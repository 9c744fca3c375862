/**
 * Keeps secrets, and the values of variables, out of what is printed later:
 * welcome, log, faults of the start. Where a value shows up, its name is put.
 *
 * Pure; imports `path`, `settings-fault`.
 */
import { textsIn } from './path.ts'
import { isSecretSetting } from './settings-fault.ts'

/** Puts names in the place of values. */
export type Mask = (text: string) => string

/** Shorter values are part of ordinary words. */
const SHORTEST = 8

/**
 * Makes the mask of a configuration.
 *
 * @param data - with the values of its variables
 * @param used - those values, by variable
 */
export function maskOf(data: unknown, used: ReadonlyMap<string, string>): Mask {
  const names = new Map<string, string>()
  for (const { path, text } of textsIn(data))
    if (isSecretSetting(path, data)) names.set(text, `(${path.join('.')})`)
  for (const [name, value] of used) names.set(value, `$\{${name}}`)
  const masked = [...names]
    .flatMap(([value, name]) =>
      [value, JSON.stringify(value).slice(1, -1)].map((shape) => [shape, name] as const),
    )
    .filter(([value]) => value.length >= SHORTEST)
    .toSorted(([a], [b]) => b.length - a.length)
  return (text) => masked.reduce((shown, [value, name]) => shown.replaceAll(value, () => name), text)
}
