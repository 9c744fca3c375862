/**
 * From plain data to settings, or to what is wrong with it.
 *
 * A variable's value is a text, whatever is wanted: where a number or a truth
 * value is, and the text is one, it is read as such.
 *
 * Pure; imports `settings`, `path`.
 */
import type { z } from 'zod'
import { type Path, valueAt } from './path.ts'
import { type GatewaySettings, gatewaySettings } from './settings.ts'

/** @param written - the same data with its variables as they were written */
export function parseSettings(data: unknown, written: unknown): z.ZodSafeParseResult<GatewaySettings> {
  const result = gatewaySettings.safeParse(data)
  if (result.success) return result
  const plain = result.error.issues.reduce((read, { path }) => withPlainValue(read, written, path), data)
  return plain === data ? result : gatewaySettings.safeParse(plain)
}

function withPlainValue(data: unknown, written: unknown, path: Path): unknown {
  const value = valueAt(data, path)
  const isPlain = typeof value === 'string' && /^(true|false|-?\d+([.]\d+)?)$/.test(value)
  return isPlain && value !== valueAt(written, path) ? replaced(data, path, JSON.parse(value)) : data
}

function replaced(data: unknown, [key, ...rest]: Path, value: unknown): unknown {
  if (key === undefined || typeof data !== 'object' || data === null) return value
  const child = replaced(Reflect.get(data, key), rest, value)
  return Array.isArray(data) ? data.with(Number(key), child) : { ...data, [key]: child }
}
